"""Whatever library writes a record: it reaches the log and Sentry once, with its fields."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.receiver import Receiver
from support.service import clean_environment
from support.spans import spans_of

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments

LIBRARIES = ["logging", "structlog", "loguru"]


@pytest.mark.parametrize(
    "library", ["logging", *(pytest.param(name, marks=pytest.mark.each_run) for name in LIBRARIES[1:])]
)
def test_a_record_becomes_a_breadcrumb_an_event_and_a_sentry_log_once_each(
    light: Path, web: Any, receiver: Receiver, library: str
) -> None:
    with web(light) as service:
        service.get(f"/probe/log/{library}")
        service.stop()

    [event] = receiver.events()
    breadcrumbs = [
        breadcrumb["message"]
        for breadcrumb in event["breadcrumbs"]["values"]
        if "words" in (breadcrumb.get("message") or "")
    ]
    logs = [log for item in receiver.items("log") for log in item.body["items"] if "words" in log["body"]]
    [segment] = [span for span in spans_of(receiver) if span.is_segment]
    assert breadcrumbs == ["first words"]
    assert event["level"] == "error"
    assert [(log["level"], log["body"]) for log in logs] == [("info", "first words"), ("error", "last words")]
    assert {log["trace_id"] for log in logs} == {segment.trace_id}
    assert event["extra"]["order"] == 7
    assert {log["attributes"]["order"]["value"] for log in logs} == {7}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_line_is_json_in_production_and_names_its_request_and_trace(
    light: Path, web: Any, receiver: Receiver, library: str
) -> None:
    production = {"SENTRY_ENVIRONMENT": "production", "SENTRY_USER_ID_KEY": "0123456789abcdef0123456789abcdef"}
    with web(light, **production) as service:
        service.get(f"/probe/log/{library}", headers={"x-request-id": "caller-0123abc"})
        service.stop()

    lines = [json.loads(line) for line in service.stderr.splitlines()]
    [first, last] = [line for line in lines if "words" in line["message"]]
    [event] = receiver.events()
    assert (first["level"], first["message"], first["order"]) == ("info", "first words", 7)
    assert (last["level"], last["request_id"]) == ("error", "caller-0123abc")
    assert first["trace_id"] == last["trace_id"] == event["contexts"]["trace"]["trace_id"]


FORMAT_AN_ERROR = """
import json, logging, sys
from example_service.logs import JsonFormatter

try:
    1 / 0
except ZeroDivisionError:
    record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
print(json.dumps([json.loads(JsonFormatter().format(record))["exception"], record.exc_text]))
"""


@pytest.mark.each_run
def test_the_traceback_of_a_line_is_kept_so_that_sentry_does_not_format_it_again(
    render: Render, sdk_environments: SdkEnvironments
) -> None:
    answer = subprocess.run(
        [sdk_environments["2"], "-c", FORMAT_AN_ERROR],
        env=clean_environment(render(), {}),
        capture_output=True,
        text=True,
        check=True,
    )

    shown, kept = json.loads(answer.stdout)
    assert shown.endswith("ZeroDivisionError: division by zero")
    assert kept == shown
