"""Each choice alone and none at all: what was not chosen is no dependency, leaves no file and is not imported."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.matrix import named
from support.service import clean_environment
from support.template import files_of, pyproject_of

from .conftest import EVERYTHING

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments

LIBRARIES = {
    "sqlalchemy": "sqlalchemy",
    "httpx2": "httpx2",
    "asyncpg": "asyncpg",
    "redis": "redis",
    "loguru": "loguru",
    "structlog": "structlog",
    "openai": "openai",
    "anthropic": "anthropic",
    "langchain": "langchain",
    "pydantic_ai": "pydantic_ai",
    "celery_worker": "celery",
    "dramatiq_worker": "dramatiq",
    "aiogram_bot": "aiogram",
    "job": "typer",
}
"""The module that each choice stands for."""

BRINGS = {
    "pydantic_ai": {"openai"},
    "langchain": {"openai"},
    "celery_worker": {"redis"},
    "dramatiq_worker": {"redis"},
}
"""What a choice needs of the others."""

INDIRECTLY = {"anthropic": {"httpx2"}, "openai": {"httpx2"}}
"""What a chosen library imports by itself where it is installed."""

CURIOUS = {"langchain", "pydantic_ai"}
"""Frameworks that import whatever they can find, to support it. Without the others installed they find nothing."""


def alone(choice: str) -> dict[str, Any]:
    key = "components" if choice in EVERYTHING["components"] else "integrations"
    return {**named()["nothing"], key: [choice]} if choice else named()["nothing"]


@pytest.fixture
def python(full_environments: SdkEnvironments) -> Path:
    """An interpreter that could import all of them."""
    return full_environments["2"]


@pytest.mark.parametrize("choice", ["", *(name for name in LIBRARIES if name not in CURIOUS)])
def test_what_was_not_chosen_is_not_imported(choice: str, render: Render, python: Path) -> None:
    project = render(**alone(choice))
    code = "import json, sys; import example_service.main; print(json.dumps([*sys.modules]))"
    environ = clean_environment(project, {"SENTRY_DSN": "http://key@127.0.0.1:9/1", "SENTRY_ENVIRONMENT": "test"})

    result = subprocess.run([python, "-c", code], cwd=project, env=environ, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    imported = {*json.loads(result.stdout.splitlines()[-1])}
    expected = {choice} | BRINGS.get(choice, set()) | INDIRECTLY.get(choice, set())
    assert {name for name, module in LIBRARIES.items() if module in imported} - expected == set()


@pytest.mark.parametrize("choice", ["", *LIBRARIES])
def test_what_was_not_chosen_is_no_dependency_and_leaves_no_file(choice: str, render: Render) -> None:
    project = render(**alone(choice))

    expected = {choice} | BRINGS.get(choice, set())
    dependencies = " ".join(pyproject_of(project)["project"]["dependencies"]).replace("-", "_")
    assert {name for name, module in LIBRARIES.items() if module in dependencies} - expected == set()
    nothing = {*files_of(render(**alone("")))}
    added = {*files_of(project)} - nothing
    # Files that other choices bring are not among them.
    for other in {*LIBRARIES} - expected:
        brought = {*files_of(render(**alone(other)))} - nothing
        shared = {"llm.py", "chat_models.py", "chat.py", "test_llm.py"}
        assert {name for name in added & brought if Path(name).name not in shared} == set()


@pytest.mark.budget(60)
@pytest.mark.parametrize("choice", LIBRARIES)
def test_each_alone_passes_its_own_tests(
    choice: str, render: Render, copy_of: Callable[[Path], Path], python: Path
) -> None:
    project = copy_of(render(**alone(choice)))
    environ = clean_environment(project, {})

    result = subprocess.run([python, "-m", "pytest", "-q"], cwd=project, env=environ, capture_output=True, text=True)

    assert result.returncode == 0, result.stdout[-3000:]
