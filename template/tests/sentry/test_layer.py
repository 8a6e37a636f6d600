"""The service reports through the Sentry layer alone, says in one line why it doesn't start, and sends
nothing that its policy removes: what was planted everywhere is searched for, byte by byte."""

from __future__ import annotations

import base64
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import sentry_sdk

from . import PACKAGE
from .conftest import (
    PLANTED_APP,
    RELEASE,
    SECONDS,
    TRACE,
    Receiver,
    Run,
    answers,
    environ_with,
)


def test_this_test_run_has_no_sentry() -> None:
    importlib.import_module(f"{PACKAGE}.sentry.doctor").load_app()

    assert not sentry_sdk.get_client().is_active()


@pytest.mark.parametrize(
    "variables",
    [{"SENTRY_ENVIRONMENT": "production"}, {"SENTRY_DSN": "https://example.com"}],
    ids=["no DSN in production", "a DSN without a key"],
)
def test_a_fault_ends_the_process_with_one_line(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "uvicorn", answers.APP_IMPORT, "--port", "0"]
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


# What is sent


def leaked(planted: dict[str, tuple[str, str]], sent: Receiver, *categories: str) -> list[str]:
    """Return the names of the values, of these categories or all, that were sent."""
    return [
        name
        for name, (category, needle) in planted.items()
        if category in (categories or (category,))
        and any(form in sent.everything for form in forms(needle))
    ]


def forms(needle: str) -> Iterator[bytes]:
    """Yield it as it is, without gaps, URL-encoded, in hexadecimal, and in base64."""
    texts = (needle, needle.replace(" ", ""), needle.replace(" ", "-"))
    encoded = (quote(needle, safe=""), quote_plus(needle), needle.encode().hex())
    yield from (form.encode() for form in (*texts, *encoded))
    for shift in range(3):
        # The first and the last characters depend on what stands around it.
        inner = base64.b64encode(b"\0" * shift + needle.encode())[4 if shift else 0 : -4]
        yield from (inner, inner.translate(bytes.maketrans(b"+/", b"-_")))


def errors(sent: Receiver) -> dict[str, dict[str, Any]]:
    """Return the events by the type of their last exception."""
    events = [event for event in sent.items("event") if "exception" in event]
    return {event["exception"]["values"][-1]["type"]: event for event in events}


def test_nothing_that_was_planted_leaves(run: Run) -> None:
    forbidden = ["credential"] if run.policy == "full" else []

    assert leaked(run.planted, run.sent, *forbidden) == []


def test_there_was_something_to_search(run: Run) -> None:
    """A process that sends nothing leaks nothing."""
    assert run.sent.types() >= {"event", "sessions", "check_in", "client_report"}
    assert not answers.TRACING or run.sent.types() & {"span", "transaction"}
    assert errors(run.sent).keys() >= {"ValueError", "RuntimeError", "ExceptionGroup"}


def test_an_error_says_where_and_in_which_version_it_happened(run: Run) -> None:
    event = errors(run.sent)["ValueError"]

    cause, error = event["exception"]["values"]
    frame = error["stacktrace"]["frames"][-1]
    assert (cause["type"], error["type"]) == ("KeyError", "ValueError")
    assert (frame["function"], frame["filename"], frame["in_app"]) == ("planted", PLANTED_APP, True)
    assert frame["lineno"] > 0
    assert frame["context_line"].strip() == "raise error from cause"
    assert event["transaction"] in ("/planted/{customer}", "__main__.planted")
    assert (event["release"], event["environment"], event["level"]) == (RELEASE, "staging", "error")
    assert event["contexts"]["trace"]["trace_id"] == TRACE
    assert (event["tags"]["api_version"], event["request"]["method"]) == ("v1", "POST")
