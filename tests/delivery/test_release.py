"""From a commit to an event: the release that the tool writes is the one that arrives, however the service is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import copier
import pytest
import yaml
from support.history import commit_all, git, start_repository
from support.receiver import Receiver

if TYPE_CHECKING:
    from conftest import SdkEnvironments, Serve
    from delivery.conftest import Tool


def event_of(
    serve: Serve, receiver: Receiver, project: Path, python: Path, env: Mapping[str, str], **options: Any
) -> dict[str, Any]:
    """Start the service, let it fail once, stop it as a supervisor does, and return the event that has arrived."""
    receiver.flush()
    with serve(project, python=python, env=env, **options) as service:
        assert service.status is None, service.output
        service.get("/sentry-debug")
        service.stop()
    return receiver.wait_for_event("ZeroDivisionError")


def handed_in(project: Path, way: str) -> dict[str, str]:
    """The variables that a way to run the service hands in, read from its own files, in its own order."""
    if way == "compose":
        files = [
            project / name for name in yaml.safe_load((project / "compose.yaml").read_text())["x-service"]["env_file"]
        ]
    else:
        unit = (project / "deploy/systemd/example-service-web.service").read_text()
        files = [project / "env" / Path(name).name for name in re.findall(r"(?m)^EnvironmentFile=(.+)$", unit)]
    merged: dict[str, str] = {}
    for file in files:
        lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
        merged.update(line.split("=", 1) for line in lines)
    return merged


@pytest.mark.parametrize("way", ["files", "compose", "systemd"])
def test_the_event_carries_the_release_of_the_commit_and_a_redeploy_changes_it(
    way: str, repository: Path, tool: Tool, serve: Serve, receiver: Receiver, sdk_environments: SdkEnvironments
) -> None:
    python = sdk_environments["2"]
    secrets = repository / "env" / "secrets.env"
    shutil.copy(repository / "env" / "secrets.env.example", secrets)
    secrets.chmod(0o600)
    secrets.write_text(secrets.read_text().replace("SENTRY_DSN=", f"SENTRY_DSN={receiver.dsn}"))

    def deploy() -> tuple[str, dict[str, Any]]:
        released = tool("release_env", "--environment", "staging")
        assert released.returncode == 0, released.stderr
        # "files" is development: the service reads env/ itself. The others hand in and ship no file.
        env = {} if way == "files" else handed_in(repository, way)
        hidden = repository / "env"
        if way != "files":
            hidden = hidden.rename(repository / "not-shipped")
        try:
            return released.stdout.strip(), event_of(serve, receiver, repository, python, env)
        finally:
            if way != "files":
                hidden.rename(repository / "env")

    first_release, first = deploy()
    (repository / "CHANGELOG.md").write_text("A change.\n")
    commit_all(repository, "Change")
    second_release, second = deploy()

    commit = git(repository, "rev-parse", "HEAD").strip()
    assert second_release == f"example-service@0.1.0+{commit[:12]}"
    assert first_release != second_release
    assert (first["release"], first["environment"]) == (first_release, "staging")
    assert (second["release"], second["environment"]) == (second_release, "staging")


def test_secrets_are_created_private_by_the_documented_step(repository: Path) -> None:
    for document in ("README.md", "docs/sentry.md", "docs/deployment.md"):
        [step, *_] = re.findall(
            r"(?m)^install -m 600 env/secrets\.env\.example env/secrets\.env", read(repository, document)
        )

        subprocess.run(step, shell=True, cwd=repository, check=True)  # noqa: S602

        secrets = repository / "env" / "secrets.env"
        assert secrets.stat().st_mode & 0o777 == 0o600
        secrets.unlink()


def test_no_tool_touches_secrets(repository: Path, tool: Tool) -> None:
    secrets = repository / "env" / "secrets.env"
    secrets.write_text("SENTRY_DSN=https://0123456789abcdef@nowhere.invalid/1\n")
    secrets.chmod(0o600)
    before = (secrets.stat(), secrets.read_bytes())

    for path in sorted((repository / "tools").glob("*.py")):
        tool(path.stem)
        tool(path.stem, "--environment", "staging")
        tool(path.stem, "create")

    assert (repository / "env" / "release.env").exists()
    assert (secrets.stat().st_mtime_ns, secrets.stat().st_mode) == (before[0].st_mtime_ns, before[0].st_mode)
    assert secrets.read_bytes() == before[1]


def test_an_update_touches_neither_env_file(working_tree: Path, tmp_path: Path) -> None:
    history = shutil.copytree(working_tree, tmp_path / "template")
    project = tmp_path / "service"
    git(history, "init", "--quiet")
    for version in ("0.0.1", "0.0.2"):
        for example in (history / "template" / "env").glob("*.example"):
            example.write_text(f"# {version}\n{example.read_text()}")
        commit_all(history, version)
        git(history, "tag", f"v{version}")
    options: dict[str, Any] = {"defaults": True, "quiet": True, "settings": copier.Settings()}
    copier.run_copy(str(history), project, vcs_ref="v0.0.1", **options)
    start_repository(project)
    files = {project / "env" / name: mode for name, mode in (("secrets.env", 0o600), ("release.env", 0o640))}
    for path, mode in files.items():
        path.write_text("SENTRY_DSN=mine\n")
        path.chmod(mode)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes()) for path in files}

    copier.run_update(project, overwrite=True, **options)

    assert {path: (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes()) for path in files} == before
    assert (project / "env" / "secrets.env.example").read_text().startswith("# 0.0.2")


def test_readers_see_the_old_file_or_the_new_one(repository: Path, tool: Tool) -> None:
    """A file is replaced, not written to: whoever has it open keeps the whole old one."""
    release = repository / "env" / "release.env"
    tool("release_env", "--environment", "staging")
    with release.open() as reader:
        tool("release_env", "--environment", "production")

        old = reader.read()

    assert "SENTRY_ENVIRONMENT=staging" in old
    assert "SENTRY_ENVIRONMENT=production" in release.read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every folder")
def test_a_folder_that_cannot_be_written_to_is_one_sentence(repository: Path, tool: Tool) -> None:
    (repository / "env").chmod(0o500)

    result = tool("release_env", "--environment", "staging")

    (repository / "env").chmod(0o700)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_cannot_be_written_is_one_sentence_and_leaves_nothing(repository: Path, tool: Tool) -> None:
    (repository / "env" / "release.env").mkdir()

    result = tool("release_env", "--environment", "staging")

    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in (repository / "env").iterdir() if path.name.startswith(".release")] == []


def test_a_commit_is_released_under_the_version_that_it_has(repository: Path, tool: Tool) -> None:
    old = git(repository, "rev-parse", "HEAD").strip()
    pyproject = repository / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('version = "0.1.0"', 'version = "0.2.0"'))
    commit_all(repository, "Next version")

    assert tool("release_env", "--print").stdout.startswith("example-service@0.2.0+")
    assert tool("release_env", "--print", "--commit", old).stdout.strip() == f"example-service@0.1.0+{old[:12]}"


def test_outside_a_repository_the_whole_commit_is_needed(tool: Tool, repository: Path) -> None:
    shutil.rmtree(repository / ".git")
    commit = "0123456789abcdef0123456789abcdef01234567"

    assert tool("release_env", "--print", "--commit", commit).stdout.strip() == "example-service@0.1.0+0123456789ab"
    for arguments in ((), ("--commit", "0123456"), ("--commit", "unknown")):
        result = tool("release_env", "--print", *arguments)
        assert result.returncode == 1
        assert "commit" in result.stderr


def read(project: Path, name: str) -> str:
    return (project / name).read_text(encoding="utf-8")


def test_a_new_release_keeps_other_lines_and_the_mode(repository: Path, tool: Tool) -> None:
    first = tool("release_env", "--environment", "staging").stdout
    release = repository / "env" / "release.env"
    with release.open("a") as file:
        file.write("# of an operator\nSENTRY_TRACES_SAMPLE_RATE=0.5\nAPP_LOG_LEVEL=DEBUG")
    release.chmod(0o640)
    (repository / "change").touch()
    commit_all(repository, "Change")

    second = tool("release_env", "--environment", "staging").stdout

    text = release.read_text()
    assert first != second
    assert f"SENTRY_RELEASE={second}" in text
    assert first not in text
    assert text.endswith("# of an operator\nSENTRY_TRACES_SAMPLE_RATE=0.5\nAPP_LOG_LEVEL=DEBUG\n")
    assert release.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in release.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "line", ["SENTRY_DSN=", "SENTRY_DSN=https://abc@o1.ingest.sentry.io/42", "SENTRY_AUTH_TOKEN=abc"]
)
def test_a_file_with_a_secret_is_refused_and_left_alone(line: str, repository: Path, tool: Tool) -> None:
    release = repository / "env" / "release.env"
    release.write_text(f"{line}\n")

    result = tool("release_env", "--environment", "staging")

    assert result.returncode == 1
    assert line.partition("=")[0] in result.stderr
    assert "abc" not in result.stderr
    assert release.read_text() == f"{line}\n"


def test_uncommitted_changes_are_refused_or_marked(repository: Path, tool: Tool) -> None:
    (repository / "change").touch()

    refused = tool("release_env", "--environment", "staging")
    marked = tool("release_env", "--environment", "staging", "--allow-dirty")

    assert refused.returncode == 1
    assert "uncommitted changes" in refused.stderr
    assert marked.stdout.strip().endswith(".dirty")


@pytest.mark.parametrize("commit", ["unknown", "0" * 40, "--all"])
def test_a_commit_that_git_does_not_know_is_refused(commit: str, repository: Path, tool: Tool) -> None:
    result = tool("release_env", "--environment", "staging", f"--commit={commit}")

    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert not (repository / "env" / "release.env").exists()


@pytest.mark.parametrize("environment", ["", "a/b", "none"])
def test_an_environment_that_sentry_refuses_is_refused(environment: str, tool: Tool) -> None:
    result = tool("release_env", "--environment", environment)

    assert result.returncode == 1
    assert "--environment must be" in result.stderr
