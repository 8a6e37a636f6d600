"""The rule files: read, checked against alerts/rule.schema.json, and searched for rules that never fire."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError

JsonObject = dict[str, Any]

SCHEMA_FILE: Final = Path(__file__).resolve().parents[2] / "alerts" / "rule.schema.json"
LEVELS: Final = {"sample": 0, "debug": 10, "info": 20, "warning": 30, "error": 40, "fatal": 50}
FLOOR: Final = 10
"""Events below which a rise means nothing: two events after a quiet hour are 200 % to Sentry."""
FLOORS: Final = {"event_frequency_count", "event_unique_user_frequency_count"}

# A regression, an escalation or a resolution comes without an event: what looks at one is never true for it.
EVENT_TRIGGERS: Final = {"every_event", "first_seen_event"}
ISSUE_CONDITIONS: Final = {
    *("age_comparison", "assigned_to", "issue_category", "issue_occurrences"),
    *("issue_priority_greater_or_equal", "issue_type"),
}


class AlertsError(Exception):
    """Problems to print, one sentence each: what is wrong and how to mend it, without a secret."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule file that fits the schema. `id` is None unless the rule is pinned to one alert."""

    path: Path
    id: str | None
    name: str
    monitor: str
    workflow: JsonObject


def located(file: Path | str, where: str, what: str) -> str:
    """Return one sentence about the value at a JSON path of a file."""
    return f"{file}: {where}: {what}" + ("" if what.endswith((".", "?")) else ".")


def load_rules(folder: Path) -> list[Rule]:
    """Read and check every rule of a folder, sorted by file name.

    Raises:
        AlertsError: there is no rule, or at least one is faulty; it holds all problems of all files.
    """
    paths = sorted(path for path in folder.glob("*.json") if not path.name.endswith(".schema.json"))
    if not paths:
        raise AlertsError(f"{folder}: there is no rule file here; name the folder with --rules.")
    validator = Draft202012Validator(_read(SCHEMA_FILE))
    rules: list[Rule] = []
    problems: list[str] = []
    for path in paths:
        try:
            data = _read(path)
        except AlertsError as error:
            problems += error.problems
            continue
        if misshapen := [located(path, where, what) for where, what in _misshapen(data, validator)]:
            problems += misshapen
        else:
            rules.append(Rule(path, data.get("id"), data["workflow"]["name"], data["monitor"], data["workflow"]))
    for index, rule in enumerate(rules):
        problems += [located(rule.path, where, what) for where, what in _meaningless(rule)]
        for other in rules[:index]:  # Sentry would hold one alert for both, and each run would change it again.
            if rule.name == other.name:
                problems.append(located(rule.path, "$.workflow.name", f"is also the name in {other.path}; rename one"))
            if rule.id is not None and rule.id == other.id:
                problems.append(located(rule.path, "$.id", f"is also the id in {other.path}; keep it in one of them"))
    if problems:
        raise AlertsError(*problems)
    return rules


def _read(path: Path) -> JsonObject:
    try:
        data = json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=_unique)
    except (OSError, ValueError, RecursionError) as error:
        raise AlertsError(f"{path}: cannot be read as JSON in UTF-8: {error}.") from None
    if not isinstance(data, dict):
        raise AlertsError(f"{path}: is not a JSON object; a rule file holds one rule in {{ }}.")
    return data


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    """Return an object, and refuse one that holds a key twice: JSON would silently keep the last."""
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key `{key}` stands twice in one object")
        found[key] = value
    return found


def _misshapen(data: JsonObject, validator: Draft202012Validator) -> Iterator[tuple[str, str]]:
    """Yield where a rule does not fit the schema, in the words of the validator and of the schema's descriptions."""
    for error in chain.from_iterable(map(_of_its_type, validator.iter_errors(data))):
        where, path, what = error.json_path, list(error.absolute_schema_path), error.message
        schema: Any = error.schema
        given: Any = error.instance
        match error.validator:
            case "additionalProperties":
                for key in sorted(given.keys() - schema["properties"].keys()):
                    yield f"{where}.{key}", f"unknown key; {suggest(key, schema['properties'])}"
                continue
            case "required":
                key = what.split("'")[1]
                where, path, what = f"{where}.{key}", [*path[:-1], "properties", key], "is missing"
            case "enum":
                what = f"{json.dumps(given)} is unknown; {suggest(given, schema['enum'])}"
            case "uniqueItems":
                what = "holds the same item twice; remove one"
            case "anyOf":
                what = "is not possible"
            case "not":
                what = "does not go with the other keys; remove it"
        yield where, ". ".join(filter(None, (what, _description(validator.schema, path))))


def _of_its_type(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the branch of a oneOf that describes the item's `type`, in place of the oneOf."""
    if error.validator != "oneOf":
        return [error]
    branches: Any = error.validator_value
    given: Any = error.instance
    types = [branch["properties"]["type"] for branch in branches]
    chosen = [at for at, type_ in enumerate(types) if given.get("type") in type_.get("enum", [type_.get("const")])]
    # An unknown type is an error by itself.
    return [each for each in error.context or () if each.schema_path[0] in chosen]


def suggest(given: object, known: Iterable[object]) -> str:
    """Return what was probably meant, or else what is known."""
    names = list(map(str, known))
    near = difflib.get_close_matches(str(given), names, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(names[:30]) or 'none'}"


def _description(schema: Any, path: list[str | int]) -> str:
    """Return what the schema says about the value at a path of keywords."""
    part, found = schema, ""
    for step in path:
        if isinstance(part, dict) and step not in part and "$ref" in part:  # The path does not tell of references.
            part = schema["$defs"][part["$ref"].rpartition("/")[2]]
            found = part.get("description", found)
        part = part.get(step, {}) if isinstance(part, dict) else part[step]
        if step in ("properties", "items") and part:
            found = ""
        elif isinstance(part, dict):
            found = part.get("description", found)
    return found


def _meaningless(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield what Sentry saves without a word and what then never holds, or always does.

    The reasons are in Sentry's source (workflow_engine/handlers/condition) and its documentation of alerts.
    """
    triggers = {trigger["type"] for trigger in rule.workflow["triggers"]["conditions"]}
    for group_index, group in enumerate(rule.workflow["actionFilters"]):
        where, logic = f"$.workflow.actionFilters[{group_index}].conditions", group["logicType"]
        counts = [each["comparison"]["value"] for each in group["conditions"] if each["type"] in FLOORS]
        for index, condition in enumerate(group["conditions"]):
            type_, eventless = condition["type"], triggers - EVENT_TRIGGERS
            if eventless and type_ not in ISSUE_CONDITIONS:
                yield (
                    f"{where}[{index}]",
                    f"`{type_}` looks at an event, and `{min(eventless)}` comes without one: it never holds; use"
                    " issue_priority_greater_or_equal, or a rule for each trigger",
                )
            if type_.endswith("frequency_percent") and (logic != "all" or max(counts, default=0) < FLOOR):
                yield (
                    f"{where}[{index}]",
                    "is a rise without a floor, and to Sentry each event after silence is 100 %; use logicType `all`"
                    f" and add event_frequency_count with a value of {FLOOR} or more",
                )
        if logic == "all":
            levels = [each["comparison"] for each in group["conditions"] if each["type"] == "level"]
            if not any(all(_admits(level, number) for level in levels) for number in LEVELS.values()):
                yield where, "can never fire: no level is all of these at once; remove one of the `level` conditions"
            for index, problem in _impossible(rule, triggers == {"first_seen_event"}, group["conditions"]):
                yield f"{where}[{index}]", f"can never fire: {problem}"


def _impossible(rule: Rule, only_new: bool, conditions: list[JsonObject]) -> Iterator[tuple[int, str]]:
    """Yield conditions that cannot hold together with the rest of the rule, each by its index."""
    tags = {"environment": rule.workflow["environment"]} if rule.workflow["environment"] else {}
    for index, condition in enumerate(conditions):
        comparison: Any = condition.get("comparison")
        match condition["type"]:
            case "tagged_event" if comparison["match"] == "eq":
                known = tags.setdefault(comparison["key"], comparison["value"])
                if known != comparison["value"]:
                    yield index, f"`{comparison['key']}` is `{known}` by the rest of the rule; remove one of them"
            case "issue_occurrences" if only_new and comparison["value"] > 1:
                yield index, "a new issue has happened once; use the trigger every_event"
            case "age_comparison" if only_new and comparison["comparisonType"] == "older":
                yield index, "a new issue is not old; use the trigger every_event"
            case "issue_category" if rule.monitor == "error":
                if (comparison["value"] == 1) != comparison.get("include", True):
                    yield index, "the monitor `error` sees errors only; use issue_stream"


def _admits(comparison: JsonObject, level: int) -> bool:
    bound = LEVELS[comparison["level"]]
    return {"eq": level == bound, "gte": level >= bound, "lte": level <= bound}[comparison["match"]]
