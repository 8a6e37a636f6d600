"""The service reports with the Sentry layer alone, or says in one line why it does not start."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest
import sentry_sdk

from . import APP, PACKAGE
from .conftest import SECONDS, environ_with


def test_this_test_run_has_no_sentry() -> None:
    importlib.import_module(f"{PACKAGE}.sentry.doctor").load_app()

    assert not sentry_sdk.get_client().is_active()


@pytest.mark.parametrize(
    "variables",
    [{"SENTRY_ENVIRONMENT": "production"}, {"SENTRY_DSN": "https://example.com"}],
    ids=["no DSN in production", "a DSN without a key"],
)
def test_a_fault_ends_the_process_with_one_line(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "uvicorn", APP, "--port", "0"]
    result = subprocess.run(
        command, env=environ_with(**variables), capture_output=True, text=True, timeout=SECONDS
    )

    assert result.returncode == 78
    assert re.fullmatch(r".*SENTRY_DSN.*\n", result.stderr)


def test_the_application_reports_through_the_layer_alone() -> None:
    code = f"import sys; from {PACKAGE}.sentry import doctor, sdk; "
    code += "doctor.load_app(); sys.exit(sdk.foreign_client())"
    command = [sys.executable, "-c", code]
    environ = environ_with(SENTRY_DSN="http://public@127.0.0.1:9/1")
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SECONDS)

    assert result.returncode == 0, (
        f"Call init_sentry() instead of sentry_sdk.init().\n{result.stderr}"
    )
