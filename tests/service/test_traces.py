"""Traces: what is sampled, what is never, and that a trace goes on from one service to the next."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.environments import pythons
from support.receiver import Receiver
from support.service import Service
from support.spans import segments_of, spans_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conftest import Probe, Render, SdkEnvironments, Serve

TRACE_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def traced(
    render: Render, serve: Serve, python: Path, receiver: Receiver, probe: Probe
) -> Callable[..., AbstractContextManager[Service]]:
    """`with traced("0.5") as service:` runs the probe with that sample rate."""

    @contextmanager
    def start(rate: str, **variables: str) -> Iterator[Service]:
        environ = {**probe(render()), "SENTRY_DSN": receiver.dsn, "SENTRY_TRACES_SAMPLE_RATE": rate, **variables}
        with serve(render(), python=python, module="uvicorn", app="probe:app", env=environ) as service:
            yield service

    return start


def test_probes_and_documentation_are_never_traced(traced: Any, receiver: Receiver) -> None:
    with traced("1") as service:
        for path in ("/healthz", "/readyz", "/docs", "/redoc", "/openapi.json", "/v1/items/1"):
            assert service.get(path).status_code == 200
        service.stop()

    assert [span.data["http.route"] for span in segments_of(receiver)] == ["/v1/items/{item_id}"]


@pytest.mark.parametrize(("flag", "kept"), [("1", True), ("0", False)])
@pytest.mark.parametrize("rate", ["0", "1"])
def test_the_callers_decision_is_followed(traced: Any, receiver: Receiver, flag: str, kept: bool, rate: str) -> None:
    with traced(rate) as service:
        service.get("/sentry-debug", headers={"sentry-trace": f"{TRACE_ID}-0123456789abcdef-{flag}"})
        service.stop()

    [event] = receiver.events()
    assert event["contexts"]["trace"]["trace_id"] == TRACE_ID
    assert [span.trace_id == TRACE_ID for span in segments_of(receiver)] == [True] * kept


@pytest.mark.each_run
@pytest.mark.parametrize(("rate", "flag"), [("1", "1"), ("0", "0")])
def test_a_trace_goes_on_into_outgoing_calls(traced: Any, receiver: Receiver, rate: str, flag: str) -> None:
    with traced(rate) as service:
        headers = service.get("/probe/call", params={"url": f"{service.url}/probe/headers"}).json()
        service.stop()

    trace_id, _, sampled = headers["sentry-trace"].split("-")
    assert sampled == flag
    assert f"sentry-trace_id={trace_id}" in headers["baggage"]
    kept = spans_of(receiver)
    if flag == "1":
        assert {span.trace_id for span in kept} == {trace_id}
        assert sorted(str(span.op) for span in kept) == ["http.client", "http.server", "http.server"]
    else:
        assert kept == []


def test_the_share_that_is_asked_for_is_kept(traced: Any, receiver: Receiver) -> None:
    with traced("0.5") as service:
        for _ in range(60):
            service.get("/v1/items/1")
        service.stop()

    segments = segments_of(receiver)
    # Of 60 at one half, fewer than 10 or more than 50 come once in ten million runs.
    assert 10 <= len(segments) <= 50
    for segment in segments:
        assert segment.dsc["sample_rate"] == "0.5"
        assert float(segment.dsc["sample_rand"]) < 0.5


def test_an_error_belongs_to_the_span_that_it_happened_in(traced: Any, receiver: Receiver) -> None:
    with traced("1") as service:
        service.get("/probe/async")
        service.stop()

    [event] = receiver.events()
    [segment] = segments_of(receiver)
    trace = event["contexts"]["trace"]
    assert (trace["trace_id"], trace["span_id"]) == (segment.trace_id, segment.span_id)
    assert (segment.failed, segment.data["http.response.status_code"]) == (True, 500)


def test_a_failing_background_task_does_not_change_what_the_client_saw(traced: Any, receiver: Receiver) -> None:
    with traced("1") as service:
        assert service.get("/probe/background").status_code == 200
        service.stop()

    [segment] = segments_of(receiver)
    assert (segment.failed, segment.data["http.response.status_code"]) == (True, 200)


def test_a_span_of_the_services_own_arrives_below_its_request(traced: Any, receiver: Receiver) -> None:
    with traced("1") as service:
        service.get("/probe/span")
        service.stop()

    own, segment = sorted(spans_of(receiver), key=lambda span: span.is_segment)
    assert (own.name, own.op, own.data["beans"]) == ("count the beans", "beans", 3)
    assert own.parent_span_id == segment.span_id
    # On SDK 3 a span repeats the name that its request has when the span ends.
    assert own.data.get("sentry.segment.name", segment.name) == segment.name


def test_a_page_that_does_not_exist_is_not_named_by_its_address(traced: Any, receiver: Receiver) -> None:
    with traced("1") as service:
        service.get("/no/such/page-4711")
        service.stop()

    assert [span.name for span in spans_of(receiver)] == ["GET (no route)"]


@pytest.mark.parametrize("telemetry", [["tracing"], []], ids=["not sampled", "errors only"])
def test_an_error_in_a_mounted_application_is_named_by_the_mount(
    render: Render, serve: Serve, python: Path, receiver: Receiver, probe: Probe, telemetry: list[str]
) -> None:
    project = render(telemetry=telemetry)
    environ = {**probe(project), "SENTRY_DSN": receiver.dsn, "SENTRY_TRACES_SAMPLE_RATE": "0"}
    with serve(project, python=python, module="uvicorn", app="probe:app", env=environ) as service:
        service.get("/mounted/page-4711")
        service.stop()

    [event] = receiver.events()
    assert event["transaction"] == "/mounted"


def test_errors_only_leaves_tracing_off_altogether(
    render: Render, serve: Serve, python: Path, receiver: Receiver
) -> None:
    project = render(telemetry=[])
    with serve(project, python=python, env={"SENTRY_DSN": receiver.dsn}) as service:
        for _ in range(3):
            service.get("/sentry-debug", headers={"sentry-trace": f"{TRACE_ID}-0123456789abcdef-1"})
        service.stop()

    # The SDK's own count of what it dropped would name spans, if it had begun any.
    assert [item.type for item in receiver.items() if item.type not in ("event", "client_report")] == []
    assert "span" not in str([item.body for item in receiver.items("client_report")])
    assert {event["contexts"]["trace"]["trace_id"] for event in receiver.events()} == {TRACE_ID}


@pytest.mark.parametrize(
    ("telemetry", "switch", "traced"),
    [pytest.param([], "true", 1, id="turned on"), pytest.param(["tracing"], "false", 0, id="turned off")],
)
def test_tracing_can_be_turned_without_a_deploy(
    render: Render, serve: Serve, python: Path, receiver: Receiver, telemetry: list[str], switch: str, traced: int
) -> None:
    environ = {"SENTRY_DSN": receiver.dsn, "SENTRY_ENABLE_TRACING": switch, "SENTRY_TRACES_SAMPLE_RATE": "1"}
    with serve(render(telemetry=telemetry), python=python, env=environ) as service:
        service.get("/v1/items/1")
        service.get("/sentry-debug")
        service.stop()

    # The error shows that something arrived at all.
    assert (len(receiver.events()), len(segments_of(receiver))) == (1, 2 * traced)


def test_spans_of_the_tutorials_arrive_on_the_sdk_that_has_them(
    render: Render, serve: Serve, sdk_environments: SdkEnvironments, receiver: Receiver, probe: Probe
) -> None:
    environ = {**probe(render()), "SENTRY_DSN": receiver.dsn, "SENTRY_TRACES_SAMPLE_RATE": "1"}
    with serve(render(), python=sdk_environments["2"], module="uvicorn", app="probe:app", env=environ) as service:
        status = service.get("/probe/old-spans").status_code
        service.stop()

    assert status == 200
    found = [(span.name, span.op, span.is_segment) for span in spans_of(receiver)]
    assert found == [
        ("count all the beans", "beans", True),
        ("named by hand", "http.server", True),
        ("count the beans", "beans", False),
    ]


PROFILED = {"python_version": "3.12", "telemetry": ["tracing", "profiling"]}
RATES = {"SENTRY_TRACES_SAMPLE_RATE": "1", "SENTRY_PROFILES_SAMPLE_RATE": "1"}


@pytest.mark.parametrize("sdk", ["2", "3"], ids="sdk{}".format)
@pytest.mark.parametrize("version", ["3.11", "newest"])
def test_profiles_of_traced_requests_arrive_where_python_survives_it(
    render: Render,
    serve: Serve,
    sdk_environments: SdkEnvironments,
    receiver: Receiver,
    probe: Probe,
    version: str,
    sdk: str,
) -> None:
    # Profiling is not to be had for Python 3.11, but a service may run on an older Python than it was made for.
    [oldest, *_, newest] = pythons().items()
    name, python = oldest if version == oldest[0] else newest
    assert (name == "3.11") == (version == "3.11")
    project = render(**PROFILED)
    environ = {**probe(project), "SENTRY_DSN": receiver.dsn, **RATES}
    with serve(
        project, python=sdk_environments.on(sdk, python), module="uvicorn", app="probe:app", env=environ
    ) as service:
        assert service.get("/probe/busy").status_code == 200
        service.stop()

    warnings = re.findall(r" WARNING .*Profiling is off: on Python 3\.11", service.output)
    assert (bool(receiver.items("profile_chunk")), len(warnings)) == ((False, 1) if name == "3.11" else (True, 0))


def failing_request(service: Service) -> int:
    """The status of one, on a connection of its own: uvicorn closes it after an unhandled error."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("GET", "/sentry-debug")
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.nightly
@pytest.mark.budget(600)
@pytest.mark.parametrize("sdk", ["2", "3"], ids="sdk{}".format)
def test_profiling_ends_no_process(
    render: Render, serve: Serve, sdk_environments: SdkEnvironments, receiver: Receiver, sdk: str
) -> None:
    """On Python 3.11 one of ten processes crashed or hung: getsentry/sentry-python 6119."""
    python = sdk_environments.on(sdk, [*pythons().values()][-1])
    statuses, ends, profiles = [], [], 0
    for _ in range(20):
        receiver.flush()
        with serve(render(**PROFILED), python=python, env={"SENTRY_DSN": receiver.dsn, **RATES}) as service:
            statuses += [failing_request(service) for _ in range(300)]
            ends.append(service.stop())
            # The SDK drops what its queue cannot hold, now and then a profile.
            profiles += len(receiver.items("profile_chunk"))

    assert statuses == [500] * 6000
    assert {*ends} <= {0, -signal.SIGTERM}
    assert profiles


def test_logs_arrive_with_level_template_and_trace(
    render: Render, serve: Serve, python: Path, receiver: Receiver, probe: Probe
) -> None:
    project = render(telemetry=["tracing", "logs"])
    environ = {
        **probe(project),
        "SENTRY_DSN": receiver.dsn,
        "SENTRY_TRACES_SAMPLE_RATE": "1",
    }
    with serve(project, python=python, module="uvicorn", app="probe:app", env=environ) as service:
        service.get("/probe/log/info")
        service.stop()

    [log] = [entry for item in receiver.items("log") for entry in item.body["items"] if "about" in entry["body"]]
    [segment] = segments_of(receiver)
    assert log["level"] == "info"
    assert log["attributes"]["sentry.message.template"]["value"] == "about %s"
    assert log["trace_id"] == segment.trace_id
