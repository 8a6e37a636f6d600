"""A variable of Sentry is known everywhere or nowhere: code, examples, documentation, each way to run the service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import matrix

if TYPE_CHECKING:
    from conftest import Render

NAME = re.compile(r"\bSENTRY_[A-Z_]+\b")
OF_CI = {"SENTRY_AUTH_TOKEN", "SENTRY_READ_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT", "SENTRY_URL"}
"""What sentry-cli and `fastapi-sentry` read, and the service never does."""


@pytest.fixture(scope="session", params=["github", "gitlab"])
def project(request: pytest.FixtureRequest, render: Render) -> Path:
    everything = {**matrix.named()["everything"], "ci": request.param}
    return render(**{**everything, "deployment": ["compose", "systemd", "kubernetes"]})


def names_in(paths: Iterable[Path], pattern: re.Pattern[str] = NAME) -> set[str]:
    return {name for path in paths for name in pattern.findall(path.read_text(encoding="utf-8"))}


def examples(project: Path) -> list[str]:
    """The variables of the examples, as often as they stand there."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((project / "env").glob("*.example"))]
    lines = [line.lstrip("# ") for text in texts for line in text.splitlines()]
    return [line.partition("=")[0] for line in lines if re.match(r"SENTRY_[A-Z_]+=", line)]


def test_the_examples_have_each_variable_once_and_the_code_reads_it(project: Path) -> None:
    found = examples(project)
    read = names_in(project.glob("src/*/sentry/**/*.py"), re.compile(r'"(SENTRY_[A-Z_]+)"'))

    assert {"SENTRY_DSN", "SENTRY_RELEASE", "SENTRY_ENVIRONMENT"} <= {*found}
    assert len(found) == len({*found})
    assert {*found} <= read


def test_the_documentation_has_each_variable(project: Path) -> None:
    assert {*examples(project)} <= names_in([project / "docs" / "sentry.md"])


def test_a_deployment_knows_no_variable_that_the_examples_lack(project: Path) -> None:
    patterns = ("Dockerfile", "compose.yaml", "deploy/**/*", ".github/workflows/*", ".gitlab-ci.yml")
    files = [path for pattern in patterns for path in project.glob(pattern) if path.is_file()]

    assert files
    assert names_in(files) - OF_CI <= {*examples(project)}


def test_a_deployment_hands_in_both_files(project: Path) -> None:
    units = [*project.glob("deploy/systemd/*.service")]
    files = [project / "compose.yaml", *units, *project.glob("deploy/kubernetes/overlays/*/kustomization.yaml")]

    assert len(files) > 3
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "secrets.env" in text
        assert "release.env" in text
    for unit in units:
        text = unit.read_text(encoding="utf-8")
        assert text.index("/secrets.env\nEnvironmentFile=") < text.index("/release.env\n")
