"""What becomes an event without a line of code in a route, what does not, and what the client sees."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.receiver import Receiver
from support.service import Service
from support.spans import segments_of

if TYPE_CHECKING:
    from conftest import Probe, Render, Serve

RELEASE = "example-service@1.2.3+0123abc"


@pytest.fixture
def service(render: Render, serve: Serve, python: Path, receiver: Receiver, probe: Probe) -> Iterator[Service]:
    variables = {
        **probe(render()),
        "SENTRY_DSN": receiver.dsn,
        "SENTRY_RELEASE": RELEASE,
        "SENTRY_ENVIRONMENT": "staging",
    }
    with serve(render(), python=python, module="uvicorn", app="probe:app", env=variables) as service:
        yield service


def raised(event: dict[str, Any]) -> str | None:
    """The type of the exception of an event, if it has one."""
    values = event.get("exception", {}).get("values", [])
    return values[-1]["type"] if values else None


CAPTURED = {
    "/probe/async": ("AsyncRouteError", 500),
    "/probe/sync": ("SyncRouteError", 500),
    "/probe/dependency": ("DependencyError", 500),
    "/probe/background": ("BackgroundError", 200),
    # A task that nothing awaits.
    "/probe/task": ("TaskError", 200),
    "/probe/status/503": ("HTTPException", 503),
    "/probe/logged-and-raised": ("LoggedError", 500),
}


@pytest.mark.each_run
def test_each_error_is_captured_once(service: Service, receiver: Receiver) -> None:
    answers = {path: service.get(path).status_code for path in CAPTURED}
    service.stop()

    assert answers == {path: status for path, (_, status) in CAPTURED.items()}
    assert sorted(raised(event) or "" for event in receiver.events()) == sorted(error for error, _ in CAPTURED.values())


def test_the_event_names_its_route_release_and_environment(service: Service, receiver: Receiver) -> None:
    paths = {
        "/probe/async": "probe.async_route",
        "/probe/dependency": "probe.dependency",
        "/probe/background": "probe.background",
    }
    for path in paths:
        service.get(path)
    service.stop()

    for event, named in zip(receiver.events(), paths.items(), strict=True):
        # The SDK 3 names it by the route.
        assert event["transaction"] in named
        assert (event["release"], event["environment"], event["level"]) == (RELEASE, "staging", "error")
        assert event["exception"]["values"][-1]["mechanism"]["handled"] is False


def begin(service: Service, path: str) -> str | None:
    """Ask for an answer that breaks off, or for a WebSocket, and return the id that the request is given."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers = {**upgrade, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} if "/socket/" in path else {}
    connection = HTTPConnection("127.0.0.1", service.port, timeout=15)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().headers["x-request-id"]
    finally:
        connection.close()


def breadcrumb_of_the_request(event: dict[str, Any]) -> dict[str, Any]:
    """The data of the last breadcrumb, which tells what the request was."""
    last = event["breadcrumbs"]["values"][-1]
    assert last["category"] == "http.server"
    data: dict[str, Any] = last["data"]
    return data


def test_an_error_tells_in_which_request_it_was(service: Service, receiver: Receiver) -> None:
    requests = [
        ("/probe/async", "/probe/async", "AsyncRouteError", "GET", 500),
        ("/probe/streamed/4711", "/probe/streamed/{number}", "StreamError", "GET", 200),
        ("/probe/sse/4711", "/probe/sse/{number}", "SseError", "GET", 200),
        ("/probe/socket/4711", "/probe/socket/{number}", "WebSocketError", "WEBSOCKET", None),
    ]
    ids = [begin(service, path) for path, *_ in requests]
    service.stop()

    # What an SSE answer raises comes in an ExceptionGroup.
    events = {value["type"]: event for event in receiver.events() for value in event["exception"]["values"]}
    assert len(receiver.events()) == len(requests)
    for request_id, (_, route, error, method, status) in zip(ids, requests, strict=True):
        event = events[error]
        breadcrumb = breadcrumb_of_the_request(event)
        assert event["tags"]["request_id"] == request_id
        assert event["transaction"] in (route, f"probe.{route.split('/')[2]}", "probe.async_route")
        assert (breadcrumb["route"], breadcrumb["method"], breadcrumb.get("status_code")) == (route, method, status)
        assert breadcrumb["duration_ms"] >= 0
        assert "4711" not in str(breadcrumb)


def test_what_a_background_task_logs_tells_its_request(service: Service, receiver: Receiver) -> None:
    request_id = service.get("/probe/background-log").headers["x-request-id"]
    service.stop()

    [event] = receiver.events()
    assert event["logentry"]["message"] == "It failed for %s"
    assert event["tags"]["request_id"] == request_id
    assert breadcrumb_of_the_request(event)["route"] == "/probe/background-log"


def test_only_the_services_own_frames_are_in_app_and_have_their_source(service: Service, receiver: Receiver) -> None:
    service.get("/sentry-debug")
    service.stop()

    [event] = receiver.events()
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    own = [frame for frame in frames if frame["in_app"]]
    assert [frame["module"] for frame in own] == ["example_service.sentry"]
    assert own[0]["context_line"].strip() == 'raise ZeroDivisionError("division by zero")'
    assert [line for line in own[0]["pre_context"] if line.startswith("async def sentry_debug")]
    assert not [frame["module"] for frame in frames if "context_line" in frame and not frame["in_app"]]


def test_nobodys_fault_is_not_captured(service: Service, receiver: Receiver) -> None:
    statuses = [
        service.get("/probe/status/404").status_code,
        service.get("/probe/status/418").status_code,
        service.get("/no-such-page").status_code,
        service.request("POST", "/probe/validated", json={"number": "x"}).status_code,
        service.get("/healthz").status_code,
    ]
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /probe/slow-body HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345")
    service.get("/probe/async")
    service.stop()

    assert statuses == [404, 418, 404, 422, 200]
    # The one error that was meant to arrive, and nothing before it.
    assert [raised(event) for event in receiver.events()] == ["AsyncRouteError"]


def test_the_answers_to_the_client_are_those_of_fastapi(service: Service) -> None:
    assert service.get("/probe/async").text == "Internal Server Error"
    assert service.get("/probe/status/503").json() == {"detail": "as asked"}
    assert service.get("/no-such-page").json() == {"detail": "Not Found"}
    assert service.request("POST", "/probe/validated", json={}).json()["detail"][0]["type"] == "missing"


def test_log_records_are_breadcrumbs_from_info_and_events_from_error(service: Service, receiver: Receiver) -> None:
    for level in ("debug", "info", "warning"):
        service.get(f"/probe/log/{level}")
    service.get("/probe/breadcrumbs")
    service.get("/probe/log/error")
    service.stop()

    failed, logged = receiver.events()
    breadcrumbs = [
        (breadcrumb["category"], breadcrumb.get("message")) for breadcrumb in failed["breadcrumbs"]["values"]
    ]
    assert breadcrumbs == [("probe", "an info line"), ("http.server", None)]
    assert raised(logged) is None
    assert (logged["logger"], logged["level"], logged["logentry"]["message"]) == ("probe", "error", "about %s")


def test_tags_arrive_as_text(service: Service, receiver: Receiver) -> None:
    service.get("/probe/breadcrumbs")
    service.stop()

    [event] = receiver.events()
    assert event["tags"].items() >= {"order": "7", "yes": "True", "many": "1.5"}.items()


def test_one_request_does_not_see_what_another_set(service: Service, receiver: Receiver) -> None:
    service.get("/probe/breadcrumbs")
    service.get("/probe/async")
    service.stop()

    first, second = receiver.events()
    assert first["contexts"]["trace"]["trace_id"] != second["contexts"]["trace"]["trace_id"]
    assert "order" in first["tags"]
    assert "order" not in second["tags"]
    assert "user" not in second


def test_a_request_does_not_see_what_a_resource_set(service: Service, receiver: Receiver) -> None:
    assert service.get("/probe/marked").json() is True
    service.get("/probe/async")
    service.stop()

    [event] = receiver.events()
    assert "set_by" not in event.get("tags", {})


@pytest.mark.parametrize("release", [None, "", "unknown", "example-service@unknown", "${CI_COMMIT_SHA}"])
def test_without_a_release_no_item_names_one(
    render: Render, serve: Serve, python: Path, receiver: Receiver, release: str | None
) -> None:
    # Where the SDK looks if nothing is set: CI variables, and git in the working directory.
    variables = {"SENTRY_DSN": receiver.dsn, "GITHUB_SHA": "0123abc", "HEROKU_SLUG_COMMIT": "0123abc"}
    if release is not None:
        variables["SENTRY_RELEASE"] = release
    answers = {"telemetry": ["tracing", "logs"]}
    with serve(
        render(**answers), python=python, env={**variables, "SENTRY_TRACES_SAMPLE_RATE": "1"}, cwd=Path(__file__).parent
    ) as service:
        service.get("/v1/items/1")
        service.get("/sentry-debug")
        service.stop()

    assert len(receiver.events()) == 1
    assert len(segments_of(receiver)) == 2
    for item in receiver.items():
        assert "release" not in item.body
        assert "release" not in item.envelope_header.get("trace", {})
        assert "0123abc" not in str(item)
        for entry in item.body.get("items", []):
            assert "sentry.release" not in entry["attributes"]
