# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What leaves this service, searched byte by byte for values that were planted everywhere. See docs/sentry.md."""

from __future__ import annotations

import importlib
import os
import random
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .canaries import Canary, canaries, leaked
from .conftest import PACKAGE, PATIENCE, clean_environ, free_port, running
from .planted_requests import TRACE, send_everything
from .wire import Wire, receiving

answers = importlib.import_module(f"{PACKAGE}.sentry.answers")
policy_table = importlib.import_module(f"{PACKAGE}.sentry.policy_table")

RELEASE = f"{answers.SERVICE}@1.2.3+0123abc"
PLANTING = f"{__package__}.planting"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """What one process sent, and what was planted in it."""

    policy: str
    planted: dict[str, Canary]
    wire: Wire

    def event(self, exception: str) -> dict[str, Any]:
        """The first event of this exception."""
        return next(event for event in self.wire.items("event") if _last_exception(event).get("type") == exception)


def _last_exception(event: dict[str, Any]) -> dict[str, Any]:
    values: list[dict[str, Any]] = event.get("exception", {}).get("values") or [{}]
    return values[-1]


@pytest.fixture(scope="module", params=dict.fromkeys((answers.PII_POLICY, "strict")))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """This service under its own policy, and under the strictest that the environment may ask for."""
    policy: str = request.param
    seed = random.SystemRandom().getrandbits(64)
    port = free_port()
    with receiving() as wire:
        environ = clean_environ(
            SENTRY_DSN=wire.dsn,
            SENTRY_RELEASE=RELEASE,
            SENTRY_ENVIRONMENT="staging",
            SENTRY_PII_POLICY=policy,
            SENTRY_USER_ID_KEY=f"{seed:064x}",
            SENTRY_TRACES_SAMPLE_RATE="1",
            CALLED_PORT=str(wire.port),
            PYTHONPATH=os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        )
        command = [sys.executable, "-m", f"{__package__}.plant", "--port", str(port), "--seed", str(seed)]
        # Elsewhere, because the service may put files where it runs.
        with running(command, port, environ, cwd=tmp_path_factory.mktemp("planted")) as process:
            planted = canaries(seed)
            send_everything(port, planted)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        yield Run(policy, planted, wire)


def test_nothing_that_was_planted_leaves(run: Run) -> None:
    forbidden = [canary for canary in run.planted.values() if run.policy != "full" or canary.kind == "credential"]

    assert leaked(forbidden, run.wire.everything) == []


def test_there_was_something_to_search(run: Run) -> None:
    """A process that sends nothing leaks nothing."""
    expected = {"event", "sessions", "check_in", "client_report"}
    if answers.TRACING:
        expected |= {"span"} if run.wire.items("span") else {"transaction"}

    assert expected <= run.wire.kinds()
    assert {_last_exception(event).get("type") for event in run.wire.items("event")} >= {
        "ValueError",
        "RuntimeError",
        "ExceptionGroup",
        "ValidationError",
    }


def test_an_error_still_says_where_and_in_which_version_it_happened(run: Run) -> None:
    event = run.event("ValueError")

    frame = _last_exception(event)["stacktrace"]["frames"][-1]
    place = (frame["function"], frame["module"], frame["filename"])
    assert place == ("planted", PLANTING, "tests/sentry/planting.py")
    assert frame["lineno"] > 0
    assert event["transaction"] in ("/planted/{customer}", f"{PLANTING}.planted")
    assert (event["release"], event["environment"], event["level"]) == (RELEASE, "staging", "error")
    assert event["contexts"]["trace"]["trace_id"] == TRACE
    assert event["tags"]["api_version"] == "v1"
    assert event["request"]["method"] == "POST"
    assert [value["type"] for value in event["exception"]["values"]] == ["KeyError", "ValueError"]


def test_the_frames_of_the_service_are_marked_and_have_their_source_lines(run: Run) -> None:
    frames = [
        frame
        for event in run.wire.items("event")
        for value in event.get("exception", {}).get("values", [])
        for frame in value.get("stacktrace", {}).get("frames", [])
        if frame.get("module") == PLANTING
    ]

    assert frames
    assert all(frame["in_app"] for frame in frames)
    assert any("raise error from cause" in frame.get("context_line", "") for frame in frames)


def test_users_are_what_the_policy_says(run: Run) -> None:
    users = [event.get("user", {}) for event in (run.event("ValueError"), *run.wire.items("session")[:1])]
    user = users[0]

    if run.policy == "strict":
        assert user == {}
    elif run.policy == "pseudonymous":
        assert user.keys() == {"id"}
        assert len(user["id"]) == 32
        assert int(user["id"], 16)
    else:
        assert user["id"] == run.planted["user id"].value


def test_the_page_about_sentry_says_what_the_code_does() -> None:
    page = (ROOT / "docs" / "sentry.md").read_text(encoding="utf-8")

    assert "\n".join(policy_table.markdown(answers.PII_POLICY)) in page
