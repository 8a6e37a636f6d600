"""Celery: real worker and beat processes, a real Redis between them and the web service."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.receiver import Item, Receiver
from support.service import Service
from support.spans import spans_of

from .conftest import named, raised
from .servers import Server

READY = "ready."

Both = Callable[[], AbstractContextManager[tuple[Any, Service]]]


@pytest.fixture
def both(light: Path, web: Any, start: Any, redis_url: str) -> Both:
    """`with both() as (worker, service):` has a worker that is ready for tasks, and the service that sends them."""

    @contextmanager
    def both() -> Iterator[tuple[Any, Service]]:
        broker = {"APP_BROKER_URL": redis_url}
        with start(light, "probe_worker", env=broker) as worker, web(light, **broker) as service:
            worker.wait_for_line(READY)
            yield worker, service

    return both


@pytest.mark.each_run
def test_a_trace_goes_from_the_request_by_the_queue_into_the_call_of_the_worker(
    both: Both, receiver: Receiver, stranger: Server
) -> None:
    with both() as (worker, service):
        service.get("/probe/enqueue/calling", params={"url": f"{stranger.url}/prices"})
        named(receiver, "probe.calling")
        service.stop()
        assert worker.stop() == 0, worker.output

    found = spans_of(receiver)
    [request] = [span for span in found if span.op == "http.server"]
    assert {span.op for span in found if span.trace_id == request.trace_id} >= {
        "http.server",
        "queue.publish",
        "queue.process",
        "http.client",
    }
    assert [headers["sentry-trace"][:32] for headers in stranger.headers] == [request.trace_id]


def test_a_failing_task_is_captured_once_with_its_name_and_id(both: Both, receiver: Receiver) -> None:
    with both() as (worker, service):
        task_id = service.get("/probe/enqueue/failing").json()
        receiver.wait_for_event("TaskError")
        service.stop()
        worker.stop()

    [event] = receiver.events()
    assert raised(event) == "TaskError"
    assert event["transaction"] == "probe.failing"
    assert event["tags"]["celery_task_id"] == task_id


def test_beat_checks_in_and_the_worker_tells_how_it_went(
    light: Path, start: Any, receiver: Receiver, redis_url: str
) -> None:
    broker = {"APP_BROKER_URL": redis_url}
    with start(light, "probe_worker", env=broker) as worker, start(light, "probe_worker", "beat", env=broker) as beat:

        def tells(status: str) -> Any:
            return lambda item: item.type == "check_in" and item.body["status"] == status

        begun: Item = receiver.wait_for(tells("in_progress"), seconds=60)
        failed: Item = receiver.wait_for(tells("error"), seconds=60)
        assert beat.stop() == 0, beat.output
        worker.stop()

    assert begun.body["monitor_slug"] == failed.body["monitor_slug"] == "due"
    assert begun.body["monitor_config"]["schedule"] == {"type": "interval", "value": 1, "unit": "minute"}
    assert begun.body["check_in_id"] == failed.body["check_in_id"]


def test_a_task_that_was_taken_is_finished_before_the_worker_ends(
    both: Both, receiver: Receiver, stranger: Server
) -> None:
    with both() as (worker, service):
        service.get("/probe/enqueue/slow", params={"url": stranger.url})
        while not stranger.headers:
            assert worker.status is None, worker.output
        status = worker.stop(signal.SIGTERM)

    assert status == 0, worker.output
    assert len(stranger.headers) == 2
    assert not named(receiver, "probe.slow").failed


def test_a_task_whose_worker_dies_is_done_by_another(light: Path, start: Any, web: Any, redis_url: str) -> None:
    taken = itertools.count(1)

    class Witness(Server):
        def answer(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
            return 200, {"first": next(taken) == 1}

    broker = {"APP_BROKER_URL": redis_url}
    with Witness.running() as witness, start(light, "probe_worker", env=broker) as worker:
        with web(light, **broker) as service:
            worker.wait_for_line(READY)
            service.get("/probe/enqueue/dying", params={"url": witness.url})
        while len(witness.headers) < 2:
            assert worker.status is None, worker.output


def test_a_broker_that_is_down_is_reported_and_the_caller_gets_a_503(light: Path, web: Any, receiver: Receiver) -> None:
    with web(light, APP_BROKER_URL="redis://127.0.0.1:1/0") as service:
        answers = [service.request("POST", path) for path in ("/v1/reports", "/v1/notices")]
        service.stop()

    assert [answer.status_code for answer in answers] == [503, 503]
    assert len(receiver.events()) == 2


def test_a_configuration_fault_ends_the_worker_with_one_line(light: Path, start: Any) -> None:
    with start(light, "example_service.worker", env={"SENTRY_DSN": "https://example.com"}) as worker:
        status = worker.wait()

    assert status == 78
    assert len(worker.output.splitlines()) == 1


def reported(receiver: Receiver) -> list[tuple[str | None, str, str]]:
    """Of each event the error, the task, and its ID."""
    return [(raised(event), event["transaction"], event["tags"]["celery_task_id"]) for event in receiver.events()]


def test_a_hard_time_limit_is_reported_once_with_the_name_and_id_of_the_task(both: Both, receiver: Receiver) -> None:
    with both() as (worker, service):
        task_id = service.get("/probe/enqueue/endless").json()
        worker.wait_for_line("Hard time limit")
        service.stop()
        worker.stop()

    assert reported(receiver) == [("TimeLimitExceeded", "probe.endless", task_id)]


def test_a_task_that_kills_its_process_is_tried_again_as_often_as_it_says_and_reported_each_time(
    both: Both, receiver: Receiver, stranger: Server
) -> None:
    with both() as (worker, service):
        task_id = service.get("/probe/enqueue/exiting", params={"url": stranger.url}).json()
        worker.wait_for_line("Task handler raised error")
        service.stop()
        worker.stop()

    # max_retries=1
    assert len(stranger.headers) == 2
    assert reported(receiver) == [("WorkerLostError", "probe.exiting", task_id)] * 2
