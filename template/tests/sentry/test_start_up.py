"""The service reports with the Sentry layer alone, or says in one line why it does not start."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import sentry_sdk

from . import APP, PACKAGE, import_app
from .conftest import SECONDS, environ_with

sentry = importlib.import_module(f"{PACKAGE}.sentry")


def test_this_test_run_has_no_sentry() -> None:
    import_app()

    assert not sentry_sdk.get_client().is_active()


@pytest.mark.parametrize(
    "variables",
    [{"SENTRY_ENVIRONMENT": "production"}, {"SENTRY_DSN": "https://example.com"}],
    ids=["no DSN in production", "a DSN without a key"],
)
def test_a_fault_ends_the_process_with_one_line(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "uvicorn", APP, "--port", "0"]
    result = subprocess.run(command, env=environ_with(**variables), capture_output=True, text=True, timeout=SECONDS)

    assert result.returncode == 78
    assert re.fullmatch(r".*SENTRY_DSN.*\n", result.stderr)


def test_nothing_else_initialises_sentry() -> None:
    layer = Path(str(sentry.__file__)).parent
    entry = Path(str(getattr(find_spec(APP.partition(":")[0]), "origin", None)))
    sources = {path for path in (entry, *layer.parent.rglob("*.py")) if layer not in path.parents}
    found = [str(path) for path in sources if re.search(r"^\s*sentry_sdk\.init\(", path.read_text("utf-8"), re.M)]

    assert found == [], (
        "A second sentry_sdk.init() replaces the one of init_sentry(), and nothing is scrubbed any more: "
        "remove it, and put its options into sentry_custom.py or the environment."
    )
