"""The recipes of CONTRIBUTING.md, followed with a made-up question and a made-up integration."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from support.files import parse
from support.template import ROOT, copy_working_tree, files_of, run_copy

PACKAGE: Final = "template/{{ package_path }}"

QUESTION: Final = {
    "copier.yml": (
        "\nlicense:\n",
        """
support_email:
  type: str
  help: Who answers questions about this service?
  default: ""
  ask: "{{ details }}"

license:
""",
    ),
    "template/docs/sentry.md.jinja": (
        "\n## ",
        """
{% if support_email %}
Questions: {{ support_email }}.

{% endif %}
## """,
    ),
    "tests/template/test_questions.py": (
        '\n    "license": ',
        """
    "support_email": ("str", ""),
    "license": """,
    ),
}
"""File, a text that occurs in it, and what the recipe puts in its place."""

MODULE: Final = f"{PACKAGE}/{{% if 'boto3' in integrations %}}storage.py{{% endif %}}"

INTEGRATION: Final = {
    "copier.yml": (
        "    Redis (one shared client): redis\n",
        "    Redis (one shared client): redis\n    boto3: boto3\n",
    ),
    "template/pyproject.toml.jinja": (
        "{% if 'redis' in integrations %}\n",
        """{% if 'boto3' in integrations %}
    "boto3>=1.40,<2",
{% endif %}
{% if 'redis' in integrations %}
""",
    ),
    f"{PACKAGE}/sentry/answers.py.jinja": (
        "'celery': 'CeleryIntegration'",
        "'boto3': 'Boto3Integration', 'celery': 'CeleryIntegration'",
    ),
    f"{PACKAGE}/resources.py.jinja": (
        "\n    'sqlalchemy': [",
        """
    'boto3': ['storage', 'Resource("storage", storage.open_resource)'],
    'sqlalchemy': [""",
    ),
    f"{PACKAGE}/library_settings.py.jinja": (
        "{% if 'redis' in integrations %}\n",
        """{% if 'boto3' in integrations %}
    bucket: str = "example"
{% endif %}
{% if 'redis' in integrations %}
""",
    ),
    "macros/reserved.jinja": ("jsonschema", "jsonschema boto3"),
}

STORAGE: Final = '''# Owned by the template.
"""One client for S3."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import boto3
from fastapi import FastAPI


@asynccontextmanager
async def open_resource(app: FastAPI) -> AsyncIterator[None]:
    """Open the client for as long as the application runs."""
    app.state.storage = boto3.client("s3")
    yield
'''


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return copy_working_tree(tmp_path / "repository")


def apply(repository: Path, edits: dict[str, tuple[str, str]]) -> None:
    for name, (before, after) in edits.items():
        text = (repository / name).read_text(encoding="utf-8")
        assert before in text, f"{name} has no {before!r} any more."
        (repository / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    subprocess.run([sys.executable, "scripts/questions.py"], cwd=repository, check=True)


def files_named_in(chapter: str) -> set[str]:
    """The files in the table of a chapter, placeholders included."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition(f"## {chapter}\n")[2].partition("\n## ")[0]
    return {*re.findall(r"(?m)^\| `([^`]+)` \|", section)}


def checked(project: Path) -> Path:
    """The project, once each of its files is valid and ruff has no objection."""
    for name in files_of(project):
        parse(project / name)
    for command in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", str(project)], capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr
    return project


def test_a_question_is_added_by_its_recipe(repository: Path, tmp_path: Path) -> None:
    without = run_copy(repository, tmp_path / "without", {})
    apply(repository, QUESTION)

    default = checked(run_copy(repository, tmp_path / "default" / "without", {}))
    given = checked(run_copy(repository, tmp_path / "given", {"support_email": "team@example.com"}))

    answers = ".copier-answers.yml"
    texts = {name: (without / name).read_bytes() for name in files_of(without) if name != answers}
    assert {name: (default / name).read_bytes() for name in files_of(default) if name != answers} == texts
    assert "Questions: team@example.com." in (given / "docs/sentry.md").read_text(encoding="utf-8")
    assert "support_email: team@example.com" in (given / answers).read_text(encoding="utf-8")
    assert "| `support_email` |" in (repository / "docs/questions.md").read_text(encoding="utf-8")
    assert "'support_email'" in (repository / "macros/questions.jinja").read_text(encoding="utf-8")


def test_a_question_touches_five_files_at_most() -> None:
    assert files_named_in("Add a question") == {*QUESTION} - {"template/docs/sentry.md.jinja"}
    assert len(QUESTION) <= 5


def test_an_integration_is_added_by_its_recipe(repository: Path, tmp_path: Path) -> None:
    apply(repository, INTEGRATION)
    (repository / MODULE).write_text(STORAGE, encoding="utf-8")

    project = checked(run_copy(repository, tmp_path / "service", {"integrations": ["boto3"]}))

    answers = (project / "src/example_service/sentry/answers.py").read_text(encoding="utf-8")
    assert '("boto3.Boto3Integration",)' in answers
    assert importlib.util.find_spec("sentry_sdk.integrations.boto3")
    assert '"boto3>=1.40,<2",' in (project / "pyproject.toml").read_text(encoding="utf-8")
    assert "storage.open_resource" in (project / "src/example_service/resources.py").read_text(encoding="utf-8")
    assert 'bucket: str = "example"' in (project / "src/example_service/library_settings.py").read_text("utf-8")


def test_an_integration_touches_ten_files_at_most() -> None:
    named = files_named_in("Add an integration")
    with_placeholders = {MODULE.replace("boto3", "NAME").replace("storage", "MODULE"), "tests/components/"}
    assert named == {*INTEGRATION} | with_placeholders
    assert len(named) <= 10
