"""The job: each run is a check-in, and its exit status tells the timer how it went."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from support.receiver import Receiver
from support.spans import spans_of

from .conftest import raised

JOB = "example_service.job"


def statuses(receiver: Receiver) -> list[tuple[str, str]]:
    return [(item.body["monitor_slug"], item.body["status"]) for item in receiver.items("check_in")]


def test_a_run_that_succeeds_is_two_check_ins_and_a_trace(light: Path, start: Any, receiver: Receiver) -> None:
    with start(light, JOB, "count-files", ".") as job:
        status = job.wait()

    assert status == 0, job.output
    assert statuses(receiver) == [("count-files", "in_progress"), ("count-files", "ok")]
    [first, last] = receiver.items("check_in")
    assert first.body["check_in_id"] == last.body["check_in_id"]
    assert first.body["monitor_config"]["schedule"]["type"] == "crontab"
    assert {span.name for span in spans_of(receiver)} == {"count-files", "look into the folder"}
    assert receiver.events() == []


@pytest.mark.each_run
def test_a_run_that_fails_arrives_once_with_its_check_in(light: Path, start: Any, receiver: Receiver) -> None:
    with start(light, JOB, "count-files", "no-such-folder") as job:
        status = job.wait()

    [event] = receiver.events()
    assert status == 1, job.output
    assert (raised(event), event["tags"]["job"]) == ("FileNotFoundError", "count-files")
    assert statuses(receiver) == [("count-files", "in_progress"), ("count-files", "error")]


def test_a_run_that_is_told_to_stop_says_so(light: Path, start: Any, receiver: Receiver) -> None:
    with start(light, "probe_job", "sleep") as job:
        job.wait_for_line("asleep")
        status = job.stop(signal.SIGTERM)

    [event] = receiver.events()
    assert status == 128 + signal.SIGTERM
    assert raised(event) == "InterruptedRunError"
    assert statuses(receiver) == [("sleep", "in_progress"), ("sleep", "error")]


@pytest.mark.parametrize(
    ("args", "variables", "expected"),
    [
        pytest.param(["count-files", "."], {"SENTRY_DSN": "https://example.com"}, 78, id="a malformed DSN"),
        pytest.param(["count-files", "."], {"SENTRY_DSN": ""}, 0, id="no DSN in development"),
        pytest.param(["no-such-job"], {}, 2, id="no such job"),
    ],
)
def test_what_is_no_run_is_no_check_in(
    light: Path, start: Any, receiver: Receiver, args: list[str], variables: dict[str, str], expected: int
) -> None:
    with start(light, JOB, *args, env=variables) as job:
        status = job.wait()

    assert status == expected, job.output
    assert "Traceback" not in job.output
    assert receiver.items("check_in") == []
