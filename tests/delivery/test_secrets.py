"""tools/check_secrets.py finds a secret where it does not belong, and says where without repeating it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.history import git

if TYPE_CHECKING:
    from delivery.conftest import Tool

KEY = "0123456789abcdef" * 2
DSN = f"https://{KEY}@o1.ingest.sentry.io/42"
TOKEN = "sntrys_eyJpYXQiOjE3MDAwMDAwMDAuMH0=_abcdefghij"  # noqa: S105


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
        ("deploy/kubernetes/overlays/demo/release.env", f"X={TOKEN}\n", "demo/release.env:1 sets X"),
    ],
)
def test_a_secret_is_found_and_not_repeated(name: str, text: str, found: str, repository: Path, tool: Tool) -> None:
    write(repository / name, text)

    result = tool("check_secrets")

    assert result.returncode == 1
    assert found in result.stderr
    assert KEY not in result.stderr
    assert TOKEN not in result.stderr


@pytest.mark.parametrize("name", ["env/secrets.env", ".env", "deploy/kubernetes/overlays/production/secrets.env"])
def test_a_committed_env_file_is_found(name: str, repository: Path, tool: Tool) -> None:
    write(repository / name, "A=1\n")
    git(repository, "add", "--force", name)

    result = tool("check_secrets")

    assert result.returncode == 1
    assert f"{name} must not be in git" in result.stderr


def test_a_local_secrets_env_is_in_order(repository: Path, tool: Tool) -> None:
    write(repository / "env" / "secrets.env", f"SENTRY_DSN={DSN}\n")

    result = tool("check_secrets")

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("pattern", ["!env\n!env/*\n", "!**/*.env\n", "!env/secrets.env\n"])
def test_an_image_that_would_hold_env_files_is_found(pattern: str, repository: Path, tool: Tool) -> None:
    with (repository / ".dockerignore").open("a") as file:
        file.write(pattern)

    result = tool("check_secrets")

    assert result.returncode == 1
    assert ".dockerignore lets env/secrets.env into the image" in result.stderr


def test_an_ignore_file_for_the_top_folder_alone_is_found(repository: Path, tool: Tool) -> None:
    """Docker matches `*.env` in the top folder only, where git would match it everywhere."""
    (repository / ".dockerignore").write_text("*.env\n")

    assert ".dockerignore lets env/secrets.env into the image" in tool("check_secrets").stderr


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
