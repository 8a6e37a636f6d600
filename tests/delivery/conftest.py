"""A service with every way to run it, as files and as a git repository."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import copier
import plumbum
import pytest
from support.history import git, start_repository

if TYPE_CHECKING:
    from conftest import Once, Render

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


@pytest.fixture(scope="session")
def hosts(history: Path, once: Once) -> dict[str, str]:
    """Variables that make this template what git, and so uv and Copier, find at the servers below, in acme/template."""

    def host(folder: Path) -> None:
        folder.mkdir()
        git(folder, "clone", "--quiet", "--bare", str(history), "template.git")

    folder = once("hosts", host)
    prefixes = ["https://github.com/acme/", "https://gitlab.com/acme/", "https://git.example.com/acme/"]
    prefixes += ["git@git.example.com:acme/", "ssh://git@git.example.com/acme/"]
    variables = {"GIT_CONFIG_COUNT": str(len(prefixes)), "COPIER_CACHE_DIR": str(folder / "cache")}
    for number, prefix in enumerate(prefixes):
        variables |= {
            f"GIT_CONFIG_KEY_{number}": f"url.file://{folder}/.insteadOf",
            f"GIT_CONFIG_VALUE_{number}": prefix,
        }
    return variables


class Hosted(Protocol):
    def __call__(self, source: str, version: str | None = None, **answers: object) -> Path: ...


@pytest.fixture(scope="session")
def hosted(hosts: dict[str, str], once: Once) -> Hosted:
    """Copy from an address, once per run; the result is read-only."""

    def hosted(source: str, version: str | None = None, **answers: object) -> Path:
        def copy(path: Path) -> None:
            # Copier runs git with plumbum, which has read the variables of this process already.
            with pytest.MonkeyPatch.context() as patch, plumbum.local.env(**hosts):
                for name, value in hosts.items():
                    patch.setenv(name, value)
                options: dict[str, Any] = {"vcs_ref": version, "defaults": True, "quiet": True}
                copier.run_copy(source, path / "example-service", answers, settings=copier.Settings(), **options)

        return once(f"hosted-{hash_of([source, version, answers])}", copy) / "example-service"

    return hosted


def hash_of(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


@pytest.fixture(scope="session")
def remote(hosted: Hosted) -> Path:
    """A service whose template is on a server, as most are."""
    return hosted("gh:acme/template")


@pytest.fixture(scope="session")
def remote_gitlab(hosted: Hosted) -> Path:
    return hosted("git@git.example.com:acme/template.git", ci="gitlab")


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
