"""`fastapi-sentry secrets` finds a secret where it doesn't belong, and says where without repeating it."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.history import git, start_repository

from fastapi_sentry.secrets.docker import is_ignored
from fastapi_sentry.secrets.files import findings, is_env_file
from fastapi_sentry.secrets.texts import secret_in

KEY = "0123456789abcdef" * 2
HOST = "o1.ingest.sentry.io"
DSN = f"https://{KEY}@{HOST}/42"
TOKEN = "sntrys_eyJpYXQiOjE3MDAwMDAwMDAuMH0=_abcdefghij"  # noqa: S105
OLD_TOKEN = KEY * 2


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f'dsn = "{DSN}"', "a DSN"),
        (f"https://{KEY}:{KEY}@{HOST}/42", "a DSN"),
        (f"http://{KEY}@sentry.internal:9000/7", "a DSN"),
        (f"https://{KEY}@[2001:db8::1]:9000/7", "a DSN"),
        (f"https://{KEY}@errors.acme.io/sentry/7", "a DSN"),
        (f"https://{KEY.upper()}@{HOST}/42", "a DSN"),
        (f"SENTRY_DSN: https://abc@{HOST}/42", "a DSN"),
        (f'"sentryDsn": "https://abc@{HOST}/42"', "a DSN"),
        (f"curl 'https://proxy/?to=https%3A%2F%2F{KEY}%40{HOST}%2F42'", "a DSN"),
        (f"  SENTRY_DSN: {encoded(DSN)}", "a DSN"),
        (f"X-Sentry-Auth: Sentry sentry_version=7, sentry_key={KEY}", "the key of a DSN"),
        (f"https://{HOST}/api/42/security/?sentry_key={KEY}", "the key of a DSN"),
        (TOKEN, "a Sentry token"),
        (f"export SENTRY_AUTH_TOKEN={TOKEN}", "a Sentry token"),
        (TOKEN.replace("sntrys", "sntryu"), "a Sentry token"),
        (f"  token: {encoded(TOKEN)}", "a Sentry token"),
        (f"SENTRY_AUTH_TOKEN={OLD_TOKEN}", "a Sentry token"),
        (f"auth.token={OLD_TOKEN}", "a Sentry token"),
        # Nothing that anybody could use.
        ("https://examplePublicKey@o0.ingest.sentry.io/0", None),
        ("SENTRY_DSN=https://examplePublicKey@o0.ingest.sentry.io/0", None),
        ("SENTRY_DSN=http://public@receiver:8010/1", None),
        (f"SENTRY_DSN=http://{KEY}@localhost:8010/1", None),
        (f"https://{KEY}@sentry.example.com/1", None),
        ("https://user@github.com/acme/shop/pull/12", None),
        (f"sha256:{OLD_TOKEN}", None),
        ("SENTRY_DSN=", None),
        ("SENTRY_AUTH_TOKEN: ${{ secrets.SENTRY_AUTH_TOKEN }}", None),
        ("sntrys_ is how a token of an organization begins", None),
    ],
)
def test_what_a_secret_looks_like(line: str, what: str | None) -> None:
    assert secret_in(line) == what


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("src/app.py", f'\ndsn = "{DSN}"\n', "src/app.py:2 holds a DSN; remove it, and revoke it"),
        ("with space/ü.txt", f"{TOKEN}\n", "with space/ü.txt:1 holds a Sentry token"),
        ("tests/test_app.py", f"DSN = '{DSN}'\n", "tests/test_app.py:1 holds a DSN"),
        (".sentryclirc", f"[auth]\ntoken={TOKEN}\n", ".sentryclirc:2 holds a Sentry token"),
        ("env/secrets.env.example", "SENTRY_DSN=something\n", "leave it empty in an example"),
        (".env.example", "POSTGRES_PASSWORD='x'\n", ".env.example:1 sets POSTGRES_PASSWORD; leave it empty"),
        ("env/release.env", f"SENTRY_DSN={DSN}\n", "env/release.env:1 sets SENTRY_DSN, a secret"),
        ("env/release.env", "# SENTRY_DSN=\nSENTRY_DSN=\n", "env/release.env:2 sets SENTRY_DSN, a secret"),
        ("env/release.env", f"X={DSN}\n", "env/release.env:1 sets X, a secret"),
        ("env/release.env", f"SENTRY_AUTH_TOKEN={TOKEN}\n", "env/release.env:1 sets SENTRY_AUTH_TOKEN"),
        ("deploy/kubernetes/overlays/demo/release.env", f"X={TOKEN}\n", "demo/release.env:1 sets X"),
        (
            ".copier-answers.yml",
            "_src_path: https://me:pat@git.acme.io/t.git\n",
            "holds credentials; write the address",
        ),
    ],
)
def test_a_secret_is_named_with_its_place_and_not_repeated(name: str, text: str, found: str, repository: Path) -> None:
    write(repository / name, text)

    result = command(repository)

    assert result.returncode == 1
    assert result.stderr.startswith("secrets: ")
    assert found in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not re.search(f"{KEY}|{TOKEN}|:pat", result.stderr)


def test_a_new_service_has_no_secret_in_the_wrong_file(repository: Path) -> None:
    """Nor with its own env files, which git ignores."""
    write(repository / "env" / "secrets.env", f"SENTRY_DSN={DSN}\n")
    write(repository / "env" / "release.env", "SENTRY_RELEASE=shop@1.0.0+abc\nSENTRY_ENVIRONMENT=production\n")

    result = command(repository)

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("name", ["env/secrets.env", ".env", "deploy/kubernetes/overlays/production/secrets.env"])
def test_a_committed_env_file_is_found(name: str, repository: Path) -> None:
    write(repository / name, "A=1\n")
    git(repository, "add", "--force", name)

    assert findings(repository) == [f"{name} must not be in git; remove it with `git rm --cached {name}`."]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        (".env", True),
        (".env.production", True),
        ("production.env", True),
        (".env.local", True),
        (".env.example", False),
        ("release.env.example", False),
        (".env.sample", False),
        (".env.vault", False),
        ("secrets.sops.env", False),
        ("prod.env.gpg", False),
        (".envrc", False),
        ("env.py", False),
        (".env.d.ts", False),
    ],
)
def test_what_an_env_file_is(name: str, counts: bool) -> None:
    assert is_env_file(name) == counts


def test_a_line_can_be_allowed(repository: Path) -> None:
    write(repository / "notes.txt", f"{DSN} # gitleaks:allow\n")

    assert findings(repository) == []


def test_a_file_from_windows_is_read(repository: Path) -> None:
    (repository / "notes.txt").write_bytes(f"\n{DSN}\r\n".encode("utf-16"))

    assert findings(repository) == ["notes.txt:2 holds a DSN; remove it, and revoke it if it was ever pushed."]


def test_a_service_in_a_larger_repository_is_looked_at_alone(tmp_path: Path) -> None:
    write(tmp_path / "other" / "notes.txt", f"{DSN}\n")
    write(tmp_path / "backend" / "notes.txt", "nothing\n")
    start_repository(tmp_path)

    assert findings(tmp_path / "backend") == []
    assert len(findings(tmp_path)) == 1


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    result = command(tmp_path)

    assert result.returncode == 1
    assert result.stderr.startswith(f"secrets: git can't list the files of {tmp_path}: fatal: not a git repository")


@pytest.mark.parametrize(
    ("name", "rules", "ignored"),
    [
        # Docker matches a pattern without a slash in the top folder only, where git would match it everywhere.
        ("env/secrets.env", "*.env", False),
        (".env", "*.env", True),
        ("env/secrets.env", "**/*.env", True),
        (".env", "**/*.env", True),
        ("env/secrets.env", "env", True),
        ("env/secrets.env", "/env/", True),
        ("env/secrets.env", "./env", True),
        ("env/secrets.env", "env/**", True),
        ("env/secrets.env", "**", True),
        ("env/secrets.env", "*\n!env", False),
        ("env/secrets.env", "*\n!env\nenv/*.env", True),
        ("env/secrets.env", "**/*.env\n!**/secrets.env", False),
        ("env/secrets.env", "# env", False),
        ("env/secrets.env", "env/secrets.en?", True),
        ("env/secrets.env", "env/[rs]*.env", True),
        ("env/secrets.env", "env/[", False),
        ("a/b/c/secrets.env", "a/**/secrets.env", True),
        ("environment/x.env", "env", False),
        ("src/app.py", "", False),
    ],
)
def test_what_docker_leaves_out(name: str, rules: str, ignored: bool) -> None:
    assert is_ignored(name, rules.splitlines()) == ignored


@pytest.mark.parametrize("pattern", ["!env\n!env/*\n", "!**/*.env\n", "!env/secrets.env\n"])
def test_an_image_that_would_hold_env_files_is_found(pattern: str, repository: Path) -> None:
    with (repository / ".dockerignore").open("a") as file:
        file.write(pattern)

    assert ".dockerignore includes env/secrets.env in the image; exclude it." in findings(repository)


def test_an_image_without_a_dockerignore_takes_all_env_files(tmp_path: Path) -> None:
    write(tmp_path / "backend" / "Dockerfile", "FROM scratch\n")
    write(tmp_path / "backend" / ".gitignore", "*.env\n")
    write(tmp_path / "backend" / "conf" / "local.env", "A=1\n")
    start_repository(tmp_path)

    assert findings(tmp_path) == ["backend/.dockerignore includes conf/local.env in the image; exclude it."]


def command(folder: Path) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "fastapi_sentry", "secrets"]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
