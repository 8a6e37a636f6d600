"""CI of the service and of the template: valid, pinned, with the least permissions, and the steps that are promised."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from support import matrix
from support.template import ROOT

if TYPE_CHECKING:
    from conftest import Render

Check = Callable[..., str]

ANSWERS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "nothing": matrix.named()["nothing"],
    "everything": matrix.named()["everything"],
}

PINNED = re.compile(r"^[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


@pytest.fixture(params=[*ANSWERS, "template"])
def github(request: pytest.FixtureRequest, render: Render) -> Path:
    """A folder with .github/workflows: that of services with these answers, and the template's own."""
    return ROOT if request.param == "template" else render(**{**ANSWERS[request.param], "ci": "github"})


@pytest.fixture(params=ANSWERS)
def gitlab(request: pytest.FixtureRequest, render: Render) -> Path:
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


def commands(path: Path) -> str:
    return "\n".join(scripts(yaml.safe_load(path.read_text())))


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


def test_secrets_are_given_to_single_steps_of_protected_jobs(render: Render) -> None:
    for path in workflows(render(**ANSWERS["everything"])):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            if "${{ secrets." in yaml.dump(job):
                assert job["environment"] == "production"
                assert "${{ secrets." not in yaml.dump(job.get("env", {}))


CHECKS = (
    "tools/check_conflicts.py",
    "tools/check_secrets.py",
    "ruff format --check",
    "ruff check",
    "mypy",
    "pytest",
    "docker build",
)
RELEASE = ("release_env.py --environment production", "sentry_release.py create", "sentry_release.py deployed")


def in_order(text: str, parts: tuple[str, ...]) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_github_checks_releases_and_looks_for_updates(render: Render) -> None:
    ci, release, template = workflows(render())

    assert in_order(commands(ci), CHECKS)
    assert in_order(commands(release), RELEASE)
    assert "copier check-update" in commands(template)


def test_gitlab_checks_releases_and_looks_for_updates(render: Render) -> None:
    text = commands(render(ci="gitlab") / ".gitlab-ci.yml")

    assert in_order(text, CHECKS)
    assert in_order(text, RELEASE)
    assert "copier check-update" in text


def test_ci_is_there_by_the_answer_alone(render: Render) -> None:
    found = {
        ci: {name for name in (".github", ".gitlab-ci.yml") if (render(ci=ci) / name).exists()}
        for ci in ("github", "gitlab", "none")
    }
    assert found == {"github": {".github"}, "gitlab": {".gitlab-ci.yml"}, "none": set()}
