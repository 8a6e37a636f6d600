"""Structures of any depth: what comes in -> exactly what is copied. Secrets are removed whole, whatever they are."""

from __future__ import annotations

import enum
from collections import OrderedDict
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import pytest
from support.engine import scrubbing

Text = type("Text", (str,), {})
Whole = type("Whole", (int,), {})
Color = enum.IntEnum("Color", ["RED"])


def copied(value: object, *, personal: bool = True) -> Any:
    keys = scrubbing("policy").SensitiveKeys(personal=personal)
    text = scrubbing("text")
    mask = text.personal_mask(keys) if personal else text.credentials_mask(keys)
    return scrubbing("walk").ValueScrubber(mask, keys).value(value)


FILTERED = "[Filtered]"

STRUCTURES = [
    # Values of sensitive names
    ({"password": "hunter2"}, {"password": FILTERED}),
    ({"auth": ("ada", "hunter2")}, {"auth": FILTERED}),
    ({"token": {"meta": {"a": 1}, "value": "hunter2"}}, {"token": FILTERED}),
    ({"secrets": ["a]b", "hunter2"]}, {"secrets": FILTERED}),
    ({"a": [{"b": ({"api_key": b"hunter2"},)}]}, {"a": [{"b": [{"api_key": FILTERED}]}]}),
    ({"pin": 1234}, {"pin": FILTERED}),
    ({b"password": "hunter2"}, {"password": FILTERED}),
    ({"user_session": "a", "ip_address": "b"}, {"user_session": FILTERED, "ip_address": FILTERED}),
    ({"first_name": "Ada", "age": 36}, {"first_name": FILTERED, "age": 36}),
    # Pairs
    ([("authorization", "Bearer hunter2"), ("accept", "*/*")], [["authorization", FILTERED], ["accept", "*/*"]]),
    ([(b"cookie", b"a=hunter2")], [["cookie", FILTERED]]),
    (["run", "--token", "hunter2", "--verbose"], ["run", "--token", FILTERED, "--verbose"]),
    (["b'authorization'", "b'Bearer hunter2'"], ["b'authorization'", FILTERED]),
    (["backup_code", "hunter2"], ["backup_code", FILTERED]),
    (["token", None, "max_tokens", 512], ["token", None, "max_tokens", 512]),
    (["in", 4930901820], ["in", "[number]"]),
    # What is no secret
    ({"token": None, "remember_me": True, "max_tokens": 512}, {"token": None, "remember_me": True, "max_tokens": 512}),
    ({"key": "a", "author": "b", "port": 8080}, {"key": "a", "author": "b", "port": 8080}),
    # Numbers: long ones may be ids of persons, unless their name says that they measure something.
    ({"id": 1234567, "ratio": 0.25}, {"id": 1234567, "ratio": 0.25}),
    ({"id": 4930901820}, {"id": "[number]"}),
    ({"size": 4930901820, "total_bytes": 4930901820}, {"size": 4930901820, "total_bytes": 4930901820}),
    ([float("nan"), float("inf")], [None, None]),
    ([10**400], ["[cut]"]),
    # Types
    ({"a": None, "b": True}, {"a": None, "b": True}),
    ((1, 2), [1, 2]),
    ({3}, [3]),
    (b"text \xff", "text \ufffd"),
    (bytearray(b"text"), "text"),
    (OrderedDict(a=1), {"a": 1}),
    (MappingProxyType({"a": 1}), {"a": 1}),
    ({1: "a", None: "b", (1, 2): "c"}, {"1": "a", "None": "b", "[1, 2]": "c"}),
    (object(), "<object>"),
    ({"a": Text("b")}, {"a": "b"}),
    ([Whole(5), HTTPStatus.OK, Color.RED], [5, 200, 1]),
    # Masked names
    ({"ada@example.org": 1}, {"[email]": 1}),
]


@pytest.mark.parametrize(("value", "copy"), STRUCTURES, ids=range(len(STRUCTURES)))
def test_a_structure_is_copied_without_what_must_not_be_sent(value: object, copy: object) -> None:
    assert copied(value) == copy


def test_only_credentials_are_removed_where_personal_data_may_be_sent() -> None:
    value = {"first_name": "Ada", "ip_address": "203.0.113.7", "password": "hunter2", "id": 4930901820}

    assert copied(value, personal=False) == {**value, "password": FILTERED}


def nested(depth: int) -> object:
    value: object = "deep"
    for _ in range(depth):
        value = {"a": [value]}
    return value


def with_itself() -> dict[str, object]:
    value: dict[str, object] = {"ok": 1}
    value["self"] = value
    value["list"] = [value, [value]]
    return value


HOSTILE = {
    "deep": nested(5_000),
    "contains itself": with_itself(),
    "a list of 200,000": ["ada@example.org"] * 200_000,
    "a mapping of 60,000": dict.fromkeys(range(60_000), "ada"),
    "200,000 lists": [[]] * 200_000,
    "a huge name": {"x" * 1_000_000: 1},
    "a thousand huge names": {f"{number}{'y' * 10_000}": 1 for number in range(1_000)},
    "150 long texts": ["word " * 40_000] * 150,
    "huge bytes": b"word " * 400_000,
    "a huge number": 10**100_000,
    "a number of a type of its own": [Whole(10**18)] * 10,
    "a set": set(range(200_000)),
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_structure_is_cut(value: object) -> None:
    """Each of these took seconds or raised an error."""
    assert len(str(copied({"value": value}))) < 4_000_000


def test_what_was_cut_in_one_item_is_not_missing_in_the_next() -> None:
    keys = scrubbing("policy").SensitiveKeys()
    scrubber = scrubbing("walk").ValueScrubber(scrubbing("text").credentials_mask(keys), keys)
    scrubber.value(["word " * 2_000] * 200)
    assert scrubber.value("word") == "[cut]"

    scrubber.begin_item()

    assert scrubber.value("word") == "word"
