"""What every service tells about an error beyond the error: its request, its user, its plan, what came before."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from support.receiver import Receiver

from .conftest import raised

TOKEN = "planted-token"  # noqa: S105
TOKENS = json.dumps({hashlib.sha256(TOKEN.encode()).hexdigest(): {"id": "user-1", "plan": "pro"}})


def breadcrumbs(event: dict[str, Any], category: str) -> list[dict[str, Any]]:
    return [breadcrumb for breadcrumb in event["breadcrumbs"]["values"] if breadcrumb["category"] == category]


@pytest.mark.each_run
def test_an_error_names_its_request_its_user_and_the_plan(light: Path, web: Any, receiver: Receiver) -> None:
    with web(light, APP_API_TOKENS=TOKENS) as service:
        answer = service.get(
            "/probe/user", headers={"authorization": f"Bearer {TOKEN}", "x-request-id": "caller-0123abc"}
        )
        service.stop()

    [event] = receiver.events()
    assert answer.status_code == 500
    assert raised(event) == "ProbeError"
    assert event["tags"] | {"plan": "pro", "request_id": "caller-0123abc"} == event["tags"]
    assert event["user"]["id"]
    assert TOKEN not in json.dumps(event)


def test_an_unknown_token_is_refused_and_is_no_news(light: Path, web: Any, receiver: Receiver) -> None:
    with web(light, APP_API_TOKENS=TOKENS) as service:
        statuses = [
            service.get("/v1/me", headers={"authorization": "Bearer wrong"}).status_code,
            service.get("/v1/me").status_code,
            service.get("/v1/me", headers={"authorization": f"Bearer {TOKEN}"}).status_code,
        ]
        service.stop()

    assert statuses == [401, 401, 200]
    assert receiver.events() == []


def test_a_request_keeps_an_acceptable_id_and_gets_one_otherwise(light: Path, web: Any) -> None:
    kept = "caller-0123abc"
    refused = ["short", "a" * 65, "planted@example.com", "line<script>", ""]
    with web(light) as service:
        accepted = service.get("/healthz", headers={"x-request-id": kept})
        others = [service.get("/healthz", headers={"x-request-id": sent}) for sent in refused]

    made = [answer.headers["x-request-id"] for answer in others]
    assert accepted.headers.get_list("x-request-id") == [kept]
    assert f"request_id={kept}" in service.output
    assert [len(one) for one in made] == [32] * len(refused)
    assert len({*made, *refused}) == 2 * len(refused)


def test_a_fallback_serves_the_caller_and_reports_the_fault(light: Path, web: Any, receiver: Receiver) -> None:
    with web(light) as service:
        answer = service.get("/v1/items/2/stock")
        service.stop()

    [event] = receiver.events()
    assert (answer.status_code, answer.json()) == (200, {"item_id": 2, "pieces": None})
    assert raised(event) == "ValueError"
    assert event["tags"]["api_version"] == "v1"
    assert event["contexts"]["item"]["id"] == 2
    assert event["contexts"]["trace"]["trace_id"]
    assert breadcrumbs(event, "items")


def test_an_error_after_the_answer_says_which_answer_that_was(light: Path, web: Any, receiver: Receiver) -> None:
    with web(light) as service:
        service.get("/probe/background")
        service.stop()

    [event] = receiver.events()
    [breadcrumb] = breadcrumbs(event, "http.server")
    assert (breadcrumb["data"]["route"], breadcrumb["data"]["status_code"]) == ("/probe/background", 200)
    assert breadcrumb["data"]["duration_ms"] >= 0
