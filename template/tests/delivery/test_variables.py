# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A variable of Sentry is known everywhere or nowhere: code, examples, documentation, each way to run the service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from .conftest import ROOT

NAME = re.compile(r"\bSENTRY_[A-Z_]+\b")

OF_CI = {"SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT", "SENTRY_URL"}
"""What sentry-cli and tools/ read, and the service never does."""

CODE = sorted(ROOT.glob("src/*/sentry/**/*.py"))
DEPLOYMENTS = [
    path
    for pattern in ("Dockerfile", "compose.yaml", "deploy/**/*", ".github/workflows/*", ".gitlab-ci.yml")
    for path in sorted(ROOT.glob(pattern))
    if path.is_file() and path.suffix != ".env"
]


def names_in(paths: Iterable[Path], pattern: re.Pattern[str] = NAME) -> set[str]:
    return {name for path in paths for name in pattern.findall(path.read_text(encoding="utf-8"))}


KNOWN = names_in(CODE, re.compile(r'"(SENTRY_[A-Z_]+)"'))


def test_the_code_reads_variables() -> None:
    assert {"SENTRY_DSN", "SENTRY_RELEASE", "SENTRY_ENVIRONMENT"} <= KNOWN


def test_the_examples_have_each_variable_once() -> None:
    examples = sorted((ROOT / "env").glob("*.example"))
    lines = [line.lstrip("# ") for path in examples for line in path.read_text(encoding="utf-8").splitlines()]
    variables = [line.partition("=")[0] for line in lines if re.match(r"SENTRY_[A-Z_]+=", line)]

    assert sorted(variables) == sorted(KNOWN)


def test_the_documentation_has_each_variable_and_no_other() -> None:
    assert names_in([ROOT / "docs" / "sentry.md"]) - OF_CI == KNOWN


@pytest.mark.parametrize("path", [path.relative_to(ROOT).as_posix() for path in DEPLOYMENTS])
def test_a_deployment_knows_no_variable_that_the_code_does_not(path: str) -> None:
    assert names_in([ROOT / path]) - OF_CI <= KNOWN


@pytest.mark.parametrize("path", [path.relative_to(ROOT).as_posix() for path in DEPLOYMENTS])
def test_a_deployment_hands_in_both_files(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    if path == "compose.yaml" or path.endswith((".service", "kustomization.yaml")):
        assert ("secrets.env" in text) == ("release.env" in text)
    if path.endswith(".service"):
        assert text.index("/secrets.env\nEnvironmentFile=") < text.index("/release.env\n")
