# Owned by the template.
"""No secret is in git, in release.env or in the image, and a deploy names the release after its commit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# In two parts each, so that this file is no finding of its own.
KEY = "0123456789abcdef" * 2
DSN = f"https://{KEY}@o1.ingest.sentry.io/42"
TOKEN = "sntrys" + "_eyJpYXQiOjE3MDAwMDAwMDAuMH0=_abcdefghij"
STAGING = ("--environment", "staging")


@dataclass(frozen=True)
class Project:
    """What the tools look at, in a repository of its own."""

    root: Path

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]
        command = [shutil.which("git") or "git", *identity, *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout.strip()

    def run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # -S: without any package, as on a machine that deploys.
        command = [sys.executable, "-S", f"tools/{tool}.py", *arguments]
        environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, cwd=self.root, env=environ, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy without the env files that may lie in this checkout."""
    project = Project(tmp_path / "service")
    for name in ("pyproject.toml", ".gitignore", "Dockerfile", ".dockerignore", "env", "tools"):
        for path in (path for path in [ROOT / name, *(ROOT / name).rglob("*")] if path.is_file()):
            if path.suffix not in (".env", ".pyc"):
                copy = project.root / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
    project.git("init", "--quiet")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "Start")
    return project


def test_this_project_has_no_secret_in_the_wrong_file() -> None:
    result = subprocess.run([sys.executable, "tools/check_secrets.py"], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("src/app.py", f'dsn = "{DSN}"\n', "src/app.py:1 holds a DSN"),
        ("notes.txt", f"\n{TOKEN}\n", "notes.txt:2 holds a Sentry token"),
        ("env/secrets.env.example", "SENTRY_DSN=something\n", "an example leaves it empty"),
        ("env/release.env", f"SENTRY_DSN={DSN}\n", "env/release.env:1 sets SENTRY_DSN"),
    ],
)
def test_a_secret_is_found_and_not_repeated(project: Project, name: str, text: str, found: str) -> None:
    (project.root / name).parent.mkdir(exist_ok=True)
    (project.root / name).write_text(text)

    result = project.run("check_secrets")

    assert result.returncode == 1
    assert found in result.stderr
    assert KEY not in result.stderr
    assert TOKEN not in result.stderr


def test_a_committed_env_file_is_found(project: Project) -> None:
    (project.root / "env" / "secrets.env").write_text("A=1\n")
    assert project.run("check_secrets").returncode == 0

    project.git("add", "--force", "env/secrets.env")

    assert "env/secrets.env must not be in git" in project.run("check_secrets").stderr


def test_a_deploy_names_the_release_after_the_commit(project: Project) -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    release = f"{about['name']}@{about['version']}+{project.git('rev-parse', 'HEAD')[:12]}"

    result = project.run("release_env", *STAGING)

    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == release
    lines = (project.root / "env" / "release.env").read_text().splitlines()
    assert lines[1:] == [f"SENTRY_RELEASE={release}", "SENTRY_ENVIRONMENT=staging"]


def test_a_release_file_with_a_secret_is_refused_and_left_alone(project: Project) -> None:
    file = project.root / "env" / "release.env"
    file.write_text(f"SENTRY_DSN={DSN}\n")

    result = project.run("release_env", *STAGING)

    assert result.returncode == 1
    assert "SENTRY_DSN" in result.stderr
    assert KEY not in result.stderr
    assert file.read_text() == f"SENTRY_DSN={DSN}\n"


def test_deployments_set_no_variable_of_sentry_that_the_examples_lack() -> None:
    def names(*patterns: str) -> set[str]:
        found = (path for pattern in patterns for path in ROOT.glob(pattern))
        texts = (path.read_text(encoding="utf-8") for path in found if path.is_file() and path.suffix != ".env")
        return {name for text in texts for name in re.findall(r"\bSENTRY_[A-Z_]+\b", text)}

    of_ci = {"SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT", "SENTRY_URL"}
    deployed = names("Dockerfile", "compose.yaml", "deploy/**/*", ".github/workflows/*", ".gitlab-ci.yml")
    assert deployed - of_ci <= names("env/*.example")
