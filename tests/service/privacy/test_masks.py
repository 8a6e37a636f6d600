"""Text that tries to get past the masks, and data that tries to bring them down."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable
from http import HTTPStatus
from types import ModuleType
from typing import Any

import pytest
from sentry_sdk.envelope import Item, PayloadRef
from service.privacy.conftest import MakeScrubber

Make = Callable[[str], ModuleType]


def test_a_value_split_over_breadcrumbs_does_not_leave_under_strict(make_scrubber: MakeScrubber) -> None:
    halves = ("the customer is ada@", "example.org, who called")
    event = {"breadcrumbs": {"values": [{"category": "orders", "message": half} for half in halves]}}

    left = json.dumps(_left(make_scrubber("strict"), event))

    assert "orders" in left
    assert "ada" not in left
    assert "example.org" not in left


def test_data_that_contains_itself_is_cut(policy: str, make_scrubber: MakeScrubber) -> None:
    loop: dict[str, Any] = {"name": "ada@example.org"}
    loop["self"] = loop
    loop["list"] = [loop, [loop]]

    left = json.dumps(_left(make_scrubber(policy), {"extra": loop, "contexts": {"order": loop}}))

    assert ("ada@" in left) == (policy == "full")


def test_data_of_great_depth_is_cut(policy: str, make_scrubber: MakeScrubber) -> None:
    deep: dict[str, Any] = {"name": "ada@example.org"}
    for _ in range(5000):
        deep = {"inner": deep}

    left = json.dumps(_left(make_scrubber(policy), {"extra": {"deep": deep}}))

    assert "ada@" not in left


def test_bytes_are_read_as_text(make_scrubber: MakeScrubber) -> None:
    left = json.dumps(_left(make_scrubber("pseudonymous"), {"extra": {"raw": b"ada@example.org \xff"}}))

    assert "[email]" in left
    assert "ada" not in left


def test_what_is_gathered_of_the_headers_is_what_may_leave(sentry: Make) -> None:
    headers = sentry("scrubbing.scrubber").ITEMS["event"]["request"]["headers"]

    [collected] = [
        ast.literal_eval(node)
        for node in ast.walk(ast.parse(inspect.getsource(sentry("setup"))))
        if isinstance(node, ast.Dict) and "terms" in {key.value for key in node.keys if isinstance(key, ast.Constant)}
    ]
    assert collected["mode"] == "allowlist"
    assert {*collected["terms"]} == {*headers}


def test_masks_of_the_services_own_count(make_scrubber: MakeScrubber) -> None:
    scrubber = make_scrubber("pseudonymous", masks=((r"\bP-[0-9]{6}\b", r"[patient\1]"),))

    left = json.dumps(_left(scrubber, {"message": "no bed for P-123456"}))

    assert r"[patient\\1]" in left
    assert "P-123456" not in left


@pytest.mark.parametrize("value", ["0199c1de-7c1b-7aaa-8aaa-0123456789ab", "0199c1de7c1b7aaa8aaa0123456789ab"])
@pytest.mark.parametrize("chosen", ["strict", "pseudonymous"])
def test_an_id_under_a_registered_name_leaves_and_nowhere_else(
    chosen: str, value: str, make_scrubber: MakeScrubber
) -> None:
    scrubber = make_scrubber(chosen, safe_keys=frozenset(("request_id", "token")))

    tags = _left(scrubber, {"tags": {"request_id": value, "other_id": value, "token": value}})["tags"]

    assert tags["request_id"] == value
    assert value not in (tags.get("other_id"), tags.get("token"))


@pytest.mark.parametrize("value", [type("Text", (str,), {})("paid"), HTTPStatus.OK], ids=["text", "number"])
def test_an_attribute_of_a_type_of_its_own_is_what_its_base_is(value: str | int, make_scrubber: MakeScrubber) -> None:
    """Libraries have some: the answers of LangChain, the status codes of `http`."""
    kind = "string" if isinstance(value, str) else "integer"
    span = {"name": "pay", "attributes": {"state": {"value": value, "type": kind}}}

    [left] = _left(make_scrubber("full"), {"version": 2, "items": [span]}, "span")["items"]

    assert left["attributes"] == {"state": {"value": value, "type": kind}}


def _left(scrubber: Any, payload: dict[str, Any], kind: str = "event") -> Any:
    """The item as it is sent, or None if nothing is left of it."""
    item = scrubber.item(Item(payload=PayloadRef(json=payload), headers={"type": kind}))
    return None if item is None else json.loads(item.get_bytes())
