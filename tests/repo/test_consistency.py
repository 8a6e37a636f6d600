"""Facts that are stated twice agree, and each file of the template is what its name says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Render
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from support.environments import SDKS
from support.files import parse
from support.history import git
from support.matrix import named
from support.questions import questions, variables
from support.template import ROOT, files_of, files_of_the_service, owned_by_services, pyproject_of, working_files

FILES = [name for name in working_files() if name.parts[0] == "template"]
PLAIN = [name for name in FILES if name.suffix != ".jinja"]
MACROS = [name for name in working_files() if name.parts[0] == "macros"]

ONLY_ASKS = {"details", "existing_files"}
"""Questions that only decide about other questions, or about files that are left out."""


def bounds(lines: Iterable[Any]) -> dict[str, SpecifierSet]:
    """What a list of requirements asks for, by name."""
    requirements = [Requirement(line) for line in lines if isinstance(line, str)]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in requirements}


def of_the_template() -> dict[str, SpecifierSet]:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return bounds([*pyproject["dependency-groups"]["dev"], *pyproject["project"]["dependencies"]])


def of_a_service(project: Path) -> dict[str, SpecifierSet]:
    pyproject = pyproject_of(project)
    return bounds([*pyproject["dependency-groups"]["dev"], *pyproject["project"]["dependencies"]])


@pytest.mark.parametrize("command", ["ruff format --check", "ruff check", "mypy"])
def test_the_code_of_this_repository_passes_its_checks(command: str) -> None:
    result = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_template_and_service_ask_for_the_same_versions_of_the_same_tools(render: Render) -> None:
    here, there = of_the_template(), of_a_service(render())

    assert {"kent", "mypy", "pytest", "ruff"} <= here.keys() & there.keys()
    assert {name: here[name] for name in here.keys() & there.keys()} == {
        name: there[name] for name in here.keys() & there.keys()
    }


def test_the_tested_majors_of_the_sdk_are_those_that_a_service_admits(render: Render) -> None:
    admitted = of_a_service(render())["sentry-sdk"]

    tested = [Requirement(line).specifier for line in SDKS.values()]

    lower = {bound.version for specifier in (admitted, tested[0]) for bound in specifier if bound.operator == ">="}
    upper = {bound.version for specifier in (admitted, tested[-1]) for bound in specifier if bound.operator == "<"}
    assert len(lower) == len(upper) == 1


def test_copier_is_the_version_that_copier_yml_asks_for() -> None:
    minimum = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_min_copier_version"]
    assert [bound.version for bound in of_the_template()["copier"] if bound.operator == ">="] == [minimum]


def test_env_files_are_never_committed_and_their_examples_are(render: Render, copy_of: Callable[[Path], Path]) -> None:
    project = copy_of(render())
    git(project, "init", "--quiet")
    for name in ("env/secrets.env", "env/release.env", ".env"):
        (project / name).write_text("SENTRY_DSN=secret\n", encoding="utf-8")

    git(project, "add", "--all")

    committed = git(project, "ls-files").splitlines()
    assert [name for name in committed if re.search(r"(^|/)\w*\.env$", name)] == []
    assert {"env/secrets.env.example", "env/release.env.example"} <= {*committed}


def test_a_service_ignores_what_its_tools_leave_behind(render: Render, copy_of: Callable[[Path], Path]) -> None:
    project = copy_of(render())
    git(project, "init", "--quiet")

    for name in (".venv/x", "src/__pycache__/x.pyc", ".mypy_cache/x", ".pytest_cache/x", ".ruff_cache/x", "service.db"):
        assert git(project, "check-ignore", name).strip() == name


@pytest.mark.parametrize("name", [str(name) for name in PLAIN])
def test_a_plain_file_of_the_template_is_what_its_name_says(name: str) -> None:
    parse(ROOT / name)


def test_plain_files_hold_no_jinja() -> None:
    jinja = re.compile(rf"\{{\{{-?\s*(_copier_|{'|'.join(questions())})|\{{%-?\s+\w")
    assert [str(name) for name in PLAIN if jinja.search((ROOT / name).read_text(encoding="utf-8"))] == []


def test_every_question_changes_something() -> None:
    """As a variable of a file, of a file's name, or of an answer that Copier computes."""
    rendered = [*(name for name in FILES if name.suffix == ".jinja"), *MACROS]
    # Copier's own tag for one file per item is none of Jinja's.
    names = [
        re.sub(r"{% yield \w+ from (.+?) %}", r"{{ \1 }}", str(name)).replace("{% endyield %}", "") for name in FILES
    ]
    texts = [*names, *((ROOT / name).read_text(encoding="utf-8") for name in rendered)]
    computed = [str(question.default) for question in questions().values() if question.when == "False"]
    used = set().union(*map(variables, [*texts, *computed]))

    assert {*questions()} - used <= ONLY_ASKS


def test_the_documents_of_a_service_list_what_is_its_own(render: Render) -> None:
    page = (render(**named()["everything"]) / "docs" / "development.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith("| you ")]

    env_files = {"env/secrets.env", "env/release.env"}
    listed = {name.strip("/").rpartition("src/example_service/")[2] for name in re.findall(r"`([^`]+)`", row)}
    owned = {name.removeprefix("src/*/") for name in owned_by_services()} - env_files
    assert listed == {*owned, "env/*.env"}


def test_file_names_can_be_checked_out_everywhere() -> None:
    # Windows does not allow these characters.
    assert [str(name) for name in FILES if re.search(r'["|<>:?*]', str(name))] == []


def test_the_names_of_secrets_are_the_same_in_the_command_and_in_the_tools() -> None:
    paths = [path for folder in ("src", "template") for path in (ROOT / folder).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    names = [name for text in texts for name in re.findall(r"KEY\|TOKEN[A-Z|]+", text)]
    assert len(names) == 2
    assert len({*names}) == 1


def test_the_map_of_the_tests_names_each_module() -> None:
    readme = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    modules = {
        path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py") if "samples" not in path.parts
    }
    named_there = {*re.findall(r"`([\w/]+(?:\.py|/))`", readme)}
    unnamed = {str(path) for path in modules if not {path.as_posix(), f"{path.parent.as_posix()}/"} & named_there}

    assert unnamed == set()
    assert {name for name in named_there if not (ROOT / "tests" / name).exists()} <= {"conftest.py", "sentry_custom.py"}


def test_no_lock_file_is_committed() -> None:
    # It would name the registry of the machine that made it.
    assert [str(name) for name in working_files() if name.suffix == ".lock"] == []


MARK = re.compile(r"(##?|//|<!--) Owned by the template\.( -->)?")
"""The line of a file that says whose it is."""


def test_a_file_of_the_template_says_whose_it_is(render: Render) -> None:
    """In its first line (a Dockerfile after Docker's own), or development.md gives all of its folder to the template.

    Then either all of the folder's files say it or none does. Some files cannot say it: empty ones, JSON, licenses, the
    record of the answers, and examples, which are copied to files of the service.
    """
    project = render(**named()["everything"])
    files = {name: (project / name).read_text(encoding="utf-8") for name in files_of(project)}
    yours = files_of_the_service(project)
    silent = {
        name
        for name, text in files.items()
        if not text or name.endswith((".json", "LICENSE", "answers.yml", ".example"))
    }
    lines = {name: [*text.split("\n"), ""][name == "Dockerfile"] for name, text in files.items()}
    marked = {name for name, line in lines.items() if MARK.fullmatch(line)}
    [row] = [line for line in files["docs/development.md"].splitlines() if line.startswith("| template ")]
    folders = [found for found in re.findall(r"`([^`]+/)`", row) if not any(name.startswith(found) for name in marked)]
    covered = {name for name in files if name.startswith(tuple(folders))}

    assert "tools/" in folders
    assert marked | covered | silent == {*files} - yours | silent


def test_no_file_repeats_the_long_line_about_its_owner(render: Render) -> None:
    project = render(**named()["everything"])
    long = "copier update improves it"
    assert [name for name in files_of(project) if long in (project / name).read_text(encoding="utf-8")] == []
