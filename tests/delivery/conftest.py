"""A service with every way to run it, as files and as a git repository."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from support.history import start_repository

if TYPE_CHECKING:
    from conftest import Render

DEPLOYMENTS = ["compose", "systemd", "kubernetes"]


class Tool(Protocol):
    def __call__(self, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def deployed(render: Render) -> Path:
    """Read-only, as all that `render` gives."""
    return render(deployment=DEPLOYMENTS)


@pytest.fixture
def repository(deployed: Path, copy_of: Callable[[Path], Path]) -> Path:
    """The same as a repository with one commit, for tests that deploy."""
    project = copy_of(deployed)
    start_repository(project)
    return project


def program(name: str) -> Path:
    """A program of the environment that runs the tests."""
    return Path(sys.executable).with_name(name)


@pytest.fixture
def check() -> Callable[..., str]:
    """Run a validator of the tests' environment on files; its output, and a failure where it finds anything."""

    def check(name: str, *arguments: str | Path, cwd: Path | None = None) -> str:
        environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        command = [program(name), *arguments]
        result = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True)
        assert result.returncode == 0, f"{name} says:\n{result.stdout}{result.stderr}"
        return result.stdout + result.stderr

    return check


@pytest.fixture
def tool(repository: Path) -> Tool:
    """Run a tool of the service in its repository, as a machine without any package does."""

    def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", f"tools/{name}.py", *map(str, arguments)]
        return subprocess.run(command, cwd=repository, capture_output=True, text=True)

    return tool
