# Owned by the template.
"""A deploy names the release after its commit and writes no secret."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the script reads, in a repository of its own."""
    folder = tmp_path / "service"
    (folder / "tools").mkdir(parents=True)
    for name in ("pyproject.toml", "tools/release_env.py"):
        shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=Tester", "-c", "user.email=tester@example.com", "commit", "--quiet", "-m", "Start")
    return folder


def git(folder: Path, *arguments: str) -> str:
    command = [shutil.which("git") or "git", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def release_env(folder: Path) -> subprocess.CompletedProcess[str]:
    # -S: without any package, as on a deploy host.
    command = [sys.executable, "-S", "tools/release_env.py", "--environment", "staging"]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)


def test_a_deploy_names_the_release_after_the_commit(checkout: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    release = f"{project['name']}@{project['version']}+{git(checkout, 'rev-parse', 'HEAD')[:12]}"

    result = release_env(checkout)

    assert (result.returncode, result.stdout.strip()) == (0, release), result.stderr
    lines = (checkout / "env" / "release.env").read_text().splitlines()
    assert lines[1:] == [f"SENTRY_RELEASE={release}", "SENTRY_ENVIRONMENT=staging"]


def test_a_release_file_with_a_secret_is_rejected_and_left_alone(checkout: Path) -> None:
    # Put together here, so that no scanner reports this file.
    text = "SENTRY_DSN=" + "https" + "://0123456789abcdef@o1.ingest.sentry.io/42\n"
    # Ignored as in the service, so that git reports no change.
    (checkout / ".git" / "info" / "exclude").write_text("*.env\n")
    (checkout / "env").mkdir()
    (checkout / "env" / "release.env").write_text(text)

    result = release_env(checkout)

    assert result.returncode == 1
    assert result.stderr == "release_env: line 1 of release.env sets SENTRY_DSN, a secret; move it to secrets.env.\n"
    assert (checkout / "env" / "release.env").read_text() == text
