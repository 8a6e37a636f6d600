"""doctor says what is wrong with the env files on this disk, one sentence each, and never shows a value."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.service import clean_environment

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments

VALUE = "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t"
SECRETS = f"SENTRY_DSN=https://{VALUE.replace('-', '')}@nowhere.invalid/1\nSENTRY_USER_ID_KEY={VALUE}\n".encode()
RELEASE = b"SENTRY_RELEASE=shop@1.0\nSENTRY_ENVIRONMENT=staging\n"
MORE = "is more than NAME=value: no spaces, quotes, export, CRLF or byte order mark."
MOVE = "which is a secret. Move it to secrets.env."

Doctor = Callable[[], str]


@pytest.fixture
def project(render: Render, copy_of: Callable[[Path], Path]) -> Path:
    project = copy_of(render())
    write(project / "env/secrets.env", SECRETS)
    write(project / "env/release.env", RELEASE, 0o644)
    return project


@pytest.fixture
def doctor(project: Path, sdk_environments: SdkEnvironments) -> Doctor:
    """Run doctor without any variable, so that it reads the files."""

    def doctor() -> str:
        command: list[str | Path] = [sdk_environments["2"], "-m", "example_service.sentry", "doctor"]
        environ = clean_environment(project, {})
        result = subprocess.run(command, env=environ, cwd=project, capture_output=True, text=True, timeout=60)
        assert "Traceback" not in result.stderr
        assert "s3cr3t" not in result.stdout + result.stderr
        return result.stdout + result.stderr

    return doctor


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def test_sound_files_are_not_spoken_of(doctor: Doctor) -> None:
    said = doctor()

    assert not [line for line in said.splitlines() if "secrets.env" in line or "release.env" in line], said


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param("secrets.env", b"\xef\xbb\xbf" + SECRETS, f"line 1 {MORE}", id="BOM"),
        pytest.param("secrets.env", SECRETS.replace(b"\n", b"\r\n"), f"line 1 {MORE}", id="CRLF"),
        pytest.param("secrets.env", SECRETS + b'A="s3cr3t"\n', f"line 3 {MORE}", id="quotes"),
        pytest.param("secrets.env", SECRETS + b"A = s3cr3t\n", f"line 3 {MORE}", id="spaces"),
        pytest.param("secrets.env", SECRETS + b"export A=s3cr3t\n", f"line 3 {MORE}", id="export"),
        pytest.param("secrets.env", b"\ns3cr3t\n" + SECRETS, f"line 2 {MORE}", id="no assignment"),
        pytest.param("release.env", RELEASE + b"SENTRY_DSN=s3cr3t\n", f"line 3 sets SENTRY_DSN, {MOVE}", id="DSN"),
        pytest.param("release.env", RELEASE + b"A_TOKEN=s3cr3t\n", f"line 3 sets A_TOKEN, {MOVE}", id="token"),
    ],
)
def test_each_flaw_is_named(name: str, content: bytes, words: str, project: Path, doctor: Doctor) -> None:
    write(project / "env" / name, content)

    said = doctor()

    assert [line for line in said.splitlines() if f"env/{name}" in line and words in line], said


@pytest.mark.parametrize("mode", [0o644, 0o602])
def test_secrets_that_others_can_read_are_named(mode: int, project: Path, doctor: Doctor) -> None:
    (project / "env" / "secrets.env").chmod(mode)

    assert "chmod 600 env/secrets.env" in doctor()


def test_a_file_that_is_not_text_is_a_fault_in_one_line(project: Path, doctor: Doctor) -> None:
    write(project / "env/secrets.env", "SENTRY_DSN=s3cr3t\n".encode("utf-16"))

    said = doctor()

    assert [line for line in said.splitlines() if "env/secrets.env can't be read (not UTF-8 text)" in line], said
