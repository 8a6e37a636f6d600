# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""No secret is in git, in release.env or in the image, and tools/check_secrets.py finds one that is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, Project

# In two parts each, so that this file is no finding of its own.
KEY = "0123456789abcdef" * 2
DSN = f"https://{KEY}@o1.ingest.sentry.io/42"
TOKEN = "sntrys" + "_eyJpYXQiOjE3MDAwMDAwMDAuMH0=_abcdefghij"


def test_this_project_is_clean() -> None:
    result = subprocess.run([sys.executable, "tools/check_secrets.py"], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("src/app.py", f'dsn = "{DSN}"\n', "src/app.py:1 holds a DSN"),
        ("notes.txt", f"\n{TOKEN}\n", "notes.txt:2 holds a Sentry token"),
        ("compose.override.yaml", "SENTRY_DSN: https://abc@o1.ingest.sentry.io/42\n", "holds a DSN"),
        ("env/secrets.env.example", "SENTRY_DSN=something\n", "an example leaves it empty"),
        ("env/release.env", f"SENTRY_DSN={DSN}\n", "env/release.env:1 sets SENTRY_DSN"),
        ("env/release.env", f"X={DSN}\n", "env/release.env:1 sets X"),
        ("env/release.env", f"SENTRY_AUTH_TOKEN={TOKEN}\n", "env/release.env:1 sets SENTRY_AUTH_TOKEN"),
    ],
)
def test_a_secret_is_found_and_not_repeated(project: Project, name: str, text: str, found: str) -> None:
    write(project.root / name, text)

    result = project.run("check_secrets")

    assert result.returncode == 1
    assert found in result.stderr
    assert KEY not in result.stderr
    assert TOKEN not in result.stderr


@pytest.mark.parametrize("name", ["env/secrets.env", ".env", "deploy/kubernetes/overlays/production/secrets.env"])
def test_a_committed_env_file_is_found(project: Project, name: str) -> None:
    write(project.root / name, "A=1\n")
    project.git("add", "--force", name)

    result = project.run("check_secrets")

    assert result.returncode == 1
    assert f"{name} must not be in git" in result.stderr


def test_a_local_secrets_env_is_in_order(project: Project) -> None:
    write(project.secrets_env, f"SENTRY_DSN={DSN}\n")

    result = project.run("check_secrets")

    assert result.returncode == 0, result.stderr


@pytest.mark.skipif(not (ROOT / "Dockerfile").exists(), reason="this service has no image")
def test_an_image_that_would_hold_env_files_is_found(project: Project) -> None:
    with (project.root / ".dockerignore").open("a") as file:
        file.write("!env\n!env/*\n")

    result = project.run("check_secrets")

    assert result.returncode == 1
    assert ".dockerignore lets env/secrets.env into the image" in result.stderr


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
