"""`validate` finds what Sentry takes without a word and what then never fires, and says where it is and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alerts.conftest import Command, Json, Rules, rule

LEVEL = {"type": "level", "comparison": {"match": "gte", "level": "error"}}
PRIORITY = {"type": "issue_priority_greater_or_equal", "comparison": "medium"}
COUNT = {"type": "event_frequency_count", "comparison": {"value": 20, "interval": "1h"}}
RISE = {
    "type": "event_frequency_percent",
    "comparison": {"value": 199, "interval": "1h", "comparisonInterval": "1h"},
}
MAIL = {"type": "email", "config": {"targetType": "issue_owners"}}
REGRESSION = {"conditions": [{"type": "regression_event"}]}
FIRST_SEEN = {"conditions": [{"type": "first_seen_event"}]}

CONDITION = "workflow.actionFilters[0].conditions[0]"
ACTION = "workflow.actionFilters[0].actions[0]"


def without(made: Json, *path: Any) -> Json:
    part: Any = made
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    return made


def count(**comparison: Any) -> Json:
    return {"type": "event_frequency_count", "comparison": {"value": 20, "interval": "1h", **comparison}}


def tag(key: str, match: str = "eq", **value: Any) -> Json:
    return {"type": "tagged_event", "comparison": {"key": key, "match": match, **value}}


def slack(**parts: Any) -> Json:
    return {"type": "slack", "config": {"targetDisplay": "#alerts"}, **parts}


MISTAKES: dict[str, tuple[Json, str, str]] = {
    # Rules that can never fire, or always do.
    "a level on a regression": (
        rule(triggers=REGRESSION, conditions=[LEVEL]),
        CONDITION,
        "`level` looks at an event, and `regression_event` brings none: it never holds; use"
        " issue_priority_greater_or_equal, or a rule of its own for each trigger.",
    ),
    "a frequency on a regression": (
        rule(triggers=REGRESSION, conditions=[PRIORITY, COUNT]),
        "workflow.actionFilters[0].conditions[1]",
        "`event_frequency_count` looks at an event, and `regression_event` brings none",
    ),
    "a tag on an escalation beside a new issue": (
        rule(
            triggers={"conditions": [{"type": "first_seen_event"}, {"type": "reappeared_event"}]},
            conditions=[tag("api_version", value="v1")],
        ),
        CONDITION,
        "`tagged_event` looks at an event, and `reappeared_event` brings none",
    ),
    "levels that exclude each other": (
        rule(conditions=[LEVEL, {"type": "level", "comparison": {"match": "lte", "level": "warning"}}]),
        "workflow.actionFilters[0].conditions",
        "can never fire: no level is all of these at once; remove one of the `level` conditions.",
    ),
    "a tag with two values": (
        rule(conditions=[tag("api_version", value="v1"), tag("api_version", value="v2")]),
        "workflow.actionFilters[0].conditions[1]",
        "can never fire: `api_version` is `v1` by the rest of the rule; remove one of them.",
    ),
    "another environment than the rule's": (
        rule(conditions=[tag("environment", value="staging")]),
        CONDITION,
        "can never fire: `environment` is `production` by the rest of the rule; remove one of them.",
    ),
    "a new issue that is old": (
        rule(
            triggers=FIRST_SEEN,
            conditions=[
                {"type": "age_comparison", "comparison": {"comparisonType": "older", "value": 1, "time": "day"}}
            ],
        ),
        CONDITION,
        "can never fire: a new issue is not old; use the trigger every_event.",
    ),
    "a new issue that has happened often": (
        rule(triggers=FIRST_SEEN, conditions=[{"type": "issue_occurrences", "comparison": {"value": 10}}]),
        CONDITION,
        "can never fire: a new issue has happened once; use the trigger every_event.",
    ),
    "outages among errors": (
        rule(monitor="error", conditions=[{"type": "issue_category", "comparison": {"value": 10}}]),
        CONDITION,
        "can never fire: the monitor `error` sees errors only; use issue_stream.",
    ),
    "no trigger": (
        rule(triggers={"conditions": []}),
        "workflow.triggers.conditions",
        'is empty: Sentry shows that as every event and may never fire; add {"type": "every_event"}.',
    ),
    "no filter": (rule(actionFilters=[]), "workflow.actionFilters", "is empty; without them nobody is told."),
    "no action": (rule(actions=[]), "workflow.actionFilters[0].actions", "is empty; without one nobody is told."),
    "no actions key": (
        without(rule(), "workflow", "actionFilters", 0, "actions"),
        "workflow.actionFilters[0].actions",
        "is missing; without one nobody is told.",
    ),
    "no monitor": (
        without(rule(), "monitor"),
        "monitor",
        'is missing; without a monitor Sentry saves a rule that never fires; write "issue_stream" (every issue) or'
        ' "error".',
    ),
    # Spikes.
    "a spike without a floor": (
        rule(conditions=[RISE, LEVEL]),
        CONDITION,
        "is a rise without a floor: to Sentry each event after silence is 100 %; add event_frequency_count with a value"
        " of 10 or more.",
    ),
    "a spike with a floor that a quiet night passes": (
        rule(conditions=[RISE, count(value=2)]),
        CONDITION,
        "has a floor of 2, which a quiet night passes; use event_frequency_count with a value of 10 or more.",
    ),
    "a spike whose floor need not hold": (
        rule(conditions=[RISE, COUNT], logicType="any-short"),
        CONDITION,
        'is a rise without a floor, for a floor holds only where logicType is "all"; write "all".',
    ),
    "a spike against nothing": (
        rule(conditions=[without(json.loads(json.dumps(RISE)), "comparison", "comparisonInterval"), COUNT]),
        f"{CONDITION}.comparison.comparisonInterval",
        "is missing; say what the interval is compared with, such as 1h or 1d.",
    ),
    # Words and numbers that Sentry does not know.
    "an interval of its documentation": (
        rule(conditions=[count(interval="1hr")]),
        f"{CONDITION}.comparison.interval",
        "`1hr` is no interval that Sentry knows; write 1h.",
    ),
    "another interval of its documentation": (
        rule(conditions=[count(interval="15min")]),
        f"{CONDITION}.comparison.interval",
        "`15min` is no interval that Sentry knows; write 15m.",
    ),
    "an interval that Sentry does not have": (
        rule(conditions=[count(interval="2h")]),
        f"{CONDITION}.comparison.interval",
        "`2h` is no interval that Sentry knows; use one of 1m, 5m, 15m, 1h, 1d, 1w or 30d.",
    ),
    "a pause in seconds": (
        rule(config={"frequency": 3600}),
        "workflow.config.frequency",
        "is 3600, but counts minutes (60 is an hour); use one of 0, 5, 10, 30, 60, 180, 720, 1440, 10080 or 43200.",
    ),
    "a number as text": (
        rule(conditions=[count(value="20")]),
        f"{CONDITION}.comparison.value",
        "must be a whole number, without quotes.",
    ),
    "a negative number": (
        rule(conditions=[count(value=-1)]),
        f"{CONDITION}.comparison.value",
        "is -1; use 0 or more.",
    ),
    "more than all sessions": (
        rule(conditions=[{"type": "percent_sessions_count", "comparison": {"value": 101, "interval": "1h"}}]),
        f"{CONDITION}.comparison.value",
        "is 101; use 100 or less.",
    ),
    "a level as its number": (
        rule(conditions=[{"type": "level", "comparison": {"match": "gte", "level": 40}}]),
        f"{CONDITION}.comparison.level",
        'is 40; write its name, "error".',
    ),
    "a priority as its number": (
        rule(conditions=[{"type": "issue_priority_greater_or_equal", "comparison": 75}]),
        f"{CONDITION}.comparison",
        'is 75; write its name, "high".',
    ),
    "a level that does not exist": (
        rule(conditions=[{"type": "level", "comparison": {"match": "gte", "level": "critical"}}]),
        f"{CONDITION}.comparison.level",
        "`critical` is not possible here; use sample, debug, info, warning, error or fatal.",
    ),
    "a misspelt condition": (
        rule(conditions=[{"type": "event_frequency_cuont", "comparison": {}}]),
        f"{CONDITION}.type",
        "`event_frequency_cuont` is not possible here; did you mean `event_frequency_count`?",
    ),
    "a condition of the old API": (
        rule(conditions=[{"id": "sentry.rules.conditions.every_event.EveryEventCondition"}]),
        f"{CONDITION}.type",
        "is missing; it says what the rest means.",
    ),
    "a logic that triggers do not have": (
        rule(triggers={"logicType": "all", "conditions": [{"type": "every_event"}]}),
        "workflow.triggers.logicType",
        "`all` is not possible here; use any-short.",
    ),
    "a misspelt attribute below a count": (
        rule(conditions=[count(filters=[{"attribute": "mesage", "match": "eq", "value": "x"}])]),
        f"{CONDITION}.comparison.filters[0].attribute",
        "`mesage` is not possible here; did you mean `message`?",
    ),
    "a comparison without a value": (
        rule(conditions=[tag("api_version")]),
        f"{CONDITION}.comparison",
        "`eq` compares with a `value`; add it.",
    ),
    "a value that goes unread": (
        rule(conditions=[count(filters=[{"key": "api_version", "match": "is", "value": "v1"}])]),
        f"{CONDITION}.comparison.filters[0].value",
        "goes unread with `is`; remove it.",
    ),
    # Channels.
    "a team without its name": (
        rule(actions=[{"type": "email", "config": {"targetType": "team"}}]),
        f"{ACTION}.config.targetIdentifier",
        "is missing; a channel without a target reaches nobody; give the channel's id, the team's slug or the member's"
        " address.",
    ),
    "Slack without a channel": (
        rule(actions=[slack(config={})]),
        f"{ACTION}.config.targetDisplay",
        "is missing; a channel without a target reaches nobody; name the channel, service or team.",
    ),
    "PagerDuty with an empty service": (
        rule(actions=[{"type": "pagerduty", "config": {"targetDisplay": ""}}]),
        f"{ACTION}.config.targetDisplay",
        "is empty; a channel without a target reaches nobody; name the channel, service or team.",
    ),
    "Discord with the name of a channel": (
        rule(actions=[{"type": "discord", "config": {"targetIdentifier": "general"}}]),
        f"{ACTION}.config.targetIdentifier",
        "`general` does not have the right form.",
    ),
    "an integration as its number": (
        rule(actions=[slack(integrationId="2000001")]),
        f"{ACTION}.integrationId",
        "is Sentry's own number; rules hold names here (`integration`, a team's slug), leave it out.",
    ),
    "a fallthrough for a team": (
        rule(
            actions=[
                {
                    "type": "email",
                    "config": {"targetType": "team", "targetIdentifier": "backend"},
                    "data": {"fallthroughType": "NoOne"},
                }
            ]
        ),
        f"{ACTION}.data",
        "only counts for issue_owners; remove it.",
    ),
    "the same channel twice": (
        rule(actions=[MAIL, MAIL]),
        "workflow.actionFilters[0].actions[1]",
        "stands twice; remove one.",
    ),
    "the same condition twice": (
        rule(conditions=[LEVEL, LEVEL]),
        "workflow.actionFilters[0].conditions[1]",
        "stands twice; remove one.",
    ),
    "the same trigger twice": (
        rule(triggers={"conditions": [{"type": "every_event"}, {"type": "every_event"}]}),
        "workflow.triggers.conditions[1]",
        "stands twice; remove one.",
    ),
    # Keys and names.
    "an unknown key": (rule(enviroment="x"), "workflow.enviroment", "is an unknown key; did you mean `environment`?"),
    "a key that Sentry forgets": (
        rule(projects=["example-service"]),
        "workflow.projects",
        "is a key that Sentry silently ignores; `monitor` at the top binds the rule to the project.",
    ),
    "a key like nothing": (rule(zzzzz=1), "workflow.zzzzz", "is an unknown key; remove it."),
    "no reason": (without(rule(), "why"), "why", "is missing; say in one sentence why the rule exists."),
    "no environment": (
        without(rule(), "workflow", "environment"),
        "workflow.environment",
        'is missing; write "production", or null for every environment.',
    ),
    "a name that Sentry would trim": (
        rule(name="test "),
        "workflow.name",
        "begins or ends with a space, which Sentry would cut off; remove it.",
    ),
    "a name that is too long": (
        rule(name="a" * 257),
        "workflow.name",
        "is longer than 256 characters; shorten it.",
    ),
    "an id that is none": (rule(id="abc"), "id", "`abc` does not have the right form."),
    "yes instead of true": (rule(enabled="yes"), "workflow.enabled", "must be true or false."),
    "a list instead of an object": (rule(config=[]), "workflow.config", "must be an object in { }."),
    "an object instead of a list": (
        rule(actionFilters={}),
        "workflow.actionFilters",
        "must be a list in [ ].",
    ),
}


@pytest.mark.parametrize(("made", "place", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_place_and_its_remedy(
    made: Json, place: str, sentence: str, command: Command, rules: Rules
) -> None:
    result = command("validate", rules=rules.write(made))

    assert result.status == 1
    assert result.out == ""
    lines = [line.partition(": ")[2] for line in result.err.splitlines()]
    assert any(line.startswith(f"{place}: {sentence}") for line in lines), result


VALID: dict[str, Json] = {
    "the small rule": rule(),
    "a rule that is switched off": rule(enabled=False),
    "every environment": rule(environment=None),
    "a pinned rule": rule(id="4711"),
    "no condition at all": rule(conditions=[]),
    "a spike with its floor": rule(conditions=[RISE, COUNT]),
    "a spike of users with a floor of users": rule(
        conditions=[
            {**RISE, "type": "event_unique_user_frequency_percent"},
            {**COUNT, "type": "event_unique_user_frequency_count"},
        ]
    ),
    "a priority on a regression": rule(triggers=REGRESSION, conditions=[PRIORITY]),
    "levels that may exclude each other": rule(
        conditions=[
            {"type": "level", "comparison": {"match": "eq", "level": "fatal"}},
            {"type": "level", "comparison": {"match": "eq", "level": "debug"}},
        ],
        logicType="any-short",
    ),
    "what the API spells out": rule(
        triggers={
            "logicType": "any-short",
            "conditions": [{"type": "every_event", "comparison": True, "conditionResult": True}],
            "actions": [],
        }
    ),
    "a Slack channel with its id": rule(
        actions=[slack(config={"targetDisplay": "alerts", "targetIdentifier": "C0123456789"})]
    ),
    "a tag that is set": rule(conditions=[tag("api_version", "is")]),
    "errors among errors": rule(monitor="error", conditions=[{"type": "issue_category", "comparison": {"value": 1}}]),
    "no outages among errors": rule(
        monitor="error", conditions=[{"type": "issue_category", "comparison": {"value": 10, "include": False}}]
    ),
}


@pytest.mark.parametrize("made", VALID.values(), ids=VALID.keys())
def test_what_is_right_passes(made: Json, command: Command, rules: Rules) -> None:
    result = command("validate", rules=rules.write(made))

    assert (result.status, result.out, result.err) == (0, "1 rule is valid.\n", ""), result


def test_two_rules_do_not_share_a_name_or_an_id(command: Command, rules: Rules) -> None:
    result = command("validate", rules=rules.write(rule(id="7"), rule(id="7")))

    assert result.status == 1
    first = rules.folder / "a.json"
    assert f"workflow.name: is also the name in {first}; rename one of them." in result.err
    assert f"id: is also the id in {first}; keep it in one of them." in result.err


def test_all_faults_of_all_files_come_at_once_each_with_its_line(command: Command, rules: Rules) -> None:
    result = command("validate", rules=rules.write(rule(enviroment=1, actions=[]), rule(), rule(config={})))

    *faults, summary = result.err.splitlines()
    assert summary == "3 faults."
    pointed = []
    for fault in faults:
        path, line, _ = fault.split(":", 2)
        pointed.append(Path(path).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip())
    assert pointed == ['"actions": []', '"enviroment": 1', '"config": {},']


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(b"", ":1: is no JSON: expecting value (column 1).", id="empty"),
        pytest.param(b'{\n  "why": }', ":2: is no JSON: expecting value (column 10).", id="half a file"),
        pytest.param(b'{"why": "a", "why": "b"}', ":1: holds the key `why` twice in one object", id="a key twice"),
        pytest.param(b"[]", ":1: is no JSON object; a rule file holds one rule in { }.", id="a list"),
        pytest.param(b'"\xff"', ":1: is not UTF-8 text; save it as UTF-8.", id="another encoding"),
        pytest.param(b"\xef\xbb\xbf{}", ":1: is no JSON: ", id="a byte order mark"),
        pytest.param(b"[" * 100_000, ":1: is nested too deeply for a rule.", id="a joke"),
    ],
)
def test_a_file_that_is_no_rule_is_named(text: bytes, sentence: str, command: Command, rules: Rules) -> None:
    (rules.folder / "x.json").write_bytes(text)

    result = command("validate", rules=rules)

    assert result.status == 1
    assert result.err.startswith(f"{rules.folder}/x.json{sentence}"), result


def test_a_folder_without_rules_is_an_error(command: Command, rules: Rules) -> None:
    (rules.folder / "rule.schema.json").write_text("{}", encoding="utf-8")

    result = command("validate", rules=rules)

    assert (result.status, result.err) == (
        1,
        f"error: {rules.folder}: there is no rule file here; name the folder with --rules.\n",
    )


def test_a_rule_that_cannot_be_read_is_an_error(command: Command, rules: Rules) -> None:
    (rules.folder / "x.json").mkdir()

    result = command("validate", rules=rules)

    assert result.status == 1
    assert "x.json:1: cannot be read: Is a directory." in result.err


def test_paths_are_short_where_they_can_be(
    command: Command, rules: Rules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So that a terminal makes a link of them."""
    monkeypatch.chdir(tmp_path)

    assert command("validate", rules=rules.write(rule(zzzzz=1))).err.startswith("rules/a.json:")


@pytest.mark.parametrize(
    "arguments",
    [[], ["aply"], ["plan", "--jsn"], ["validate", "--yes"], ["plan", "--timeout", "0"], ["plan", "--timeout", "soon"]],
    ids=" ".join,
)
def test_a_misspelt_command_does_not_leave_with_the_status_of_a_difference(
    arguments: list[str], command: Command
) -> None:
    result = command(*arguments)

    assert result.status == 1
    assert "error: " in result.err
