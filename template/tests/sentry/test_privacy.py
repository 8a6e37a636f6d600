"""Search what this service sends, byte by byte, for values that were planted everywhere."""

from __future__ import annotations

from .conftest import PLANTED, RELEASE, Run, answers
from .wire import TRACE


def test_nothing_that_was_planted_leaves(run: Run) -> None:
    forbidden = ["credential"] if run.policy == "full" else []

    assert run.values.leaked(run.sent.everything, *forbidden) == []


def test_there_was_something_to_search(run: Run) -> None:
    """A process that sends nothing leaks nothing."""
    assert run.sent.types() >= {"event", "sessions", "check_in", "client_report"}
    assert not answers.TRACING or run.sent.types() & {"span", "transaction"}
    assert run.errors().keys() >= {
        "ValueError",
        "RuntimeError",
        "ExceptionGroup",
        "ValidationError",
    }


def test_an_error_says_where_and_in_which_version_it_happened(run: Run) -> None:
    event = run.errors()["ValueError"]

    cause, error = event["exception"]["values"]
    frame = error["stacktrace"]["frames"][-1]
    assert (cause["type"], error["type"]) == ("KeyError", "ValueError")
    assert (frame["function"], frame["module"], frame["in_app"]) == ("planted", PLANTED, True)
    assert (frame["filename"], frame["lineno"] > 0) == ("tests/sentry/planted_app.py", True)
    assert frame["context_line"].strip() == "raise error from cause"
    assert event["transaction"] in ("/planted/{customer}", f"{PLANTED}.planted")
    assert (event["release"], event["environment"], event["level"]) == (RELEASE, "staging", "error")
    assert event["contexts"]["trace"]["trace_id"] == TRACE
    assert (event["tags"]["api_version"], event["request"]["method"]) == ("v1", "POST")
