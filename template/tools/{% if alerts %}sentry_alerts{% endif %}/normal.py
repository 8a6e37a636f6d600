# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Workflows in a form that can be compared: what Sentry adds, reorders or rewrites by itself is not in it.

Left out are ids, dates, the owner and the state of actions. Conditions and actions have no order. Sentry replaces the
name of a Slack or Teams channel by its own spelling and adds the channel's id: the id counts only where a file has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .client import JsonObject

_DEFAULT_PRIORITY = {"pagerduty": "default", "opsgenie": "P3"}


@dataclass(frozen=True, slots=True)
class Group:
    """An action filter. Conditions and actions are sorted JSON texts."""

    logic: str
    conditions: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Normal:
    """A workflow. Two of them are equal when Sentry would behave alike."""

    name: str
    enabled: bool
    environment: str | None
    frequency: int | None
    monitors: tuple[str, ...]
    triggers: tuple[str, ...]
    groups: tuple[Group, ...]


def normal(workflow: JsonObject, channel_ids: frozenset[str]) -> Normal:
    """The normal form of a request body or of an answer. `channel_ids` are the ids of channels that the file names."""
    groups = [
        Group(
            logic="any-short" if group.get("logicType") == "any" else str(group.get("logicType")),
            conditions=_sorted(map(_condition, group.get("conditions") or ())),
            actions=_sorted(_action(action, channel_ids) for action in group.get("actions") or ()),
        )
        for group in workflow.get("actionFilters") or ()
    ]
    return Normal(
        name=str(workflow.get("name")),
        enabled=workflow.get("enabled") is not False,
        environment=workflow.get("environment") or None,
        frequency=(workflow.get("config") or {}).get("frequency"),
        monitors=tuple(sorted(map(str, workflow.get("detectorIds") or ()))),
        triggers=_sorted(map(_condition, (workflow.get("triggers") or {}).get("conditions") or ())),
        groups=tuple(sorted(groups, key=lambda group: (group.conditions, group.actions, group.logic))),
    )


def channel_ids(body: JsonObject) -> frozenset[str]:
    """The ids of channels that a request body names."""
    actions = (action for group in body["actionFilters"] for action in group["actions"])
    return frozenset(action["config"].get("targetIdentifier") or "" for action in actions) - {""}


def _sorted(parts: Iterable[JsonObject]) -> tuple[str, ...]:
    return tuple(sorted(json.dumps(part, sort_keys=True, ensure_ascii=False) for part in parts))


def _condition(condition: JsonObject) -> JsonObject:
    found = {"type": condition.get("type"), "comparison": _value(condition.get("comparison"))}
    if condition.get("conditionResult") is False:
        found["conditionResult"] = False
    return found


def _value(value: Any) -> Any:
    """A comparison without what says nothing, and with numbers as numbers: Sentry has kept some as text."""
    if isinstance(value, dict):
        kept = {key: _value(each) for key, each in value.items() if each not in (None, "", [])}
        return {key: each for key, each in kept.items() if (key, each) != ("include", True)}
    if isinstance(value, list):
        return sorted(map(_value, value), key=lambda each: json.dumps(each, sort_keys=True))
    if isinstance(value, str) and value.isdecimal() and str(int(value)) == value:
        return int(value)
    return value


def _action(action: JsonObject, channel_ids: frozenset[str]) -> JsonObject:
    kind, config, data = action.get("type"), action.get("config") or {}, action.get("data") or {}
    found: JsonObject = {"type": kind}
    if kind == "email":
        found["to"] = config.get("targetType")
    if action.get("integrationId"):
        found["integration"] = str(action["integrationId"])
    if kind in ("slack", "msteams"):
        found["channel"] = str(config.get("targetDisplay") or "").removeprefix("#")
    target = str(config.get("targetIdentifier") or "")
    if target and (kind not in ("slack", "msteams") or target in channel_ids):
        found["target"] = target
    if isinstance(data.get("tags"), str):
        data = {**data, "tags": ", ".join(sorted(tag.strip() for tag in data["tags"].split(",") if tag.strip()))}
    if kind in _DEFAULT_PRIORITY:
        data = {"priority": _DEFAULT_PRIORITY[kind], **data}
    return {**found, **{key: value for key, value in data.items() if value not in (None, "", [], {})}}
