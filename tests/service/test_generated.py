"""Generated services pass their own tests: on both majors of the SDK, on the oldest and the newest Python found."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Render, SdkEnvironments
from support import environments, matrix
from support.documents import as_written
from support.receiver import Receiver
from support.service import clean_environment
from support.template import pyproject_of

OLDEST, *_, NEWEST = [*environments.pythons()] * 2

AWKWARD = {name: samples[-1] for name, samples in matrix.SAMPLES.items()}

ANSWERS = {
    **matrix.named(),
    "everything": {**matrix.named()["everything"], **AWKWARD},
    "deployed everywhere": {"deployment": ["compose", "systemd", "kubernetes"]},
}


def runs() -> Iterator[Any]:
    """Answers, major of the SDK, version of Python. Each run has SDK 2 on the oldest and SDK 3 on the newest Python."""
    for sdk in environments.SDKS:
        for name in ANSWERS:
            rare = name in ("everything", "deployed everywhere") or (sdk == "3" and NEWEST != OLDEST)
            yield pytest.param(name, sdk, OLDEST, marks=[pytest.mark.nightly] if rare else [])
        if NEWEST != OLDEST:
            marks = [pytest.mark.nightly] if sdk == "2" else []
            yield pytest.param("deployed everywhere", sdk, NEWEST, marks=marks)


@pytest.mark.budget(120)
@pytest.mark.parametrize(("answers", "sdk", "version"), [*runs()])
def test_its_own_tests_pass_and_never_report(
    answers: str,
    sdk: str,
    version: str,
    render: Render,
    copy_of: Callable[[Path], Path],
    receiver: Receiver,
    sdk_environments: SdkEnvironments,
    full_environments: SdkEnvironments,
) -> None:
    project = copy_of(render(**ANSWERS[answers]))
    suited = full_environments if answers == "everything" else sdk_environments
    python = suited.on(sdk, environments.pythons()[version])
    # A developer's own settings, and those of the shell: the tests must not use either.
    (project / "env" / "secrets.env").write_text(f"SENTRY_DSN={receiver.dsn}\n", encoding="utf-8")
    # Nothing answers at the proxy.
    proxies = {"http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9"}
    environ = clean_environment(project, {"SENTRY_DSN": receiver.dsn, "SENTRY_ENVIRONMENT": "production", **proxies})

    result = subprocess.run([python, "-m", "pytest", "-q"], cwd=project, env=environ, capture_output=True, text=True)

    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-1000:]
    assert re.search(r"^\d+ passed(, \d+ skipped)? in ", result.stdout, re.MULTILINE), result.stdout[-500:]
    assert receiver.items() == []


# Each run does it with a week of an owner's work, in test_first_week.py.
@pytest.mark.nightly
@pytest.mark.budget(120)
def test_the_checks_of_its_documents_pass(render: Render, tmp_path: Path, copy_of: Callable[[Path], Path]) -> None:
    """In a folder whose name has a space."""
    as_written("uv run (poe|alembic upgrade) ", 3, copy_of(render()).rename(tmp_path / "my service"))


STARTED = """import subprocess
import sys


def test_a_process_starts() -> None:
    subprocess.run([sys.executable, "-m", "example_service", "--help"], check=True)
"""


# The same tests once more, below a tracer.
@pytest.mark.nightly
@pytest.mark.budget(120)
def test_its_tests_cover_it(render: Render, tmp_path: Path, copy_of: Callable[[Path], Path]) -> None:
    project = copy_of(render()).rename(tmp_path / "my service")
    (project / "tests" / "test_process.py").write_text(STARTED, encoding="utf-8")

    shown = as_written("uv run --with coverage ", 3, project)

    # Only a process runs `__main__.py`.
    assert not re.search(r"(?m)^\S+/__main__\.py .* 0% ", shown)
    (total,) = re.findall(r"(?m)^TOTAL .* (\d+)%$", shown)
    assert int(total) >= 80


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("p", False),
        ("p.api.items", False),
        ("tests.test_api", False),
        ("conftest", False),
        ("_pytest.mark", False),
        ("pydantic.main", True),
        ("passlib.utils", True),
        ("testsuite", True),
    ],
)
def test_a_warning_of_another_package_is_no_error(module: str, other: bool, render: Render) -> None:
    filters = pyproject_of(render(package_name="p"))["tool"]["pytest"]["ini_options"]["filterwarnings"]
    (action, pattern) = re.fullmatch(r"(\w+):::(.+)", filters[1]).groups()  # type: ignore[union-attr]

    assert (filters[0], action, bool(re.match(pattern, module))) == ("error", "default", other)
