"""Whatever is answered, the files that come out are valid, formatted, linted and typed."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Render
from support import matrix
from support.files import parse
from support.questions import questions
from support.template import ROOT, answers_of, files_of, package_of, pyproject_of, run_copy

ROWS = {**matrix.named(), **{f"row{number:02}": row for number, row in enumerate(matrix.pairwise())}}

DEFAULT_FILES = [
    ".copier-answers.yml",
    ".dockerignore",
    ".gitattributes",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
    ".github/workflows/weekly.yml",
    ".gitignore",
    ".pre-commit-config.yaml",
    "AGENTS.md",
    "Dockerfile",
    "README.md",
    "alerts/error_spike.json",
    "alerts/high_error_rate.json",
    "alerts/low_severity.json",
    "alerts/new_issue.json",
    "alerts/regression.json",
    "alerts/rule.schema.json",
    "alerts/user_impact.json",
    "compose.yaml",
    "conftest.py",
    "docs/alerts.md",
    "docs/deployment.md",
    "docs/development.md",
    "docs/privacy.md",
    "docs/sentry.md",
    "env/release.env.example",
    "env/secrets.env.example",
    "pyproject.toml",
    "src/example_service/__init__.py",
    "src/example_service/__main__.py",
    "src/example_service/api/__init__.py",
    "src/example_service/api/auth.py",
    "src/example_service/api/health.py",
    "src/example_service/api/items.py",
    "src/example_service/app.py",
    "src/example_service/db.py",
    "src/example_service/http_client.py",
    "src/example_service/library_settings.py",
    "src/example_service/logs.py",
    "src/example_service/main.py",
    "src/example_service/migrations/env.py",
    "src/example_service/migrations/script.py.mako",
    "src/example_service/models.py",
    "src/example_service/resources.py",
    "src/example_service/sentry/__init__.py",
    "src/example_service/sentry/__main__.py",
    "src/example_service/sentry/answers.py",
    "src/example_service/sentry/config.py",
    "src/example_service/sentry/doctor.py",
    "src/example_service/sentry/hooks.py",
    "src/example_service/sentry/middleware.py",
    "src/example_service/sentry/preview.py",
    "src/example_service/sentry/ruff.toml",
    "src/example_service/sentry/scrubbing/__init__.py",
    "src/example_service/sentry/scrubbing/credentials.py",
    "src/example_service/sentry/scrubbing/personal.py",
    "src/example_service/sentry/scrubbing/policy.py",
    "src/example_service/sentry/scrubbing/rules.py",
    "src/example_service/sentry/scrubbing/scrubber.py",
    "src/example_service/sentry/scrubbing/text.py",
    "src/example_service/sentry/scrubbing/transport.py",
    "src/example_service/sentry/scrubbing/values.py",
    "src/example_service/sentry/scrubbing/walk.py",
    "src/example_service/sentry/sdk.py",
    "src/example_service/sentry/setup.py",
    "src/example_service/sentry_custom.py",
    "src/example_service/settings.py",
    "tests/conftest.py",
    "tests/sentry/__init__.py",
    "tests/sentry/conftest.py",
    "tests/sentry/planted_app.py",
    "tests/sentry/ruff.toml",
    "tests/sentry/test_layer.py",
    "tests/test_api.py",
    "tests/test_deployment.py",
    "tools/release_env.py",
]
"""What a service with the default answers consists of."""

JINJA = re.compile(
    rf"""
    (?<!\$)\{{\{{-?\s*(_copier_|{"|".join(questions())})  # a question, but not ${{{{ github.sha }}}}
    | \{{%-?\s+\w  # {{% if
    | \{{\#-?\s    # {{# comment
    """,
    re.VERBOSE,
)


@pytest.fixture(params=ROWS)
def project(request: pytest.FixtureRequest, render: Render) -> Path:
    """A project of each row in turn. It is read, never changed."""
    return render(**ROWS[request.param])


def test_every_choice_of_every_question_is_tried() -> None:
    """But of `scope`: the layer alone has tests of its own."""
    for question in questions().values():
        tried = [row[question.name] for row in matrix.pairwise() if question.name in row]
        if question.multiselect:
            tried = [choice for chosen in tried for choice in chosen]
        assert question.name == "scope" or set(question.choices) <= set(tried), question.name


def test_files_parse(project: Path) -> None:
    for name in files_of(project):
        parse(project / name)


def test_no_jinja_is_left(project: Path) -> None:
    left = {name: JINJA.findall((project / name).read_text(encoding="utf-8")) for name in files_of(project)}
    assert {name: found for name, found in left.items() if found} == {}
    assert not [name for name in files_of(project) if re.search(r"[{}%]|\.jinja$", name)]


def test_no_folder_is_empty_and_no_file_but_a_marker_is(project: Path) -> None:
    folders = [path for path in project.rglob("*") if path.is_dir() and not any(path.iterdir())]
    files = [name for name in files_of(project) if not (project / name).stat().st_size]
    assert folders == []
    assert {Path(name).name for name in files} <= {"__init__.py"}


def test_files_end_in_one_newline_and_lines_in_no_space(project: Path) -> None:
    for name in files_of(project):
        text = (project / name).read_bytes()
        assert text == b"" or (text.endswith(b"\n") and not text.endswith(b"\n\n")), name
        assert b"\r" not in text, name
        assert name.endswith(".md") or not re.search(rb"[ \t]\n", text), name


def test_formatter_leaves_no_diff(project: Path) -> None:
    assert ruff(project, "format", "--diff") == ""


def test_linter_has_nothing_to_say(project: Path) -> None:
    assert ruff(project, "check", "--quiet") == ""


@pytest.mark.parametrize("row", sorted({*matrix.named(), *matrix.with_each_value(ROWS)}))
def test_remembered_answers_give_the_same_project(row: str, render: Render, working_tree: Path, tmp_path: Path) -> None:
    """In rows that hold each value of each question at least once: here no two of them have to meet."""
    project = render(**ROWS[row])
    remembered = {name: value for name, value in answers_of(project).items() if not name.startswith("_")}

    again = run_copy(working_tree, tmp_path / project.name, remembered)

    assert remembered.keys() <= questions().keys()
    assert files_of(again) == files_of(project)
    for name in files_of(project):
        assert (again / name).read_bytes() == (project / name).read_bytes(), name


def test_default_answers_give_these_files(render: Render) -> None:
    assert files_of(render()) == DEFAULT_FILES


def test_texts_arrive_as_they_were_answered(render: Render) -> None:
    answers = {
        "project_name": "{{ 7*7 }} \"quoted\" 'single' \\n \U0001f680 #",
        "description": "{% raw %} ${HOME} %(x)s \\ \"\"\" ''' \U0001f600 {# no comment #}",
        "author_name": 'O\'Neil \\"{{ project_name }}" é',
    }

    project = render(**answers)

    metadata = pyproject_of(project)["project"]
    assert metadata["description"] == answers["description"]
    assert metadata["authors"][0]["name"] == answers["author_name"]
    app = ast.parse((project / "src" / package_of(project) / "__init__.py").read_text(encoding="utf-8"))
    assert answers["project_name"] in {node.value for node in ast.walk(app) if isinstance(node, ast.Constant)}
    assert answers_of(project)["project_name"] == answers["project_name"]


TYPED = {
    **ROWS,
    "no_models": {
        **ROWS["everything"],
        "integrations": [
            name
            for name in ROWS["everything"]["integrations"]
            if name not in ("openai", "anthropic", "langchain", "pydantic_ai")
        ],
    },
}


# The first time it reads all libraries.
@pytest.mark.budget(180)
@pytest.mark.parametrize(
    ("sdk", "rows", "environment"),
    [
        ("2", ["no_models", "defaults", "nothing"], "full_environments"),
        ("3", ["defaults"], "sdk_environments"),
        # The libraries of language models are most of what mypy reads.
        pytest.param("2", ["everything", *ROWS], "full_environments", marks=pytest.mark.nightly),
        pytest.param("3", ["everything", *ROWS], "full_environments", marks=pytest.mark.nightly),
    ],
    ids=["sdk2", "sdk3", "sdk2-all", "sdk3-all"],
)
def test_types_are_strict(
    sdk: str, rows: list[str], environment: str, render: Render, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """One run of mypy over all rows, each package under its own name: libraries are read once, not for each row."""
    python: Path = request.getfixturevalue(environment)[sdk]
    for name in dict.fromkeys(rows):
        project = render(**TYPED[name])
        # Imports in a package are relative, so it can be renamed.
        shutil.copytree(project / "src" / package_of(project), tmp_path / f"{name}_service")
    # Those of the row with most in it fit the others.
    project = render(**TYPED[rows[0]])
    configuration, tools = project / "pyproject.toml", project / "tools"

    found = subprocess.run(
        [
            *(python, "-m", "mypy", "--no-error-summary", "--hide-error-context"),
            *("--config-file", configuration, "--cache-dir", ROOT / ".cache" / f"mypy-{environment}-sdk{sdk}"),
            *(argument for name in dict.fromkeys(rows) for argument in ("--package", f"{name}_service")),
            *(argument for path in tools.glob("*.py") for argument in ("--module", path.stem)),
            *(argument for path in tools.glob("*/__init__.py") for argument in ("--package", path.parent.name)),
        ],
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(tmp_path), str(tools)])},
        capture_output=True,
        text=True,
    )

    assert found.stdout + found.stderr == ""
    assert found.returncode == 0


def ruff(project: Path, *arguments: str) -> str:
    """What ruff says about a project, by the project's own settings."""
    command: list[str | Path] = [Path(sys.executable).with_name("ruff"), *arguments, "--no-cache", "."]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True)
    return result.stdout + (result.stderr if result.returncode else "")
