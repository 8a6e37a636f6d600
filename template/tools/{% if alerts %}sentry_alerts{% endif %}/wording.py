# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What pydantic finds wrong, in words that say how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from .base import LEVELS, PRIORITIES, Part
from .faults import Place

_MISSING = {
    "why": "say in one sentence why the rule exists",
    "monitor": 'without a monitor Sentry saves a rule that never fires; write "issue_stream" (every issue) or "error"',
    "workflow": "the rule itself stands under this key",
    "environment": 'write "production", or null for every environment',
    "frequency": "write 30: minutes until the same issue is told again",
    "triggers": 'say when Sentry looks at the rule, such as {"conditions": [{"type": "every_event"}]}',
    "actionFilters": "without them nobody is told",
    "actions": "without one nobody is told",
    "targetDisplay": "a channel without a target reaches nobody; name the channel, service or team",
    "targetIdentifier": "a channel without a target reaches nobody; give the channel's id, the team's slug or the"
    " member's address",
    "comparisonInterval": "say what the interval is compared with, such as 1h or 1d",
}
# Keys that Sentry takes without a word and forgets.
_IGNORED = frozenset(("detectorIds", "monitorIds", "monitor_ids", "organizationId", "project", "projects"))
# What people write, Sentry's own API documentation among them, and what its server takes.
_INTERVALS: dict[str, tuple[str, ...]] = {
    "1m": ("1min", "60s"),
    "5m": ("5min",),
    "15m": ("15min",),
    "1h": ("1hr", "1hour", "60m", "60min"),
    "1d": ("1day", "24h"),
    "1w": ("1week", "7d"),
    "30d": ("1month", "4w"),
}
_WANTED = {
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "tuple_type": "a list in [ ]",
    "model_type": "an object in { }",
    "model_attributes_type": "an object in { }",
}


def sentence(error: ErrorDetails, place: Place) -> str:
    """One clause for one error, to stand behind the place."""
    kind, given = error["type"], error["input"]
    context: dict[str, Any] = error.get("ctx", {})
    key = str(place[-1]) if place else ""
    if kind == "missing":
        return "is missing; " + _MISSING.get(key, "add it")
    if kind == "extra_forbidden":
        return _unknown(key)
    if kind in ("literal_error", "union_tag_invalid"):
        expected = context.get("expected") or context.get("expected_tags", "")
        return _not_among(key, context.get("tag", given), str(expected).replace("'", ""))
    if kind == "union_tag_not_found":
        return "is missing; it says what the rest means"
    if kind == "too_short":
        if key == "conditions":
            return 'is empty: Sentry shows that as every event and may never fire; add {"type": "every_event"}'
        return "is empty; " + _MISSING.get(key, "add one")
    return _wrong_value(kind, key, given, context)


def _unknown(key: str) -> str:
    if key in _IGNORED:
        return "is a key that Sentry silently ignores; `monitor` at the top binds the rule to the project"
    if key in ("id", "integrationId", "owner"):
        return "is Sentry's own number; rules hold names here (`integration`, a team's slug), leave it out"
    near = difflib.get_close_matches(key, _known_keys(Part), n=1)
    return f"is an unknown key; did you mean `{near[0]}`?" if near else "is an unknown key; remove it"


def _not_among(key: str, given: object, expected: str) -> str:
    if key in ("interval", "comparisonInterval"):
        meant = [right for right, wrong in _INTERVALS.items() if given in wrong]
        remedy = f"write {meant[0]}" if meant else f"use one of {expected}"
        return f"`{given}` is no interval that Sentry knows; {remedy}"
    if key == "frequency":
        return f"is {given}, but counts minutes (60 is an hour); use one of {expected}"
    numbers: dict[int, str] = {number: name for name, number in (LEVELS if key == "level" else PRIORITIES).items()}
    if key in ("level", "comparison") and isinstance(given, int) and given in numbers:
        return f'is {given}; write its name, "{numbers[given]}"'
    near = difflib.get_close_matches(str(given), expected.replace(" or ", ", ").split(", "), n=1)
    return f"`{given}` is not possible here; " + (f"did you mean `{near[0]}`?" if near else f"use {expected}")


def _wrong_value(kind: str, key: str, given: object, context: Mapping[str, Any]) -> str:
    if kind in ("string_pattern_mismatch", "string_too_short") and not given:
        return "is empty; " + _MISSING.get(key, "fill it in")
    if kind == "string_pattern_mismatch" and given != str(given).strip():
        return "begins or ends with a space, which Sentry would cut off; remove it"
    if kind == "string_pattern_mismatch":
        return f"`{given}` does not have the right form"
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters; shorten it"
    if kind == "greater_than_equal":
        return f"is {given}; use {context['ge']} or more"
    if kind == "less_than_equal":
        return f"is {given}; use {context['le']} or less"
    return f"must be {_WANTED[kind]}" if kind in _WANTED else "cannot be used here"


def _known_keys(part: type[Part]) -> set[str]:
    """Every key that a rule file may have anywhere."""
    keys = {field.alias or name for name, field in part.model_fields.items()}
    return keys.union(*map(_known_keys, part.__subclasses__()))
