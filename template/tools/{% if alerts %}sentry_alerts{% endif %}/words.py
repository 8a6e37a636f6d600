# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Conditions and actions in words, for the reader of a plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .base import LEVELS, PRIORITIES
from .client import JsonObject

Names = Mapping[tuple[str, str], str]
"""Names of ids, by kind (`integration`, `team`, a provider) and id."""

_TRIGGERS = {
    "every_event": "any event",
    "first_seen_event": "a new issue",
    "issue_resolved_trigger": "an issue is resolved",
    "reappeared_event": "an archived issue escalates",
    "regression_event": "a resolved issue comes back",
}
_LENGTHS = {
    "1m": "1 minute",
    "5m": "5 minutes",
    "15m": "15 minutes",
    "1h": "1 hour",
    "1d": "1 day",
    "1w": "1 week",
    "30d": "30 days",
}
_MATCHES = {
    "eq": "is",
    "ne": "is not",
    "sw": "begins with",
    "nsw": "does not begin with",
    "ew": "ends with",
    "new": "does not end with",
    "co": "contains",
    "nc": "does not contain",
    "is": "is set",
    "ns": "is not set",
    "in": "is one of",
    "nin": "is none of",
}
_LEVEL_MATCHES = {"eq": "level {}", "gte": "level {} or higher", "lte": "level {} or lower"}
_CATEGORIES = {1: "error", 6: "feedback", 10: "outage", 11: "metric", 12: "database", 13: "HTTP client"}
_LEVEL_NAMES = {number: name for name, number in LEVELS.items()}
_PRIORITY_NAMES = {number: name for name, number in PRIORITIES.items()}
_ANOTHER_SHAPE = (KeyError, TypeError, AttributeError)
_FALLTHROUGHS = {"ActiveMembers": ", or active members", "AllMembers": ", or all members", "NoOne": ", or nobody"}


def condition_in_words(names: Names, text: str) -> str:
    """A condition or trigger of the normal form. What is not known here is shown as it is."""
    condition: JsonObject = json.loads(text)
    kind, comparison = condition["type"], condition["comparison"]
    try:
        words = _TRIGGERS[kind] if kind in _TRIGGERS else _CONDITIONS[kind](comparison, names)
    except _ANOTHER_SHAPE:
        words = f"{kind} {json.dumps(comparison, ensure_ascii=False)}"
    return words if condition.get("conditionResult", True) else f"not: {words}"


def action_in_words(names: Names, text: str) -> str:
    """An action of the normal form."""
    action: JsonObject = json.loads(text)
    kind, target = str(action["type"]), str(action.get("target", ""))
    if kind == "email":
        return _mail(action, target, names)
    place = {
        "slack": f"Slack #{action.get('channel')}",
        "msteams": f"Microsoft Teams {action.get('channel')}",
        "discord": f"Discord channel {target}",
        "pagerduty": f"PagerDuty {names.get((kind, target), target)}",
        "opsgenie": f"Opsgenie {names.get((kind, target), target)}",
    }.get(kind)
    if place is None:
        return json.dumps(action, ensure_ascii=False)
    integration = str(action.get("integration", ""))
    words = f"{place} ({names.get(('integration', integration), f'integration {integration}')})"
    if kind in ("slack", "msteams") and target:
        words += f", channel id {target}"
    for key, value in action.items():
        if key not in ("type", "integration", "channel", "target"):
            words += f", {key} {value}"
    return words


def _mail(action: JsonObject, target: str, names: Names) -> str:
    to = str(action.get("to"))
    if to == "issue_owners":
        return "mail to the owners of the issue" + _FALLTHROUGHS.get(str(action.get("fallthroughType")), "")
    return f"mail to {'member' if to == 'user' else to} {names.get((to, target), target)}"


def monitor_in_words(names: Names, number: str) -> str:
    return names.get(("monitor", number), f"monitor {number}")


def minutes_in_words(minutes: int | None) -> str:
    if not minutes:
        return "none" if minutes == 0 else "not set"
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes % size == 0:
            return f"{minutes // size} {unit}{'s' if minutes > size else ''}"
    return f"{minutes} minutes"


def _counted(what: str) -> Callable[[Any, object], str]:
    return lambda comparison, _: f"more than {comparison['value']} {what} in {_span(comparison)}"


def _risen(what: str) -> Callable[[Any, object], str]:
    def words(comparison: Any, _: object) -> str:
        before = _LENGTHS[comparison["comparisonInterval"]]
        return f"{what} up by more than {comparison['value']} % in {_span(comparison)} (against {before} before)"

    return words


def _span(comparison: Any) -> str:
    only = [_matched(each) for each in comparison.get("filters", ())]
    return _LENGTHS[comparison["interval"]] + (f", counting only where {' and '.join(only)}" if only else "")


def _matched(comparison: Any, _: object = None) -> str:
    what = f"tag {comparison['key']}" if "key" in comparison else comparison["attribute"]
    value = f" `{comparison['value']}`" if "value" in comparison else ""
    return f"{what} {_MATCHES[comparison['match']]}{value}"


def _assigned(comparison: Any, names: Names) -> str:
    kind, number = comparison["targetType"], str(comparison.get("targetIdentifier", ""))
    if kind == "Unassigned":
        return "assigned to nobody"
    name = names.get(("team" if kind == "Team" else "user", number), number)
    return f"assigned to {kind.lower()} {name}"


def _is(comparison: Any) -> str:
    return "is" if comparison.get("include", True) else "is not"


_CONDITIONS: dict[str, Callable[[Any, Names], str]] = {
    "event_frequency_count": _counted("events of an issue"),
    "event_unique_user_frequency_count": _counted("users with an issue"),
    "percent_sessions_count": _counted("% of sessions with an issue"),
    "event_frequency_percent": _risen("events of an issue"),
    "event_unique_user_frequency_percent": _risen("users with an issue"),
    "percent_sessions_percent": _risen("sessions with an issue"),
    "level": lambda level, _: _LEVEL_MATCHES[level["match"]].format(_LEVEL_NAMES[level["level"]]),
    "tagged_event": _matched,
    "event_attribute": _matched,
    "age_comparison": lambda age, _: f"issue {age['comparisonType']} than {age['value']} {age['time']}(s)",
    "assigned_to": _assigned,
    "issue_category": lambda category, _: (
        f"category {_is(category)} {_CATEGORIES.get(category['value'], category['value'])}"
    ),
    "issue_type": lambda type_, _: f"issue type {_is(type_)} {type_['value']}",
    "issue_occurrences": lambda seen, _: f"at least {seen['value']} events since the issue began",
    "issue_priority_greater_or_equal": lambda priority, _: f"priority {_PRIORITY_NAMES[priority]} or higher",
    "latest_release": lambda *_: "in the newest release",
    "latest_adopted_release": lambda release, _: (
        f"release {release['ageComparison']} than the {release['releaseAgeType']} one in {release['environment']}"
    ),
}
