"""CI of the service and of the template: valid, pinned, with the least permissions, and the steps that are promised."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import copier
import pytest
import yaml
from alerts.conftest import environment_for, sentry
from alerts.fake_sentry import TOKEN, FakeSentry
from delivery.conftest import program
from support import matrix
from support.history import commit_all, start_repository
from support.questions import questions
from support.template import ROOT, pyproject_of

from fastapi_sentry.alerts.client import READ_SCOPES

if TYPE_CHECKING:
    from conftest import Render
    from delivery.conftest import Hosted

__all__ = ["sentry"]  # A fixture.

Check = Callable[..., str]

ANSWERS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "nothing": matrix.named()["nothing"],
    "everything": matrix.named()["everything"],
}

PINNED = re.compile(r"^[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


@pytest.fixture(params=[*ANSWERS, "remote", "template"])
def github(request: pytest.FixtureRequest, render: Render) -> Path:
    """A folder with .github/workflows: that of services with these answers, and the template's own."""
    if request.param == "template":
        return ROOT
    remote: Path = request.getfixturevalue("remote") if request.param == "remote" else Path()
    return remote if request.param == "remote" else render(**{**ANSWERS[request.param], "ci": "github"})


@pytest.fixture(params=[*ANSWERS, "remote"])
def gitlab(request: pytest.FixtureRequest, render: Render) -> Path:
    if request.param == "remote":
        remote: Path = request.getfixturevalue("remote_gitlab")
        return remote
    return render(**{**ANSWERS[request.param], "ci": "gitlab"})


def workflows(project: Path) -> list[Path]:
    found = sorted((project / ".github" / "workflows").glob("*.yml"))
    assert found
    return found


def scripts(node: Any) -> Iterator[str]:
    """What a workflow or pipeline has a shell run."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "run":
                yield value
            elif key in ("script", "before_script"):
                yield "\n".join(value)
            else:
                yield from scripts(value)
    elif isinstance(node, list):
        for value in node:
            yield from scripts(value)


def parsed(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def commands(path: Path) -> str:
    return "\n".join(scripts(parsed(path)))


def test_workflows_fit_the_schema(github: Path, check: Check) -> None:
    check("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows(github))


def test_workflows_are_safe(github: Path, check: Check) -> None:
    check("zizmor", "--offline", "--no-config", "--persona", "pedantic", "--no-progress", *workflows(github))


def test_workflows_pass_actionlint(github: Path, check: Check) -> None:
    check("actionlint", "-no-color", *workflows(github))


def test_pipeline_of_gitlab_fits_the_schema(gitlab: Path, check: Check) -> None:
    options = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    check("check-jsonschema", *options, gitlab / ".gitlab-ci.yml")


def test_shell_of_workflows_is_sound(github: Path, check: Check, tmp_path: Path) -> None:
    for path in workflows(github):
        lint(path, "bash", check, tmp_path)


def test_shell_of_the_pipeline_is_sound(gitlab: Path, check: Check, tmp_path: Path) -> None:
    lint(gitlab / ".gitlab-ci.yml", "sh", check, tmp_path)


def lint(path: Path, shell: str, check: Check, folder: Path) -> None:
    for number, text in enumerate(scripts(yaml.safe_load(path.read_text()))):
        script = folder / f"{path.stem}-{number}"
        script.write_text(text)
    check("shellcheck", "--shell", shell, *sorted(folder.iterdir()))


def test_actions_are_pinned_by_commit(github: Path) -> None:
    for path in workflows(github):
        used = re.findall(r"(?m)^\s*-? ?uses: (.+)$", path.read_text())
        assert [line for line in used if not PINNED.match(line)] == []


def test_one_commit_stands_for_one_version(render: Render) -> None:
    """In the services and here alike: an update of a pin is one search and replace."""
    pins: dict[str, set[str]] = {}
    for project in (ROOT, render()):
        for path in workflows(project):
            for action, pin in re.findall(r"uses: ([^@\s]+)@(.+)", path.read_text()):
                pins.setdefault(action, set()).add(pin)
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


def test_nothing_is_permitted_but_what_a_job_names(github: Path) -> None:
    for path in workflows(github):
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {}
        for name, job in workflow["jobs"].items():
            assert job["timeout-minutes"] <= 30
            writes = {scope for scope, level in job["permissions"].items() if level == "write"}
            assert writes <= ({"packages"} if name == "image" else {"contents"} if name == "publish" else set())


def secrets_of(node: Any) -> set[str]:
    return set(re.findall(r"secrets\.(\w+)", yaml.dump(node)))


def test_a_secret_is_given_to_single_steps_and_one_that_writes_to_protected_jobs_alone(
    render: Render, remote: Path
) -> None:
    for project in (render(**ANSWERS["everything"]), remote):
        for path in workflows(project):
            for job in yaml.safe_load(path.read_text())["jobs"].values():
                assert secrets_of({key: value for key, value in job.items() if key != "steps"}) == set()
                if job.get("environment") != "production":
                    assert secrets_of(job) <= {"SENTRY_READ_TOKEN", "TEMPLATE_TOKEN"}


CHECKS = (
    "git grep",
    "uv sync --locked",
    "ruff format --check",
    "ruff check",
    "mypy",
    "pytest",
    "poe secrets",
    "poe alerts validate",
    "poe alerts plan",
    "docker build",
)
WEEKLY = (
    "copier check-update",
    "poe alerts plan",
    "uv sync --upgrade-package sentry-sdk",
    "uv run --no-sync pytest",
    "--prerelease allow",
)
RELEASE = (
    "release_env.py --environment production",
    "sentry-cli releases new",
    "sentry-cli releases finalize",
    "poe alerts apply --yes",
)


def in_order(text: str, parts: tuple[str, ...]) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_github_checks_releases_and_looks_for_updates(render: Render) -> None:
    ci, release, weekly = workflows(render())

    assert in_order(commands(ci), CHECKS)
    assert in_order(commands(release), RELEASE)
    assert in_order(commands(weekly), WEEKLY)


def test_gitlab_checks_releases_and_looks_for_updates(render: Render) -> None:
    text = commands(render(ci="gitlab") / ".gitlab-ci.yml")

    assert in_order(text, CHECKS)
    assert in_order(text, RELEASE)
    assert in_order(text[text.index("alerts apply") :], WEEKLY)


def test_ci_of_the_template_runs_every_python_that_may_be_answered() -> None:
    folder, choices = ROOT / ".github" / "workflows", questions()["python_version"].choices
    nightly = parsed(folder / "nightly.yml")["jobs"]["tests"]["strategy"]["matrix"]["include"]

    for name in ("ci.yml", "release.yml"):
        assert f"uv python install {choices[0]} {choices[-1]}" in commands(folder / name)
    assert {row[end] for row in nightly for end in ("oldest", "newest")} == {*choices}


def test_ci_of_the_template_runs_the_demo_on_other_systems() -> None:
    job = parsed(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["platforms"]

    assert [name.partition("-")[0] for name in job["strategy"]["matrix"]["os"]] == ["macos", "windows"]
    assert {"tests/template/test_render.py", "tests/repo/test_demo.py"} <= {*"\n".join(scripts(job)).split()}


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("answers", [{}, {"alerts": []}], ids=["alerts", "no alerts"])
def test_ci_runs_each_step_of_poe_check(answers: dict[str, Any], ci: str, render: Render) -> None:
    check = pyproject_of(render(**answers, ci=ci))["tool"]["poe"]["tasks"]["check"]["sequence"]
    wanted = [step.get("cmd") or f"poe {step['ref']}" for step in check]
    run = {
        line.replace(" --locked", "") for text in scripts(pipeline(render, ci, **answers)) for line in text.split("\n")
    }

    assert len(wanted) >= 5
    assert [step for step in wanted if f"uv run {step}" not in run] == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, ["3.11", "3.15"]),
        ({"python_version": "3.13"}, ["3.13", "3.15"]),
        ({"python_version": "3.15"}, ["3.15"]),
        ({"components": ["aiogram_bot"]}, ["3.11", "3.14"]),
        ({"components": ["aiogram_bot"], "python_version": "3.14"}, ["3.14"]),
        ({"integrations": ["langchain"]}, ["3.11", "3.14"]),
    ],
    ids=str,
)
def test_the_oldest_and_the_newest_python_are_tested(
    answers: dict[str, Any], expected: list[str], render: Render
) -> None:
    (ci, *others), pipeline = workflows(render(**answers)), parsed(render(**answers, ci="gitlab") / ".gitlab-ci.yml")

    assert parsed(ci)["jobs"]["checks"]["strategy"]["matrix"] == {"python": expected}
    assert pipeline["checks"]["parallel"]["matrix"] == [{"UV_PYTHON": expected}]
    assert pipeline["default"]["image"] == f"docker.io/library/python:{expected[-1]}"
    # What has one job only takes any Python, or the one that the service pins.
    assert [path.name for path in (ci, *others) if "python-version" in path.read_text()] == ["ci.yml"]
    assert questions()["python_version"].choices[-1] == "3.15"


def test_ci_is_there_by_the_answer_alone(render: Render) -> None:
    found = {
        ci: {name for name in (".github", ".gitlab-ci.yml") if (render(ci=ci) / name).exists()}
        for ci in ("github", "gitlab", "none")
    }
    assert found == {"github": {".github"}, "gitlab": {".gitlab-ci.yml"}, "none": set()}


def pipeline(render: Render, ci: str, **answers: Any) -> dict[str, Any]:
    """What a service's CI runs, as the file says it."""
    project = render(ci=ci, **answers)
    paths = workflows(project) if ci == "github" else [project / ".gitlab-ci.yml"]
    return {"files": [yaml.safe_load(path.read_text()) for path in paths]}


def line_with(words: str, pipeline: dict[str, Any]) -> str:
    (found,) = [line for text in scripts(pipeline) for line in text.splitlines() if words in line]
    return found


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_release_applies_alerts_without_a_question(ci: str, render: Render, sentry: FakeSentry) -> None:
    """The very line of the release, in a process without a terminal, against a Sentry that answers."""
    words = shlex.split(line_with("alerts apply", pipeline(render, ci)))
    assert words[:4] == ["uv", "run", "--locked", "poe"]

    process = subprocess.run(
        [sys.executable, "-m", "fastapi_sentry", *words[4:]],
        cwd=render(ci=ci),
        env=os.environ | environment_for(sentry),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert process.returncode == 0, process.stdout + process.stderr
    assert len(sentry.workflows) == 6


@pytest.mark.parametrize("token", ["", TOKEN], ids=["no token", "a token"])
@pytest.mark.parametrize(("workflow", "differences"), [("ci", 0), ("weekly", 2)])
def test_github_shows_a_plan_where_it_has_a_token(
    workflow: str, differences: int, token: str, render: Render, sentry: FakeSentry, tmp_path: Path
) -> None:
    """In a pull request differences are shown; once a week they fail the job."""
    (script,) = [one for one in scripts(parsed(render() / f".github/workflows/{workflow}.yml")) if "alerts plan" in one]
    summary = tmp_path / "summary.md"
    summary.touch()
    script = script.replace("uv run --locked poe", f"{sys.executable} -m fastapi_sentry")
    environ = os.environ | environment_for(sentry) | {"SENTRY_AUTH_TOKEN": token, "GITHUB_STEP_SUMMARY": str(summary)}

    result = subprocess.run(["bash", "-e", "-c", script], cwd=render(), env=environ, capture_output=True, text=True)

    assert result.returncode == (differences if token else 0), result.stdout + result.stderr
    assert ("::notice::" in result.stdout) == (not token)
    assert ("example-service" in summary.read_text()) == bool(token)
    assert not sentry.workflows


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("answers", [{}, {"alerts": []}], ids=["alerts", "no alerts"])
def test_the_document_names_what_each_token_may_do(ci: str, answers: dict[str, Any], render: Render) -> None:
    project = render(ci=ci, **answers)
    deployment = (project / "docs" / "deployment.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `(SENTRY_\w+_TOKEN)` \| (.*) \|$", deployment))
    if answers:
        assert rows.keys() == {"SENTRY_AUTH_TOKEN"}
        assert "organization token" in rows["SENTRY_AUTH_TOKEN"]
        return
    reads = set(re.findall(r"\w+:\w+", READ_SCOPES))
    assert set(re.findall(r"`(\w+:\w+)`", rows["SENTRY_READ_TOKEN"])) == reads
    assert set(re.findall(r"`(\w+:\w+)`", rows["SENTRY_AUTH_TOKEN"])) == reads | {"alerts:write", "project:releases"}


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_two_releases_never_apply_alerts_at_the_same_time(ci: str, render: Render) -> None:
    files = pipeline(render, ci)["files"]
    (job,) = [job for file in files for job in file.get("jobs", file).values() if "alerts apply" in str(job)]
    if ci == "github":
        assert job["concurrency"] == {"group": "sentry-alerts", "cancel-in-progress": False}
    else:
        assert job["resource_group"] == "sentry-alerts"
        assert "when" not in str(job)


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize(
    ("name", "text", "passes"),
    [
        ("notes.md", "Fine.\n\n=======\n", True),
        ("notes.md", "<<<<<<< before updating\nours\n=======\n>>>>>>> after updating\n", False),
        ("compose.yaml.rej", "--- a\n", False),
    ],
    ids=["a rule of Markdown", "a conflict", "a rejected hunk"],
)
def test_what_an_update_left_to_resolve_fails_the_job(
    ci: str, name: str, text: str, passes: bool, render: Render, repository: Path
) -> None:
    """The whole script of the job as a runner executes it, with the commands after the check replaced by one."""
    (repository / name).write_text(text, encoding="utf-8")
    # Git ignores the hunk.
    if not name.endswith(".rej"):
        commit_all(repository, "Update")
    (script,) = [one for one in scripts(pipeline(render, ci)) if "git grep" in one]
    checks = script.partition("uv sync")[0]

    result = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", f"{checks}\necho reached"], cwd=repository, text=True, capture_output=True
    )

    assert ((result.returncode == 0), "reached" in result.stdout) == (passes, passes)
    assert passes or name in result.stdout


SOURCES = {
    "github": ("gh:acme/template", "https://x-access-token:a-token@github.com/acme/template.git"),
    "gitlab": (
        "git@git.example.com:acme/template.git",
        "https://gitlab-ci-token:a-token@git.example.com/acme/template.git",
    ),
}


@pytest.mark.parametrize("ci", SOURCES)
def test_a_token_lets_git_read_a_private_template_by_each_of_its_addresses(
    ci: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    project: Path = request.getfixturevalue("remote" if ci == "github" else "remote_gitlab")
    source, authorized = SOURCES[ci]
    recorded = parsed(project / ".copier-answers.yml")["_src_path"]
    of_pre_commit = parsed(project / ".pre-commit-config.yaml")["repos"][0]["repo"]
    host = authorized.partition("@")[2].partition("/")[0]
    files = workflows(project) if ci == "github" else [project / ".gitlab-ci.yml"]
    steps = {step for file in files for step in scripts(parsed(file)) if "TEMPLATE_TOKEN:-" in step}
    (step,) = {step.partition("if [ -n")[2] for step in steps}

    def resolved(address: str, token: str) -> str:
        home = tmp_path / (token or "none")
        home.mkdir(exist_ok=True)
        environ = {**os.environ, "GIT_CONFIG_GLOBAL": str(home / "gitconfig"), "TEMPLATE_TOKEN": token}
        script = f"if [ -n{step}\ngit ls-remote --get-url {address}"
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environ, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    assert recorded == source
    for address in (of_pre_commit, f"https://{host}/acme/template.git", f"git@{host}:acme/template.git"):
        assert resolved(address, "a-token") == authorized
        assert resolved(address, "") == address
    assert resolved("https://git.other.io/acme/template.git", "a-token") == "https://git.other.io/acme/template.git"


def test_renovate_finds_the_template_and_leaves_its_pins_alone(hosted: Hosted, check: Check) -> None:
    short = hosted("gh:acme/template", renovate=True)
    long = hosted("https://git.example.com/acme/template.git", renovate=True)
    for project, name in ((short, "https://github.com/acme/template.git"), (long, None)):
        check("check-jsonschema", "--builtin-schema", "vendor.renovate", project / "renovate.json")
        (template, pins) = json.loads((project / "renovate.json").read_text())["packageRules"]
        assert template["matchManagers"] == ["copier"]
        # Renovate knows no gh: or gl:.
        assert template.get("overridePackageName") == name
        assert pins["enabled"] is False
        pinned = [file for file in pins["matchFileNames"] if "{" not in file and "*" not in file]
        assert {"Dockerfile", "compose.yaml", ".pre-commit-config.yaml"} <= {*pinned}
        assert "pyproject.toml" not in pinned


class TestNewerTemplate:
    """The weekly job, with the real Copier in place of the one that uv would bring."""

    def run(self, ci: str, render: Render, project: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
        shim = tmp_path / "bin" / "uvx"
        shim.parent.mkdir(exist_ok=True)
        shim.write_text(f'#!/bin/sh\nshift 3\nexec "{program("python")}" -m "$@"\n')
        shim.chmod(0o755)
        jobs = [job for file in pipeline(render, ci)["files"] for job in file.get("jobs", file).values()]
        (job,) = [job for job in jobs if "copier check-update" in str(job)]
        environ = {**os.environ, "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}"}
        command = ["bash", "-ec", "\n".join(scripts(job))]
        return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True)

    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        """A service of a tiny template that has no tag."""
        template, project = tmp_path / "template", tmp_path / "service"
        (template / "files").mkdir(parents=True)
        (template / "copier.yml").write_text("_subdirectory: files\n")
        (template / "files" / "{{ _copier_conf.answers_file }}.jinja").write_text(
            "{{ _copier_answers | to_nice_yaml }}"
        )
        start_repository(template, "One")
        copier.run_copy(f"git+file://{template}", project, defaults=True, quiet=True, settings=copier.Settings())
        return project

    @pytest.mark.parametrize("ci", ["github", "gitlab"])
    def test_fails_only_where_there_is_one(self, ci: str, render: Render, project: Path, tmp_path: Path) -> None:
        assert self.run(ci, render, project, tmp_path).returncode == 0

        (tmp_path / "template" / "files" / "more.txt").touch()
        commit_all(tmp_path / "template", "Two")

        assert self.run(ci, render, project, tmp_path).returncode == 2

    @pytest.mark.parametrize("ci", ["github", "gitlab"])
    def test_that_is_recorded_as_a_local_path_is_one_sentence(
        self, ci: str, render: Render, project: Path, tmp_path: Path
    ) -> None:
        answers = project / ".copier-answers.yml"
        answers.write_text(answers.read_text().replace("git+file://", ""))

        result = self.run(ci, render, project, tmp_path)

        assert result.returncode == 1
        assert (
            f"The template is recorded as the local path {tmp_path}/template, which only one machine" in result.stdout
        )
        assert "write its git address after _src_path in .copier-answers.yml" in result.stdout
        assert result.stderr == ""

    @pytest.mark.parametrize("ci", ["github", "gitlab"])
    def test_that_cannot_be_read_is_one_sentence(self, ci: str, render: Render, project: Path, tmp_path: Path) -> None:
        shutil.rmtree(tmp_path / "template")

        result = self.run(ci, render, project, tmp_path)

        assert result.returncode == 1
        assert "The template can't be read. If it is private, set TEMPLATE_TOKEN" in result.stdout
        assert "Traceback" not in result.stdout + result.stderr
