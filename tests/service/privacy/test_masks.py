"""Text that tries to get past the masks, and data that tries to bring them down."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from types import ModuleType
from typing import Any

import pytest
from sentry_sdk.envelope import Item, PayloadRef
from service.privacy.conftest import MakeScrubber

MEGABYTE = 1 << 20

LOOK_ALIKES = {
    "full-width letters": ("mail to ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ now", "ada"),
    "full-width digits": ("card ４１１１ １１１１ １１１１ １１１１ now", "4111"),
    "Arabic digits": ("card ٤١١١١١١١١١١١١١١١ now", "4111"),
    "a zero-width space": ("mail to a​da@exam​ple.org now", "ada"),
    "a soft hyphen": ("mail to a­da@example.org now", "ada"),
    "a word joiner in a key": ("pass⁠word=hunter2secret", "hunter2secret"),
    "a percent-encoded at sign": ("mail to ada%40example.org now", "ada"),
    "exotic dashes": ("card 4111–1111—1111−1111 now", "1111"),
    "quotes within quotes": ('{"body": "{\\"password\\": \\"hunter2secret\\"}"}', "hunter2secret"),
    "a URL without a scheme": ("GET /people?email=ada.example.org&x=1", "ada"),
    "a password with a slash": ("postgresql://root:hunt/er2@db.example.org/shop", "er2"),
    "an upper-case scheme": ("AUTHORIZATION: BEARER HUNTER2SECRET", "HUNTER2"),
    "camelCase": ("accessToken: hunter2secret", "hunter2secret"),
    "bytes in a repr": ("(b'authorization', b'Bearer hunter2secret')", "hunter2secret"),
}

HOSTILE = {
    "at signs": "@" * MEGABYTE,
    "almost e-mails": "a.b-c+d@" * (MEGABYTE // 8),
    "almost URLs": "://a:b" * (MEGABYTE // 6),
    "digits": "1" * MEGABYTE,
    "digits with gaps": "1 2-" * (MEGABYTE // 4),
    "colons and hex": "a:" * (MEGABYTE // 2),
    "almost JWTs": "eyJ." * (MEGABYTE // 4),
    "almost keys": "sk-" * (MEGABYTE // 3),
    "almost pairs": "password=" * (MEGABYTE // 9),
    "open quotes": "'\"\\" * (MEGABYTE // 3),
    "almost IBANs": "DE00 1234 " * (MEGABYTE // 10),
    "queries": "?a=b&" * (MEGABYTE // 5),
    "statements": "[SQL: '" * (MEGABYTE // 7),
    "white space": " \t" * (MEGABYTE // 2),
    "look-alikes": "＠１" * (MEGABYTE // 6),
}

Make = Callable[[str], ModuleType]


@pytest.fixture(scope="session")
def mask(sentry: Make) -> Callable[[str], str]:
    masked: Callable[[str], str] = sentry("scrubbing.credentials").personal_mask(
        sentry("scrubbing.credentials").SensitiveKeys()
    )
    return masked


@pytest.mark.parametrize(("text", "hidden"), LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_no_disguise_gets_a_value_past_the_masks(text: str, hidden: str, mask: Callable[[str], str]) -> None:
    masked = mask(text)

    assert hidden not in masked
    assert "[" in masked


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_megabyte_of_anything_is_masked_at_all(text: str, mask: Callable[[str], str]) -> None:
    """Each of these took minutes with a pattern that goes back; `benchmarks` shows that time grows with length only."""
    masked = mask(text + " ada@example.org")

    assert "ada@" not in masked


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
    collected = sentry("setup")._data_collection("strict")["http_headers"]["request"]

    assert collected["mode"] == "allowlist"
    assert {*collected["terms"]} == {*sentry("scrubbing.fields").HEADERS}


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
    """What leaves of an item; None when nothing is left of it."""
    item = scrubber.item(Item(payload=PayloadRef(json=payload), headers={"type": kind}))
    return None if item is None else json.loads(item.get_bytes())
