"""A rule as the request that Sentry takes, and workflows as lines that can be compared."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from difflib import ndiff
from typing import Any, Final

from .directory import Directory
from .rules import LEVELS, JsonObject, Rule, located

PRIORITIES: Final = {"low": 25, "medium": 50, "high": 75}
_DEFAULT_DATA: Final[dict[str, JsonObject]] = {"pagerduty": {"priority": "default"}, "opsgenie": {"priority": "P3"}}
_BY_CHANNEL: Final = ("slack", "msteams")
"""Sentry finds the channel by its name, and then keeps its own spelling and the channel's id."""


def request_body(rule: Rule, directory: Directory, problems: list[str]) -> JsonObject:
    """Return the request for a rule, with ids and numbers in place of names.

    Names that Sentry does not have are added to `problems`, and the request is then of no use.
    """

    def find(where: str, find_id: Callable[..., str], *names: str | None) -> str:
        try:
            return find_id(*names)
        except LookupError as error:
            problems.append(located(rule.path, where, str(error)))
            return ""

    def find_recipient(where: str, target: JsonObject) -> None:
        finders = {"team": directory.team, "user": directory.member, "member": directory.member}
        if finder := finders.get(target["targetType"].lower()):
            target["targetIdentifier"] = find(f"{where}.targetIdentifier", finder, target["targetIdentifier"])

    body = {"enabled": True, **copy.deepcopy(rule.workflow)}
    body["detectorIds"] = [find("$.monitor", directory.monitor, rule.monitor)]
    if body["environment"] is not None:
        find("$.workflow.environment", directory.environment, body["environment"])
    body["triggers"] = {"logicType": "any-short", "actions": [], **body["triggers"]}
    for trigger in body["triggers"]["conditions"]:
        trigger |= {"comparison": True, "conditionResult": True}
    for number, group in enumerate(body["actionFilters"]):
        place = f"$.workflow.actionFilters[{number}]"
        for index, condition in enumerate(group["conditions"]):
            condition["conditionResult"] = True
            comparison = condition.setdefault("comparison", True)
            if condition["type"] == "level":
                comparison["level"] = LEVELS[comparison["level"]]
            elif condition["type"] == "issue_priority_greater_or_equal":
                condition["comparison"] = PRIORITIES[comparison]
            elif condition["type"] == "assigned_to":
                comparison.setdefault("targetIdentifier", "")
                find_recipient(f"{place}.conditions[{index}].comparison", comparison)
        for index, action in enumerate(group["actions"]):
            where, type_, config = f"{place}.actions[{index}]", action["type"], action["config"]
            action["data"] = _DEFAULT_DATA.get(type_, {}) | action.get("data", {})
            if type_ == "email":
                find_recipient(f"{where}.config", config)
                continue
            name = action.pop("integration", None)
            account = action["integrationId"] = find(f"{where}.integration", directory.integration, type_, name)
            display = config.get("targetDisplay", "").removeprefix("#")
            config |= {"targetType": "specific", "targetDisplay": display}
            if type_ in _DEFAULT_DATA and account:
                where = f"{where}.config.targetDisplay"
                config["targetIdentifier"] = find(where, directory.target, type_, account, display)
            config.setdefault("targetIdentifier", "")
    return body


def differences(found: JsonObject | None, wanted: JsonObject, directory: Directory) -> list[str]:
    """Return the lines that a workflow has (`- …`) and that it should have instead (`+ …`)."""
    configs = (action["config"] for group in wanted["actionFilters"] for action in group["actions"])
    identifiers = {config.get("targetIdentifier") for config in configs}
    before = list(_lines(found, directory, identifiers)) if found else []
    after = list(_lines(wanted, directory, identifiers))
    return [line for line in ndiff(before, after) if line.startswith(("-", "+"))]


def _lines(workflow: JsonObject, directory: Directory, identifiers: set[str]) -> Iterator[str]:
    """Yield a workflow in the words of a rule file, without what Sentry adds, reorders or rewrites by itself.

    Left out are ids, dates, the owner and the state of actions. Conditions and actions are sorted. The id of a channel
    that has a name counts only among `identifiers`.
    """
    yield f"name: {workflow.get('name')}"
    yield f"enabled: {json.dumps(workflow.get('enabled') is not False)}"
    yield f"environment: {workflow.get('environment') or 'null'}"
    yield f"frequency: {json.dumps((workflow.get('config') or {}).get('frequency'))}"
    for number in sorted(map(str, workflow.get("detectorIds") or ())):
        yield f"monitor: {directory.name('monitor', number)}"
    triggers = (workflow.get("triggers") or {}).get("conditions") or ()
    yield from sorted(f"triggers: {_condition(trigger, directory)}" for trigger in triggers)
    groups: list[list[str]] = []
    for group in workflow.get("actionFilters") or ():
        logic = group.get("logicType")
        conditions = (f"conditions: {_condition(each, directory)}" for each in group.get("conditions") or ())
        actions = (f"actions: {_action(each, directory, identifiers)}" for each in group.get("actions") or ())
        groups.append([f"logicType: {'any-short' if logic == 'any' else logic}", *sorted(conditions), *sorted(actions)])
    for lines in sorted(groups):
        yield from lines


def _condition(condition: JsonObject, directory: Directory) -> str:
    type_, comparison = condition.get("type"), _value(condition.get("comparison"))
    if type_ == "issue_priority_greater_or_equal":
        comparison = _name(PRIORITIES, comparison)
    elif type_ == "level" and isinstance(comparison, dict):
        comparison["level"] = _name(LEVELS, comparison.get("level"))
    elif type_ == "assigned_to" and "targetIdentifier" in comparison:
        category = "team" if comparison.get("targetType") == "Team" else "user"
        comparison["targetIdentifier"] = directory.name(category, comparison["targetIdentifier"])
    negation = "not " if condition.get("conditionResult") is False else ""
    return f"{negation}{type_}" + ("" if comparison is True else f" {_json(comparison)}")


def _action(action: JsonObject, directory: Directory, identifiers: set[str]) -> str:
    type_, config, data = str(action.get("type")), action.get("config") or {}, action.get("data") or {}
    shown: JsonObject = {}
    if action.get("integrationId"):
        shown["integration"] = directory.name("integration", action["integrationId"])
    if type_ == "email":
        shown["targetType"] = config.get("targetType")
    if type_ in _BY_CHANNEL:
        shown["targetDisplay"] = str(config.get("targetDisplay") or "").removeprefix("#")
    target = str(config.get("targetIdentifier") or "")
    if target and (type_ not in _BY_CHANNEL or target in identifiers):
        category = str(config.get("targetType")) if type_ == "email" else type_
        key = "targetDisplay" if type_ in _DEFAULT_DATA else "targetIdentifier"
        shown[key] = directory.name(category, target)
    if isinstance(data.get("tags"), str):
        data = {**data, "tags": ", ".join(sorted(tag.strip() for tag in data["tags"].split(",") if tag.strip()))}
    shown |= {key: each for key, each in {**_DEFAULT_DATA.get(type_, {}), **data}.items() if each not in (None, "")}
    return f"{type_} {_json(shown)}" if shown else type_


def _value(value: Any) -> Any:
    """Return a comparison without what says nothing, and with numbers as numbers: Sentry has kept some as text."""
    if isinstance(value, dict):
        kept = {key: _value(each) for key, each in value.items() if each not in (None, "", [])}
        return {key: each for key, each in kept.items() if (key, each) != ("include", True)}
    if isinstance(value, list):
        return sorted(map(_value, value), key=_json)
    return int(value) if isinstance(value, str) and value.isdecimal() and str(int(value)) == value else value


def _name(names: dict[str, int], number: Any) -> Any:
    return next((name for name, known in names.items() if known == number), number)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
