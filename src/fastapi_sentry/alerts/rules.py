"""The rule files: read, checked against the model, and searched for rules that never fire."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .model import (
    CHANNEL_ID,
    FREQUENCIES,
    LEVELS,
    ActionFilter,
    AgeCondition,
    AttributeCondition,
    CategoryCondition,
    FrequencyCondition,
    IncreaseCondition,
    JsonObject,
    LevelComparison,
    LevelCondition,
    OccurrencesCondition,
    RuleFile,
    SessionCondition,
    SessionIncreaseCondition,
    SlackAction,
    TagComparison,
    TagCondition,
)

FLOOR: Final = 10
"""Events below which an increase means nothing: to Sentry, two events after a quiet hour are 200 %."""

EVENT_TRIGGERS: Final = {
    "every_event",
    "first_seen_event",
    "new_high_priority_issue",
    "existing_high_priority_issue",
}
"""The others (a regression, an escalation, a resolution) come without an event to look at."""
EVENT_CONDITIONS: Final = (
    FrequencyCondition,
    IncreaseCondition,
    SessionCondition,
    SessionIncreaseCondition,
    LevelCondition,
    TagCondition,
    AttributeCondition,
)
EVENT_CONDITION_TYPES: Final = {"latest_release", "latest_adopted_release"}

Choice = TypeVar("Choice")


class AlertsError(Exception):
    """Problems to print, one or two sentences each: what is wrong and how to fix it. They never contain a secret."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule file that fits the model."""

    path: Path
    file: RuleFile

    @property
    def name(self) -> str:
        return self.file.workflow.name


@dataclass(frozen=True, slots=True)
class Rules:
    """The valid rules of a folder, and what is worth a second look in them."""

    rules: list[Rule]
    warnings: list[str]


def located(file: Path | str, where: str, what: str) -> str:
    """Return a message about the value at a JSON path of a file."""
    return f"{file}: {where}: {what}" + ("" if what.endswith((".", "?")) else ".")


def rule_paths(folder: Path) -> list[Path]:
    """Return the rule files of a folder, sorted by name."""
    return sorted(path for path in folder.glob("*.json") if not path.name.endswith(".schema.json"))


def load_rules(folder: Path) -> Rules:
    """Read and check every rule of a folder.

    Raises:
        AlertsError: The folder has no rules, or at least one isn't valid. It has all problems of all files.
    """
    paths = rule_paths(folder)
    if not paths:
        raise AlertsError(f"{folder}: no rule files found. Use --rules to specify the directory.")
    rules: list[Rule] = []
    problems: list[str] = []
    warnings: list[str] = []
    for path in paths:
        try:
            rules.append(Rule(path, checked(path, read_json(path))))
        except AlertsError as error:
            problems += error.problems
    for index, rule in enumerate(rules):
        problems += [located(rule.path, where, what) for where, what in meaningless(rule.file)]
        warnings += [located(rule.path, where, what) for where, what in doubtful(rule.file)]
        for other in rules[:index]:
            if rule.name == other.name:
                what = f"{other.path} has the same name. Rename one of them"
                problems.append(located(rule.path, "$.workflow.name", what))
            if rule.file.id is not None and rule.file.id == other.file.id:
                what = f"{other.path} has the same id. Keep it in one of them"
                problems.append(located(rule.path, "$.id", what))
    if problems:
        raise AlertsError(*problems)
    return Rules(rules, warnings)


def read_json(path: Path) -> JsonObject:
    """Read a JSON object.

    Raises:
        AlertsError: The file can't be read, isn't JSON, or has a duplicate key.
    """
    try:
        data = json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=_unique)
    except (OSError, ValueError, RecursionError) as error:
        raise AlertsError(f"{path}: can't be read as JSON in UTF-8: {error}.") from None
    if not isinstance(data, dict):
        raise AlertsError(f"{path}: isn't a JSON object. A rule file contains one rule in {{ }}.")
    return data


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    """Return an object. JSON would silently keep the last of two values."""
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"duplicate key `{key}`")
        found[key] = value
    return found


def checked(path: Path | str, data: JsonObject) -> RuleFile:
    """Return the rule that a JSON object describes.

    Raises:
        AlertsError: It doesn't fit the model.
    """
    try:
        return RuleFile.model_validate(data)
    except ValidationError as error:
        raise AlertsError(*dict.fromkeys(_problem(path, data, each) for each in error.errors())) from None


# What pydantic finds, in words


def _problem(path: Path | str, data: JsonObject, error: ErrorDetails) -> str:
    place = _Place(data, error)
    return located(path, place.path, ". ".join(filter(None, (place.words(), place.description.rstrip(".")))))


class _Place:
    """Where an error is: its JSON path, and what the schema says about it."""

    schema: Final = RuleFile.model_json_schema()

    def __init__(self, data: JsonObject, error: ErrorDetails) -> None:
        self.error = error
        self.path = "$"
        self.description = ""
        self.known: list[str] = []
        value: Any = data
        part = self._resolved(self.schema, value)
        for number, step in enumerate(error["loc"], start=1):
            last = number == len(error["loc"]) and error["type"] in ("missing", "extra_forbidden")
            if isinstance(value, dict) and isinstance(step, str) and (step in value or last):
                self.known = list(part.get("properties", {}))
                value, part = value.get(step), part.get("properties", {}).get(step, {})
                self.path += f".{step}"
            elif isinstance(value, list) and isinstance(step, int):
                value, part = value[step], part.get("items", {})
                self.path += f"[{step}]"
            else:  # The tag of a union, which isn't a key of the file.
                continue
            self.description = part.get("description", "")
            part = self._resolved(part, value)
        self.value = value
        if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
            self._at_the_tag()

    def _resolved(self, part: JsonObject, value: object) -> JsonObject:
        """Follow references and unions to the branch that describes the value."""
        while True:
            if "$ref" in part:
                part = self.schema["$defs"][part["$ref"].rpartition("/")[2]]
            elif mapping := part.get("discriminator", {}).get("mapping"):
                tag = value.get(part["discriminator"]["propertyName"]) if isinstance(value, dict) else None
                if not isinstance(tag, str) or tag not in mapping:
                    return part
                part = {"$ref": mapping[tag]}
            elif branches := part.get("oneOf", part.get("anyOf")):
                part = next((each for each in branches if self._describes(each, value)), {})
            else:
                return part

    def _describes(self, branch: JsonObject, value: object) -> bool:
        branch = self._resolved(branch, value)
        keys = {*branch.get("properties", {})}
        if isinstance(value, dict):
            return not keys or not keys.isdisjoint(value) or "discriminator" in branch
        return branch.get("type") == ("array" if isinstance(value, list) else "string")

    def _at_the_tag(self) -> None:
        """Point to the key that says which branch of a union is meant."""
        discriminator = self.error.get("ctx", {}).get("discriminator", "")
        if re.fullmatch("'[a-z_]+'", discriminator) and isinstance(self.value, dict):
            name = RuleFile.model_config["alias_generator"](discriminator.strip("'"))  # type: ignore[operator, misc]
            self.path += f".{name}"
            self.value = self.value.get(name)

    def words(self) -> str:
        kind, context = self.error["type"], self.error.get("ctx", {})
        given = json.dumps(self.value, ensure_ascii=False)
        given = given if len(given) <= 60 else f"{given[:57]}..."
        match kind:
            case "missing" | "union_tag_not_found":
                return "is missing"
            case "extra_forbidden":
                self.description = ""
                return f"unknown key. {suggest(self.path.rpartition('.')[2], self.known)}"
            case "literal_error" | "union_tag_invalid":
                known = re.findall(r"'([^']*)'|(\b\d+|True)", context.get("expected", context.get("expected_tags", "")))
                names = [text or number.replace("True", "true") for text, number in known]
                return f"{given} isn't valid. {suggest(self.value, names)}"
            case "string_pattern_mismatch":
                return f"{given} isn't valid"
            case "too_short" | "string_too_short":
                return "must not be empty"
            case "too_long" if context.get("max_length") == 0:
                return "must be empty"
            case "string_too_long":
                return f"must be at most {context['max_length']} characters long"
            case "greater_than_equal":
                return f"{given} is too low. The minimum is {context['ge']:g}"
            case "less_than_equal":
                return f"{given} is too high. The maximum is {context['le']:g}"
            case "int_type" | "int_from_float":
                return f"{given} must be a whole number"
            case "float_type":
                return f"{given} must be a number"
            case "string_type":
                return f"{given} must be text"
            case "bool_type":
                return f"{given} must be true or false"
            case "list_type":
                return f"{given} must be a list"
            case "model_type" | "model_attributes_type" | "dict_type":
                return f"{given} must be an object"
            case "repeated":
                self.description = ""
        return self.error["msg"].rstrip(".")


def suggest(given: object, known: Iterable[object]) -> str:
    """Return what was probably meant, or else what is known."""
    names = list(map(str, known))
    near = difflib.get_close_matches(str(given), names, n=1)
    return f"Did you mean {near[0]}?" if near else f"Use one of: {', '.join(names[:30]) or 'none'}"


# Rules that Sentry saves, and that then never fire or always do.
# The reasons are in Sentry's source (workflow_engine/handlers/condition) and in its documentation of alerts.


def doubtful(file: RuleFile) -> Iterator[tuple[str, str]]:
    """Yield what is possible and probably not meant."""
    minutes = file.workflow.config.frequency
    if minutes not in FREQUENCIES:
        offered = ", ".join(map(str, FREQUENCIES))
        what = f"{minutes} minutes isn't a frequency that Sentry's page offers ({offered})"
        yield (
            "$.workflow.config.frequency",
            what + (". Is it in seconds?" if minutes and minutes % 60 == 0 and minutes // 60 in FREQUENCIES else ""),
        )


def meaningless(file: RuleFile) -> Iterator[tuple[str, str]]:
    """Yield the parts of a rule that Sentry accepts and that keep it from ever firing, or from ever being silent."""
    workflow = file.workflow
    triggers = {trigger.type for trigger in workflow.triggers.conditions}
    for index, group in enumerate(workflow.action_filters):
        where = f"$.workflow.actionFilters[{index}]"
        yield from _without_event(f"{where}.conditions", group, sorted(triggers - EVENT_TRIGGERS))
        yield from _without_floor(f"{where}.conditions", group)
        if group.logic_type == "all":
            yield from _impossible(f"{where}.conditions", file, group, only_new=triggers == {"first_seen_event"})
        yield from _misplaced_ids(f"{where}.actions", group)


def _without_event(where: str, group: ActionFilter, eventless: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, condition in enumerate(group.conditions):
        of_event = isinstance(condition, EVENT_CONDITIONS) or condition.type in EVENT_CONDITION_TYPES
        if eventless and of_event:
            yield (
                f"{where}[{index}]",
                f"`{condition.type}` requires an event, but `{eventless[0]}` has none, so it never matches. Use"
                " issue_priority_greater_or_equal, or a rule for each trigger",
            )


def _without_floor(where: str, group: ActionFilter) -> Iterator[tuple[str, str]]:
    floors = [each.comparison.value for each in group.conditions if isinstance(each, FrequencyCondition)]
    for index, condition in enumerate(group.conditions):
        if isinstance(condition, IncreaseCondition) and (group.logic_type != "all" or max(floors, default=0) < FLOOR):
            yield (
                f"{where}[{index}]",
                "needs a minimum count; otherwise Sentry treats the first event after a quiet period as a 100%"
                f" increase. Use logicType `all` and add event_frequency_count with a value of {FLOOR} or more",
            )


def _impossible(where: str, file: RuleFile, group: ActionFilter, *, only_new: bool) -> Iterator[tuple[str, str]]:
    """Yield conditions that can't match together with the rest of the rule."""
    levels = [each.comparison for each in group.conditions if isinstance(each, LevelCondition)]
    if not any(all(_admits(level, number) for level in levels) for number in LEVELS.values()):
        yield where, "can never fire: no level matches all of these. Remove one of the `level` conditions"
    tags = {"environment": file.workflow.environment} if file.workflow.environment else {}
    for index, condition in enumerate(group.conditions):
        problem = ""
        match condition:
            case TagCondition(comparison=TagComparison(key=key, match="eq", value=value)):
                known = tags.setdefault(key, value)
                if known != value:
                    problem = f"the rest of the rule requires `{known}` for `{key}`. Remove one of them"
            case OccurrencesCondition() if only_new and condition.comparison.value > 1:
                problem = "a new issue has happened once. Use the trigger every_event"
            case AgeCondition() if only_new and condition.comparison.comparison_type == "older":
                problem = "a new issue isn't old. Use the trigger every_event"
            case CategoryCondition() if file.monitor == "error":
                if (condition.comparison.value == 1) != condition.comparison.include:
                    problem = "the monitor `error` only sees errors. Use issue_stream"
        if problem:
            yield f"{where}[{index}]", f"can never fire: {problem}"


def _misplaced_ids(where: str, group: ActionFilter) -> Iterator[tuple[str, str]]:
    for index, action in enumerate(group.actions):
        if isinstance(action, SlackAction) and re.fullmatch(CHANNEL_ID, action.config.target_display):
            yield (
                f"{where}[{index}].config.targetDisplay",
                f"`{action.config.target_display}` is a channel's id. Use it as targetIdentifier",
            )


def _admits(comparison: LevelComparison, level: int) -> bool:
    bound = LEVELS[comparison.level]
    return {"eq": level == bound, "gte": level >= bound, "lte": level <= bound}[comparison.match]
