"""Dramatiq: a real worker process, a real Redis between it and the web service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.receiver import Receiver
from support.spans import spans_of

from .conftest import named, raised
from .servers import Server

WORKER = "example_service.dramatiq_worker"
ARGS = ("probe_actors", "--processes", "1", "--threads", "1")
READY = "is ready for action"


@pytest.mark.each_run
def test_a_trace_goes_from_the_request_by_the_queue_into_the_call_of_the_worker(
    light: Path, web: Any, start: Any, receiver: Receiver, redis_url: str, stranger: Server
) -> None:
    broker = {"APP_BROKER_URL": redis_url}
    with start(light, WORKER, *ARGS, env=broker) as worker, web(light, **broker) as service:
        worker.wait_for_line(READY)
        service.get("/probe/send/calling", params={"url": f"{stranger.url}/prices"})
        named(receiver, "calling")
        service.stop()
        assert worker.stop() == 0, worker.output

    found = spans_of(receiver)
    [request] = [span for span in found if span.op == "http.server"]
    ops = {span.op for span in found if span.trace_id == request.trace_id}
    assert ops >= {"http.server", "http.client"}
    # The SDK renamed it.
    assert ops & {"queue.process", "queue.task.dramatiq"}
    assert [headers["sentry-trace"][:32] for headers in stranger.headers] == [request.trace_id]


def test_a_failing_actor_is_captured_once_with_its_name(
    light: Path, web: Any, start: Any, receiver: Receiver, redis_url: str
) -> None:
    broker = {"APP_BROKER_URL": redis_url}
    with start(light, WORKER, *ARGS, env=broker) as worker, web(light, **broker) as service:
        worker.wait_for_line(READY)
        service.get("/probe/send/failing")
        receiver.wait_for_event("ActorError")
        service.stop()
        assert worker.stop() == 0, worker.output

    [event] = receiver.events()
    assert (raised(event), event["transaction"]) == ("ActorError", "failing")


def test_a_configuration_fault_ends_the_worker_with_one_line(light: Path, start: Any) -> None:
    with start(light, WORKER, env={"SENTRY_DSN": "https://example.com"}) as worker:
        status = worker.wait()

    assert status == 78
    assert len(worker.output.splitlines()) == 1
