"""The template's command in a service: the repository and the revision that Copier has recorded, and nothing else."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import copier
import jinja2
import pytest
import yaml
from jinja2.sandbox import SandboxedEnvironment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension
from support.environments import uv_binary
from support.history import WORKING_TREE, commit_all, git, start_repository
from support.template import ROOT, answers_of
from support.updates import assert_nothing_to_resolve, update

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments
    from delivery.conftest import Hosted

TAG = f"v{WORKING_TREE}"
HASH = "0123456789abcdef0123456789abcdef01234567"


def line_of(project: Path) -> str:
    """The command line that a scaffolded service has, once."""
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    line: str = tomllib.loads(text)["tool"]["poe"]["tasks"]["fastapi-sentry"]["cmd"]
    assert text.count("uvx") == 1
    return line


def commit_of(repository: Path, name: str) -> str:
    return git(repository, "rev-parse", f"{name}^{{commit}}").strip()


def rendered(source: str, commit: str | None) -> str:
    """The command line for what an answers file records."""
    environment = SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(ROOT),
        extensions=[AnsibleCoreFiltersExtension],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string("{% from 'macros/command.jinja' import uvx with context %}{{ uvx }}")
    answers = {"_src_path": source} | ({"_commit": commit} if commit else {})
    conf = {"vcs_ref_hash": HASH if commit else None}
    return template.render(_copier_answers=answers, _copier_conf=conf, scope="service")


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("gh:acme/template", "git+https://github.com/acme/template.git"),
        ("gh:/acme/template.git", "git+https://github.com/acme/template.git"),
        ("gl:acme/tools/template", "git+https://gitlab.com/acme/tools/template.git"),
        ("https://github.com/acme/template", "git+https://github.com/acme/template"),
        ("https://git.acme.io:8443/template.git", "git+https://git.acme.io:8443/template.git"),
        ("git+https://git.acme.io/template", "git+https://git.acme.io/template"),
        ("https://acme@dev.azure.com/acme/p/_git/template", "git+https://dev.azure.com/acme/p/_git/template"),
        # A token stays where it is.
        ("https://oauth2:secret@git.acme.io/template.git", "git+https://git.acme.io/template.git"),
        ("git@github.com:acme/template.git", "git+ssh://git@github.com/acme/template.git"),
        ("git@git.acme.io:/srv/template.git", "git+ssh://git@git.acme.io/srv/template.git"),
        ("forge:acme/template.git", "git+ssh://forge/acme/template.git"),
        ("ssh://git@git.acme.io:2222/acme/template.git", "git+ssh://git@git.acme.io:2222/acme/template.git"),
        ("git+ssh://git@git.acme.io/template", "git+ssh://git@git.acme.io/template"),
        ("file:///srv/template", "git+file:///srv/template"),
        ("git+file:///srv/template", "git+file:///srv/template"),
        ("/srv/the template", "git+file:///srv/the%20template"),
        ("/srv/ü#?%@v1", "git+file:///srv/%C3%BC%23%3F%25%40v1"),
        ("C:\\Users\\Jane Doe\\template", "git+file:///C:/Users/Jane%20Doe/template"),
    ],
)
def test_what_copier_takes_becomes_an_address_for_uv(source: str, address: str) -> None:
    assert rendered(source, "v1.2.0") == f'uvx --from "{address}@v1.2.0" fastapi-sentry'


@pytest.mark.parametrize(
    ("source", "path"), [("template", "/projects/template"), ("../t", "/projects/../t"), ("~/t", "/home/jane/t")]
)
def test_a_path_is_made_absolute(source: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", "/projects")
    monkeypatch.setenv("HOME", "/home/jane")

    assert rendered(source, "v1.2.0") == f'uvx --from "git+file://{path}@v1.2.0" fastapi-sentry'


@pytest.mark.parametrize(
    ("commit", "revision"),
    [
        ("v1.2.0", "v1.2.0"),
        ("v1.2.0rc1", "v1.2.0rc1"),
        ("1.2.0", "1.2.0"),
        ("release/1.2", "release/1.2"),
        # What `git describe --tags --always` says of a commit without a tag.
        ("v1.2.0-3-g0123456", HASH),
        ("v1.2.0-rc-1-12-g0123456789", HASH),
        ("0123456", HASH),
    ],
)
def test_a_tag_stays_and_what_git_describes_becomes_the_commit(commit: str, revision: str) -> None:
    assert rendered("gh:acme/t", commit) == f'uvx --from "git+https://github.com/acme/t.git@{revision}" fastapi-sentry'


def test_a_template_without_git_is_run_from_its_folder() -> None:
    line = 'uvx --from "copier-fastapi-sentry @ file:///srv/my%20template" fastapi-sentry'
    assert rendered("/srv/my template", None) == line


def test_pre_commit_runs_the_same_revision(remote: Path, remote_gitlab: Path, history: Path) -> None:
    for project, address in (
        (remote, "https://github.com/acme/template.git"),
        (remote_gitlab, "ssh://git@git.example.com/acme/template.git"),
    ):
        configuration = yaml.safe_load((project / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
        (ours, _, _) = configuration["repos"]
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
        assert (ours["repo"], ours["rev"]) == (address, TAG)
        assert [hook["id"] for hook in ours["hooks"]] == [hook["id"] for hook in hooks]
        assert hooks[0]["entry"].split()[0] in scripts()
        assert line_of(project) == f'uvx --from "git+{address}@{commit_of(history, TAG)}" fastapi-sentry'


def scripts() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, str] = project["scripts"]
    return found


def run(project: Path, hosts: dict[str, str], *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the very line of the service, followed by these arguments, as poe does."""
    uvx = uv_binary().with_name("uvx")
    environ = {**os.environ, **hosts, "PATH": f"{uvx.parent}{os.pathsep}{os.environ['PATH']}", **variables}
    command = [*shlex.split(line_of(project)), *arguments]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize("source", ["gh:acme/template", "git@git.example.com:acme/template.git"])
def test_the_command_runs_at_the_revision_of_the_service(
    source: str, hosted: Hosted, hosts: dict[str, str], history: Path, tmp_path: Path
) -> None:
    """From an address of a server as it is recorded, which git resolves to a repository of this machine."""
    project = shutil.copytree(hosted(source), tmp_path / "service")
    start_repository(project)
    commit = commit_of(history, TAG)

    version = run(project, hosts, "--version")
    secrets = run(project, hosts, "secrets")
    alerts = run(project, hosts, "alerts", "validate")

    assert version.stdout == f"fastapi-sentry {scripts_version()} ({commit[:12]})\n", version.stderr
    assert (secrets.returncode, secrets.stdout) == (0, ""), secrets.stderr
    assert (alerts.returncode, alerts.stdout) == (0, "6 rules are valid.\n"), alerts.stderr


def scripts_version() -> str:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return version


def test_offline_it_runs_from_the_cache_or_says_what_it_needs(
    remote: Path, hosts: dict[str, str], tmp_path: Path
) -> None:
    assert run(remote, hosts, "--version").returncode == 0

    warm = run(remote, {}, "--version", UV_OFFLINE="1")
    cold = run(remote, {}, "--version", UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "cache"))

    assert warm.returncode == 0, warm.stderr
    assert cold.returncode != 0
    assert "https://github.com/acme/template.git" in cold.stderr
    assert re.search("offline|network", cold.stderr, re.IGNORECASE)


def copy_at(revision: str, template: Path, project: Path) -> None:
    copier.run_copy(str(template), project, vcs_ref=revision, defaults=True, quiet=True, settings=copier.Settings())
    start_repository(project)


def test_a_commit_between_two_tags_is_run_at_that_commit(history: Path, tmp_path: Path) -> None:
    template, project = tmp_path / "template", tmp_path / "example-service"
    git(tmp_path, "clone", "--quiet", str(history), "template")
    (template / "note.txt").touch()
    commit_all(template, "Note")
    commit = commit_of(template, "HEAD")
    copy_at("HEAD", template, project)

    assert answers_of(project)["_commit"].startswith(f"{TAG}-1-g")
    assert line_of(project) == f'uvx --from "git+file://{template}@{commit}" fastapi-sentry'
    version = run(project, {}, "--version")
    assert f"({commit[:12]})" in version.stdout, version.stderr


def test_the_command_moves_with_an_update(history: Path, tmp_path: Path) -> None:
    template, project = tmp_path / "template", tmp_path / "example-service"
    git(tmp_path, "clone", "--quiet", str(history), "template")
    copy_at(TAG, template, project)
    before = commit_of(template, TAG)
    (template / "note.txt").touch()
    commit_all(template, "Note")
    git(template, "tag", "v10000.0.0")
    assert line_of(project) == f'uvx --from "git+file://{template}@{before}" fastapi-sentry'

    update(project, "10000.0.0")

    assert_nothing_to_resolve(project)
    after = commit_of(template, "v10000.0.0")
    assert line_of(project) == f'uvx --from "git+file://{template}@{after}" fastapi-sentry'
    assert "fastapi-sentry'  # v10000.0.0\n" in (project / "pyproject.toml").read_text(encoding="utf-8")
    assert 'rev: "v10000.0.0"' in (project / ".pre-commit-config.yaml").read_text(encoding="utf-8")


def test_the_wheel_holds_the_command_alone(tmp_path: Path) -> None:
    subprocess.run([uv_binary(), "build", "--quiet", "--wheel", "--out-dir", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    listed = subprocess.run([sys.executable, "-m", "zipfile", "--list", wheel], capture_output=True, text=True).stdout
    names = [line.split()[0] for line in listed.splitlines()[1:]]

    assert {name.partition("/")[0] for name in names} == {
        "fastapi_sentry",
        f"copier_fastapi_sentry-{scripts_version()}.dist-info",
    }


def test_the_version_is_that_of_the_newest_section_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^## \[(\d[^]]*)\]", changelog)[0] == scripts_version()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "No such command 'nope'."),
        (["secrets", "--nope"], "No such option: --nope"),
        (["secrets", "missing"], "'missing' does not exist"),
        (["alerts", "nope"], "No such command 'nope'."),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_status_1(arguments: list[str], said: str) -> None:
    """2 is what `alerts plan` returns for differences."""
    result = subprocess.run([sys.executable, "-m", "fastapi_sentry", *arguments], capture_output=True, text=True)

    assert result.returncode == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_starting_it_imports_no_library_of_a_command() -> None:
    code = "import sys, fastapi_sentry.cli; print({'copier', 'libcst', 'httpx2', 'pydantic'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_poe_hands_arguments_and_status_on(render: Render, sdk_environments: SdkEnvironments, tmp_path: Path) -> None:
    """`uv run poe alerts plan` ends with the status of the command: 2 for differences."""
    shim = tmp_path / "uvx"
    shim.write_text('#!/bin/sh\nprintf "%s|" "$@"\nexit 2\n')
    shim.chmod(0o755)
    environ = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}

    for task in ("alerts", "secrets"):
        poe: list[str | Path] = [sdk_environments["2"], "-m", "poethepoet", "-q", task, "plan", "--summary", "a b"]
        result = subprocess.run(poe, cwd=render(), env=environ, capture_output=True, text=True)
        assert result.returncode == 2, result.stderr
        assert result.stdout.endswith(f"|fastapi-sentry|{task}|plan|--summary|a b|")
