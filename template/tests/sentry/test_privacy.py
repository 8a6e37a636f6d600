"""Search what this service sends, byte by byte, for values that were planted everywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from .conftest import PLANTED_APP, RELEASE, TRACE, Receiver, Run, answers


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


def errors(sent: Receiver) -> dict[str, dict[str, Any]]:
    """Return the events by the type of their last exception."""
    events = [event for event in sent.items("event") if "exception" in event]
    return {event["exception"]["values"][-1]["type"]: event for event in events}
