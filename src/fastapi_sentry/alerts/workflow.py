"""A rule as the request that Sentry takes, and Sentry's alert in the words of a rule file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, get_args

from pydantic.alias_generators import to_camel

from .directory import Directory, watched
from .model import (
    LEVELS,
    PRIORITIES,
    Action,
    Assigned,
    AssignedCondition,
    Condition,
    DeescalatingCondition,
    DiscordAction,
    EmailAction,
    JsonObject,
    LevelCondition,
    OpsgenieAction,
    OtherMonitor,
    PagerDutyAction,
    Part,
    PriorityCondition,
    Recipient,
    SentryAppAction,
    SlackAction,
    TeamsAction,
    WebhookAction,
)
from .rules import Rule, located


class Request:
    """The request for one rule, with ids and numbers in place of names.

    Names that Sentry doesn't have are added to `problems`, and the request can't be used then.
    """

    def __init__(self, rule: Rule, directory: Directory, problems: list[str]) -> None:
        self._rule = rule
        self._directory = directory
        self._problems = problems
        self.remarks: list[str] = []

    def body(self) -> JsonObject:
        """Return the request, without `enabled` and `owner` if the file leaves them to Sentry."""
        workflow = self._rule.file.workflow
        body: JsonObject = {
            "name": workflow.name,
            "environment": workflow.environment,
            "config": {"frequency": workflow.config.frequency},
            "detectorIds": self._monitors(),
            "triggers": {
                "logicType": "any-short",
                "conditions": [_sent(each.type, True) for each in workflow.triggers.conditions],
                "actions": [],
            },
            "actionFilters": [
                {
                    "logicType": group.logic_type,
                    "conditions": [
                        self._condition(f"$.workflow.actionFilters[{number}].conditions[{index}]", condition)
                        for index, condition in enumerate(group.conditions)
                    ],
                    "actions": [
                        self._action(f"$.workflow.actionFilters[{number}].actions[{index}]", action)
                        for index, action in enumerate(group.actions)
                    ],
                }
                for number, group in enumerate(workflow.action_filters)
            ],
        }
        if workflow.environment is not None:
            remark = self._find("$.workflow.environment", self._directory.environment, workflow.environment)
            self.remarks += [remark] if remark else []
        if "enabled" in workflow.model_fields_set:
            body["enabled"] = workflow.enabled
        if "owner" in workflow.model_fields_set:
            body["owner"] = self._owner(workflow.owner)
        return body

    def _find(self, where: str, find: Callable[..., str], *names: str, **more: str | None) -> str:
        try:
            return find(*names, **more)
        except LookupError as error:
            self._problems.append(located(self._rule.path, where, str(error)))
            return ""

    def _monitors(self) -> list[str]:
        given = self._rule.file.monitor
        found: list[str] = []
        for number, each in enumerate(given if isinstance(given, list) else [given]):
            where = f"$.monitor[{number}]" if isinstance(given, list) else "$.monitor"
            monitor = each if isinstance(each, OtherMonitor) else OtherMonitor(type=each)
            named = {"type_": monitor.type, "name": monitor.name, "project": monitor.project}
            found.append(self._find(where, self._directory.monitor, **named))
        return found

    def _owner(self, owner: str | None) -> str | None:
        if owner is None:
            return None
        kind, _, name = owner.partition(":")
        find = self._directory.team if kind == "team" else self._directory.member
        return f"{kind}:{self._find('$.workflow.owner', find, name)}"

    def _recipient(self, where: str, kind: str, name: str) -> str:
        find = self._directory.team if kind.lower() == "team" else self._directory.member
        return self._find(f"{where}.targetIdentifier", find, name)

    def _condition(self, where: str, condition: Condition) -> JsonObject:
        match condition:
            case LevelCondition(comparison=level):
                return _sent(condition.type, {"match": level.match, "level": LEVELS[level.level]})
            case PriorityCondition(comparison=priority):
                return _sent(condition.type, PRIORITIES[priority])
            case DeescalatingCondition(comparison=priority):
                return _sent(condition.type, PRIORITIES[priority] if isinstance(priority, str) else True)
            case AssignedCondition(comparison=Assigned() as assigned):
                number = self._recipient(f"{where}.comparison", assigned.target_type, assigned.target_identifier)
                # Older servers compare it with a number and never find text equal.
                identifier = int(number) if number else 0
                return _sent(condition.type, {"targetType": assigned.target_type, "targetIdentifier": identifier})
        comparison = condition.comparison
        return _sent(condition.type, _dumped(comparison) if isinstance(comparison, Part) else comparison)

    def _action(self, where: str, action: Action) -> JsonObject:
        match action:
            case EmailAction():
                config = _dumped(action.config)
                if isinstance(action.config, Recipient):
                    recipient = action.config
                    config["targetIdentifier"] = self._recipient(
                        f"{where}.config", recipient.target_type, recipient.target_identifier
                    )
                return {"type": "email", "config": config, "data": _dumped(action.data) if action.data else {}}
            case WebhookAction():
                return {"type": "webhook", "config": _dumped(action.config), "data": {}}
            case SentryAppAction():
                name = action.config.target_display
                number = self._find(f"{where}.config.targetDisplay", self._directory.sentry_app, name)
                config = {"targetType": "sentry_app", "targetIdentifier": number, "targetDisplay": name}
                return {"type": "sentry_app", "config": config, "data": _dumped(action.data)}
        account = self._find(f"{where}.integration", self._directory.integration, action.type, action.integration)
        return {
            "type": action.type,
            "integrationId": account,
            "config": {"targetType": "specific", **self._target(f"{where}.config", action, account)},
            "data": _dumped(action.data),
        }

    def _target(self, where: str, action: Action, account: str) -> JsonObject:
        match action:
            case SlackAction(config=channel):
                # An empty id is a fault to some servers, so it is left out.
                named = {"targetDisplay": channel.target_display.removeprefix("#")}
                numbered = {"targetIdentifier": channel.target_identifier}
                return {key: value for key, value in (named | numbered).items() if value}
            case DiscordAction(config=channel):
                return {"targetIdentifier": channel.target_identifier, "targetDisplay": ""}
            case TeamsAction(config=target):
                return {"targetDisplay": target.target_display.removeprefix("#")}
            case PagerDutyAction(config=target) | OpsgenieAction(config=target):
                found = ""
                if account:
                    place = f"{where}.targetDisplay"
                    found = self._find(place, self._directory.target, action.type, account, target.target_display)
                return {"targetIdentifier": found, "targetDisplay": target.target_display}
        return {}


def _sent(type_: str, comparison: object) -> JsonObject:
    return {"type": type_, "comparison": comparison, "conditionResult": True}


def _dumped(part: Part) -> JsonObject:
    """Return a part as the file has it, with its defaults only where they aren't empty."""
    dumped = part.model_dump(by_alias=True)
    return {key: value for key, value in dumped.items() if key in _set_keys(part) or value not in ("", [], {})}


def _set_keys(part: Part) -> set[str]:
    return {str(type(part).model_fields[name].alias) for name in part.model_fields_set}


# Sentry's alert in the words of a rule file

NUMERIC: Final = {
    *("event_frequency_count", "event_frequency_percent", "percent_sessions_count", "percent_sessions_percent"),
    *("event_unique_user_frequency_count", "event_unique_user_frequency_percent"),
    *("age_comparison", "issue_category", "issue_occurrences", "issue_open_duration"),
}
"""Conditions whose value is a number. Sentry has kept some as text."""
BY_PRIORITY: Final = ("issue_priority_greater_or_equal", "issue_priority_equals", "issue_priority_deescalating")
ASSUMED: Final[dict[str, JsonObject]] = {
    "email": {"fallthroughType": "ActiveMembers"},
    "pagerduty": {"priority": "default"},
    "opsgenie": {"priority": "P3"},
}
"""What Sentry does where `data` is silent."""


def _known_keys(union: Any, field: str) -> dict[str, set[str]]:
    """Return the keys that the model knows in a part of each type of condition or action."""
    known: dict[str, set[str]] = {}
    for member in get_args(get_args(union)[0]):
        keys = set(_aliases(member.model_fields[field].annotation)) if field in member.model_fields else set()
        for type_ in get_args(member.model_fields["type"].annotation):
            known[type_] = keys
    return known


def _aliases(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        for field in annotation.model_fields.values():
            yield str(field.alias)
    for inner in get_args(annotation):
        yield from _aliases(inner)


KNOWN: Final = {
    "comparison": _known_keys(Condition, "comparison"),
    "data": _known_keys(Action, "data"),
}


class Description:
    """An alert of Sentry, or a request, in the words of a rule file.

    It leaves out ids, dates, and keys that neither the file nor this tool knows: Sentry adds some on its own.
    """

    def __init__(self, workflow: JsonObject, directory: Directory, channels: dict[str, bool] | None = None) -> None:
        self._workflow = workflow
        self._directory = directory
        self._channels = channels
        """Ids of the channels that the rule names, and whether it names them by name too. None keeps every id."""

    def monitors(self) -> list[str | JsonObject]:
        return [self._directory.monitor_in_words(number) for number in sorted(watched(self._workflow))]

    def scalars(self) -> JsonObject:
        workflow = self._workflow
        return {
            "name": workflow.get("name"),
            "enabled": workflow.get("enabled") is not False,
            "environment": workflow.get("environment") or None,
            "owner": self._owner(owner_of(workflow)),
            "config.frequency": (workflow.get("config") or {}).get("frequency"),
        }

    def triggers(self) -> list[JsonObject]:
        return [self._condition(each) for each in (self._workflow.get("triggers") or {}).get("conditions") or ()]

    def groups(self) -> list[JsonObject]:
        return [
            {
                "logicType": "any-short" if group.get("logicType") == "any" else group.get("logicType"),
                "conditions": [self._condition(each) for each in group.get("conditions") or ()],
                "actions": [self._action(each) for each in group.get("actions") or ()],
            }
            for group in self._workflow.get("actionFilters") or ()
        ]

    def _owner(self, owner: str | None) -> str | None:
        if not owner:
            return None
        kind, _, number = owner.partition(":")
        return f"{kind}:{self._directory.name(kind, number)}"

    def _condition(self, condition: JsonObject) -> JsonObject:
        type_, comparison = str(condition.get("type")), _meaningful(condition.get("comparison"))
        if isinstance(comparison, dict):
            known = KNOWN["comparison"].get(type_)
            comparison = {key: each for key, each in comparison.items() if not known or key in known}
            if type_ in NUMERIC and "value" in comparison:
                comparison["value"] = _number(comparison["value"])
            if type_ in ("issue_category", "issue_type") and comparison.get("include") is True:
                del comparison["include"]
            if type_ == "level":
                comparison["level"] = _word(LEVELS, comparison.get("level"))
            if type_ == "assigned_to" and "targetIdentifier" in comparison:
                category = "team" if comparison.get("targetType") == "Team" else "user"
                comparison["targetIdentifier"] = self._directory.name(category, comparison["targetIdentifier"])
            if isinstance(comparison.get("filters"), list):
                comparison["filters"] = sorted(comparison["filters"], key=as_json)
        elif type_ in BY_PRIORITY:
            comparison = _word(PRIORITIES, comparison)
        described: JsonObject = {"type": type_}
        if comparison is not True:
            described["comparison"] = comparison
        if condition.get("conditionResult") not in (True, None):
            described["conditionResult"] = condition["conditionResult"]
        return described

    def _action(self, action: JsonObject) -> JsonObject:
        type_ = str(action.get("type"))
        described: JsonObject = {"type": type_}
        integration = action.get("integrationId")
        if integration:
            described["integration"] = self._directory.name(type_, integration)
        given = {key: value for key, value in (action.get("config") or {}).items() if value is not None}
        config = self._config(type_, given, integration)
        data = ASSUMED.get(type_, {}) | self._data(type_, action)
        if type_ == "email":
            # The default isn't written out, and only issues without owners fall through.
            default = data.get("fallthroughType") == "ActiveMembers" or config.get("targetType") != "issue_owners"
            data = {} if default else data
        if isinstance(data.get("tags"), str):
            tags = sorted(tag.strip() for tag in data["tags"].split(",") if tag.strip())
            data = {**data, "tags": ",".join(tags)}
        described |= {key: part for key, part in (("config", config), ("data", data)) if part}
        if action.get("status") not in (None, "active"):
            described["status"] = action["status"]
        return described

    @staticmethod
    def _data(type_: str, action: JsonObject) -> JsonObject:
        """Return the data that the model knows, or all of it for an action that it doesn't know."""
        given = dict(action.get("data") or {})
        known = KNOWN["data"].get(type_)
        if "dynamicFormFields" in given:  # Sentry returns their keys in camel case, whatever it was sent.
            given["dynamicFormFields"] = _camel(given["dynamicFormFields"])
        return {
            key: value
            for key, value in given.items()
            if (known is None or key in known) and value not in (None, "", [], {})
        }

    def _config(self, type_: str, config: JsonObject, integration: object) -> JsonObject:
        target, display = str(config.get("targetIdentifier", "")), str(config.get("targetDisplay", ""))
        kind = config.get("targetType")
        match type_:
            case "email":
                named = {"targetIdentifier": self._directory.name(str(kind), target)} if target else {}
                return {"targetType": kind, **named}
            case "slack":
                return self._channel(display.removeprefix("#"), target)
            case "msteams":
                return {"targetDisplay": display.removeprefix("#")}
            case "discord" | "webhook":
                return {"targetIdentifier": target}
            case "pagerduty" | "opsgenie":
                return {"targetDisplay": self._directory.name(type_, target, integration)}
            case "sentry_app":
                return {"targetDisplay": self._directory.name(type_, target)}
        return {} if kind == "specific" else config

    def _channel(self, display: str, target: str) -> JsonObject:
        """Return a Slack channel. Its id only counts if the rule names it, and its name only if the rule does."""
        if self._channels is not None and target not in self._channels:
            target = ""
        elif self._channels is not None and not self._channels[target]:
            display = ""
        named = {"targetDisplay": display, "targetIdentifier": target}
        return {key: value for key, value in named.items() if value}


def owner_of(workflow: JsonObject) -> str | None:
    """Return the owner as a request names it. Some of Sentry's responses have an object there."""
    owner = workflow.get("owner")
    if isinstance(owner, dict):
        return f"{owner.get('type')}:{owner.get('id')}"
    return str(owner) if owner else None


def differences(found: JsonObject | None, wanted: JsonObject, directory: Directory) -> list[str]:
    """Return what an alert has (`- key: value`) and should have instead (`+ key: value`), by the keys of rule files.

    Args:
        found: The alert in Sentry, or None if there is none.
        wanted: The request for it. `enabled` and `owner` only count if it has them.
    """
    configs = (action["config"] for group in wanted["actionFilters"] for action in group["actions"])
    channels = {
        str(each["targetIdentifier"]): bool(each.get("targetDisplay")) for each in configs if "targetIdentifier" in each
    }
    after = Description(wanted, directory, channels)
    left_to_sentry = {"enabled", "owner"} - wanted.keys()
    if found is None:
        return [
            *(f"+ {line}" for line in _scalar_lines(after, left_to_sentry)),
            *(f"+ {line}" for line in _trigger_lines(after)),
            *(f"+ {line}" for number, group in enumerate(after.groups()) for line in _group_lines(number, group)),
        ]
    before = Description(found, directory, channels)
    lines = _changes(_scalar_lines(before, left_to_sentry), _scalar_lines(after, left_to_sentry))
    lines += _changes(_trigger_lines(before), _trigger_lines(after))
    return lines + _group_changes(before.groups(), after.groups())


def _scalar_lines(described: Description, left_out: set[str]) -> list[str]:
    scalars = {f"workflow.{key}": value for key, value in described.scalars().items() if key not in left_out}
    return [f"{key}: {as_json(value)}" for key, value in scalars.items()] + [
        f"monitor: {as_json(monitor)}" for monitor in described.monitors()
    ]


def _trigger_lines(described: Description) -> list[str]:
    return [f"workflow.triggers.conditions: {as_json(each)}" for each in described.triggers()]


def _group_lines(number: int, group: JsonObject) -> list[str]:
    where = f"workflow.actionFilters[{number}]"
    return [
        f"{where}.logicType: {as_json(group['logicType'])}",
        *(f"{where}.conditions: {as_json(each)}" for each in group["conditions"]),
        *(f"{where}.actions: {as_json(each)}" for each in group["actions"]),
    ]


def _group_changes(before: list[JsonObject], after: list[JsonObject]) -> list[str]:
    """Compare each group of the file with the one of Sentry that is most like it: Sentry reorders them."""
    left = list(before)
    lines: list[str] = []
    changed: list[tuple[int, JsonObject]] = []
    for number, group in enumerate(after):
        same = next(
            (each for each in left if not _changes(_group_lines(number, each), _group_lines(number, group))), None
        )
        if same is None:
            changed.append((number, group))
        else:
            left.remove(same)
    for number, group in changed:
        wanted = _group_lines(number, group)
        nearest = min(left, key=lambda each: len(_changes(_group_lines(number, each), wanted)), default=None)
        if nearest is not None:
            left.remove(nearest)
        lines += _changes(_group_lines(number, nearest) if nearest else [], wanted)
    return lines + [f"- workflow.actionFilters: {as_json(group)}" for group in left]


def _changes(before: list[str], after: list[str]) -> list[str]:
    """Return what is only in one of two lists, in any order, grouped by key."""
    gone, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    lines = [("-", line) for line in gone.elements()] + [("+", line) for line in new.elements()]
    order = list(dict.fromkeys(map(_key, [*after, *before])))
    return [f"{sign} {line}" for sign, line in sorted(lines, key=lambda each: order.index(_key(each[1])))]


def _key(line: str) -> str:
    return line.partition(": ")[0]


def fields(lines: list[str]) -> list[str]:
    """Return the keys that differences are about."""
    return list(dict.fromkeys(_key(line[2:]) for line in lines))


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {to_camel(key): _camel(each) for key, each in value.items()}
    return [_camel(each) for each in value] if isinstance(value, list) else value


def _meaningful(value: Any) -> Any:
    """Return a comparison without what says nothing."""
    if isinstance(value, dict):
        kept = {key: _meaningful(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, "", [])}
    return [_meaningful(each) for each in value] if isinstance(value, list) else value


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _word(names: dict[str, int], number: Any) -> Any:
    return next((name for name, known in names.items() if known == _number(number)), number)


ORDER: Final = (
    *("type", "integration", "config", "data", "project", "name", "logicType", "conditions", "actions"),
    *("targetType", "targetDisplay", "targetIdentifier", "comparison", "key", "attribute", "match", "level"),
    *("comparisonType", "value", "interval", "comparisonInterval", "time", "timeUnit", "filters"),
)
"""How rule files order their keys. Sentry keeps them in an order of its own."""


def ordered(value: Any) -> Any:
    """Return a value whose objects have their keys in the order of rule files."""
    if isinstance(value, dict):
        ranks = {key: ORDER.index(key) if key in ORDER else len(ORDER) for key in value}
        return {key: ordered(value[key]) for key in sorted(value, key=lambda key: (ranks[key], key))}
    return [ordered(each) for each in value] if isinstance(value, list) else value


def as_json(value: Any) -> str:
    return json.dumps(ordered(value), ensure_ascii=False)
