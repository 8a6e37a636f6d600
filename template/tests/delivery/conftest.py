# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The project's own files in a repository of their own, for tests that write and commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIT = shutil.which("git") or "git"

COPIED = ("pyproject.toml", ".gitignore", "env", "tools")
COPIED_WHERE_THERE = ("Dockerfile", ".dockerignore")


@dataclass(frozen=True)
class Project:
    root: Path

    @property
    def release_env(self) -> Path:
        return self.root / "env" / "release.env"

    @property
    def secrets_env(self) -> Path:
        return self.root / "env" / "secrets.env"

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]
        command = [GIT, *identity, *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self) -> str:
        """Commit everything and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change")
        return self.git("rev-parse", "HEAD")

    def run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # -S: no package at all, for a machine that deploys has none.
        command = [sys.executable, "-S", f"tools/{tool}.py", *arguments]
        environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, cwd=self.root, env=environ, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy without the env files that may lie in this checkout."""
    root = tmp_path / "service"
    root.mkdir()
    for name in (*COPIED, *(name for name in COPIED_WHERE_THERE if (ROOT / name).exists())):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("*.env", "__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    project = Project(root)
    project.git("init", "--quiet")
    project.commit()
    return project
