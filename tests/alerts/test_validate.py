"""`validate` finds what Sentry takes without a word and what then never fires, and says where it is and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alerts.conftest import Command, Json, Rules, rule
from fastapi_sentry import cli

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
        "`level` requires an event, but `regression_event` has none, so it never matches. Use"
        " issue_priority_greater_or_equal, or a rule for each trigger.",
    ),
    "a frequency on a regression": (
        rule(triggers=REGRESSION, conditions=[PRIORITY, COUNT]),
        "workflow.actionFilters[0].conditions[1]",
        "`event_frequency_count` requires an event, but `regression_event` has none, so it never matches.",
    ),
    "a tag on an escalation beside a new issue": (
        rule(
            triggers={"conditions": [{"type": "first_seen_event"}, {"type": "reappeared_event"}]},
            conditions=[tag("api_version", value="v1")],
        ),
        CONDITION,
        "`tagged_event` requires an event, but `reappeared_event` has none, so it never matches.",
    ),
    "levels that exclude each other": (
        rule(conditions=[LEVEL, {"type": "level", "comparison": {"match": "lte", "level": "warning"}}]),
        "workflow.actionFilters[0].conditions",
        "can never fire: no level matches all of these. Remove one of the `level` conditions.",
    ),
    "a tag with two values": (
        rule(conditions=[tag("api_version", value="v1"), tag("api_version", value="v2")]),
        "workflow.actionFilters[0].conditions[1]",
        "can never fire: the rest of the rule requires `v1` for `api_version`. Remove one of them.",
    ),
    "another environment than the rule's": (
        rule(conditions=[tag("environment", value="staging")]),
        CONDITION,
        "can never fire: the rest of the rule requires `production` for `environment`. Remove one of them.",
    ),
    "a new issue that is old": (
        rule(
            triggers=FIRST_SEEN,
            conditions=[
                {"type": "age_comparison", "comparison": {"comparisonType": "older", "value": 1, "time": "day"}}
            ],
        ),
        CONDITION,
        "can never fire: a new issue isn't old. Use the trigger every_event.",
    ),
    "a new issue that has happened often": (
        rule(triggers=FIRST_SEEN, conditions=[{"type": "issue_occurrences", "comparison": {"value": 10}}]),
        CONDITION,
        "can never fire: a new issue has happened once. Use the trigger every_event.",
    ),
    "outages among errors": (
        rule(monitor="error", conditions=[{"type": "issue_category", "comparison": {"value": 10}}]),
        CONDITION,
        "can never fire: the monitor `error` only sees errors. Use issue_stream.",
    ),
    "no trigger": (
        rule(triggers={"conditions": []}),
        "workflow.triggers.conditions",
        'must not be empty. Add {"type": "every_event"}: a rule without a trigger may never fire.',
    ),
    "no filter": (
        rule(actionFilters=[]),
        "workflow.actionFilters",
        "must not be empty. Which conditions must match, and who is notified then.",
    ),
    "no action": (
        rule(actions=[]),
        "workflow.actionFilters[0].actions",
        "must not be empty. Without an action, no one is notified.",
    ),
    "no actions key": (
        without(rule(), "workflow", "actionFilters", 0, "actions"),
        "workflow.actionFilters[0].actions",
        "is missing. Without an action, no one is notified.",
    ),
    "no monitor": (
        without(rule(), "monitor"),
        "monitor",
        "is missing. issue_stream (every issue), error, or an object for another monitor; a list for several. Without a"
        " monitor, a rule never fires.",
    ),
    # Spikes.
    "a spike without a floor": (
        rule(conditions=[RISE, LEVEL]),
        CONDITION,
        "needs a minimum count; otherwise Sentry treats the first event after a quiet period as a 100% increase. Use"
        " logicType `all` and add event_frequency_count with a value of 10 or more.",
    ),
    "a spike with a floor that a quiet night passes": (
        rule(conditions=[RISE, count(value=2)]),
        CONDITION,
        "needs a minimum count;",
    ),
    "a spike whose floor need not hold": (
        rule(conditions=[RISE, COUNT], logicType="any-short"),
        CONDITION,
        "needs a minimum count; otherwise Sentry treats the first event after a quiet period as a 100% increase. Use"
        " logicType `all`",
    ),
    "a spike against nothing": (
        rule(conditions=[without(json.loads(json.dumps(RISE)), "comparison", "comparisonInterval"), COUNT]),
        f"{CONDITION}.comparison.comparisonInterval",
        "is missing. How long before now the interval to compare with ends.",
    ),
    # Words and numbers that Sentry does not know.
    "an interval of its documentation": (
        rule(conditions=[count(interval="1hr")]),
        f"{CONDITION}.comparison.interval",
        '"1hr" isn\'t valid. Did you mean 1h?',
    ),
    "another interval of its documentation": (
        rule(conditions=[count(interval="15min")]),
        f"{CONDITION}.comparison.interval",
        '"15min" isn\'t valid. Did you mean 15m?',
    ),
    "an interval that Sentry does not have": (
        rule(conditions=[count(interval="2h")]),
        f"{CONDITION}.comparison.interval",
        '"2h" isn\'t valid. Use one of: 1m, 5m, 15m, 1h, 1d, 1w, 30d.',
    ),
    "a number as text": (
        rule(conditions=[count(value="20")]),
        f"{CONDITION}.comparison.value",
        '"20" must be a whole number.',
    ),
    "an interval in which Sentry counts no sessions": (
        rule(conditions=[{"type": "percent_sessions_count", "comparison": {"value": 5, "interval": "1d"}}]),
        f"{CONDITION}.comparison.interval",
        '"1d" isn\'t valid. Use one of: 1m, 5m, 1h. Sentry counts sessions in these intervals only.',
    ),
    "sessions of some events": (
        rule(
            conditions=[{"type": "percent_sessions_count", "comparison": {"value": 5, "interval": "1h", "filters": []}}]
        ),
        f"{CONDITION}.comparison.filters",
        "unknown key. ",
    ),
    "a condition that is turned round": (
        rule(conditions=[{**LEVEL, "conditionResult": False}]),
        f"{CONDITION}.conditionResult",
        "false isn't valid. Use one of: true.",
    ),
    "a frequency below zero": (rule(config={"frequency": -1}), "workflow.config.frequency", "-1 is too low."),
    "a negative number": (
        rule(conditions=[count(value=-1)]),
        f"{CONDITION}.comparison.value",
        "-1 is too low. The minimum is 0.",
    ),
    "more than all sessions": (
        rule(conditions=[{"type": "percent_sessions_count", "comparison": {"value": 101, "interval": "1h"}}]),
        f"{CONDITION}.comparison.value",
        "101 is too high. The maximum is 100.",
    ),
    "a level as its number": (
        rule(conditions=[{"type": "level", "comparison": {"match": "gte", "level": 40}}]),
        f"{CONDITION}.comparison.level",
        "40 isn't valid. Use one of: sample, debug, info, warning, error, fatal.",
    ),
    "a priority as its number": (
        rule(conditions=[{"type": "issue_priority_greater_or_equal", "comparison": 75}]),
        f"{CONDITION}.comparison",
        "75 isn't valid. Use one of: low, medium, high.",
    ),
    "a level that does not exist": (
        rule(conditions=[{"type": "level", "comparison": {"match": "gte", "level": "critical"}}]),
        f"{CONDITION}.comparison.level",
        '"critical" isn\'t valid. Use one of: sample, debug, info, warning, error, fatal.',
    ),
    "a misspelled condition": (
        rule(conditions=[{"type": "event_frequency_cuont", "comparison": {}}]),
        f"{CONDITION}.type",
        '"event_frequency_cuont" isn\'t valid. Did you mean event_frequency_count?',
    ),
    "a condition of the old API": (
        rule(conditions=[{"id": "sentry.rules.conditions.every_event.EveryEventCondition"}]),
        f"{CONDITION}.type",
        "is missing.",
    ),
    "a logic that triggers do not have": (
        rule(triggers={"logicType": "all", "conditions": [{"type": "every_event"}]}),
        "workflow.triggers.logicType",
        '"all" isn\'t valid. Use one of: any-short.',
    ),
    "a misspelled attribute below a count": (
        rule(conditions=[count(filters=[{"attribute": "messagge", "match": "eq", "value": "x"}])]),
        f"{CONDITION}.comparison.filters[0].attribute",
        '"messagge" isn\'t valid. Did you mean message?',
    ),
    "a comparison without a value": (
        rule(conditions=[tag("api_version")]),
        f"{CONDITION}.comparison.value",
        "is missing. `is` (set) and `ns` (not set) take no `value`; the others need one.",
    ),
    "a value that goes unread": (
        rule(conditions=[count(filters=[{"key": "api_version", "match": "is", "value": "v1"}])]),
        f"{CONDITION}.comparison.filters[0].value",
        "unknown key. ",
    ),
    # Channels.
    "a team without its name": (
        rule(actions=[{"type": "email", "config": {"targetType": "team"}}]),
        f"{ACTION}.config.targetIdentifier",
        "is missing. A team's slug or a member's email address.",
    ),
    "Slack without a channel": (
        rule(actions=[slack(config={})]),
        f"{ACTION}.config",
        "needs a channel: set targetDisplay (#alerts) or targetIdentifier.",
    ),
    "PagerDuty with an empty service": (
        rule(actions=[{"type": "pagerduty", "config": {"targetDisplay": ""}}]),
        f"{ACTION}.config.targetDisplay",
        "must not be empty. The name of the channel, service, or team to notify.",
    ),
    "Discord with the name of a channel": (
        rule(actions=[{"type": "discord", "config": {"targetIdentifier": "general"}}]),
        f"{ACTION}.config.targetIdentifier",
        '"general" isn\'t valid. In Discord: Copy Channel ID.',
    ),
    "the id of a channel as its name": (
        rule(actions=[slack(config={"targetDisplay": "C0123456789"})]),
        f"{ACTION}.config.targetDisplay",
        "`C0123456789` is a channel's id. Use it as targetIdentifier.",
    ),
    "a Sentry app as its number": (
        rule(actions=[{"type": "sentry_app", "config": {"targetIdentifier": "62"}}]),
        f"{ACTION}.config.targetDisplay",
        "is missing. The name of the installed app.",
    ),
    "an action of the old API": (
        rule(actions=[{"type": "plugin", "config": {}}]),
        f"{ACTION}.type",
        '"plugin" isn\'t valid. Use one of: email, slack, discord, msteams, pagerduty, opsgenie, jira,',
    ),
    "an integration as its number": (
        rule(actions=[slack(integrationId="2000001")]),
        f"{ACTION}.integrationId",
        "unknown key. Did you mean integration?",
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
        ACTION,
        "`data` only goes with the target type issue_owners. Remove it.",
    ),
    "the same channel twice": (
        rule(actions=[MAIL, MAIL]),
        "workflow.actionFilters[0].actions",
        "contains the same item twice. Remove one.",
    ),
    "the same condition twice": (
        rule(conditions=[LEVEL, LEVEL]),
        "workflow.actionFilters[0].conditions",
        "contains the same item twice. Remove one.",
    ),
    "the same trigger twice": (
        rule(triggers={"conditions": [{"type": "every_event"}, {"type": "every_event"}]}),
        "workflow.triggers.conditions",
        "contains the same item twice. Remove one.",
    ),
    # Keys and names.
    "a misspelled monitor": (
        rule(monitor="isue_stream"),
        "monitor",
        '"isue_stream" isn\'t valid. Did you mean issue_stream?',
    ),
    "a monitor by nothing": (
        rule(monitor={"project": "other"}),
        "monitor",
        "needs either `type` (issue_stream, error)",
    ),
    "the same monitor twice": (rule(monitor=["error", "error"]), "monitor", "contains the same item twice."),
    "an owner without its kind": (rule(owner="backend"), "workflow.owner", '"backend" isn\'t valid. "team:SLUG",'),
    "an unknown key": (rule(envirronment="x"), "workflow.envirronment", "unknown key. Did you mean environment?"),
    "a key that Sentry forgets": (
        rule(projects=["example-service"]),
        "workflow.projects",
        "unknown key. Use one of: name, enabled, environment, owner, config, triggers, actionFilters.",
    ),
    "a key like nothing": (
        rule(zzzzz=1),
        "workflow.zzzzz",
        "unknown key. Use one of: name, enabled, environment, owner, config, triggers, actionFilters.",
    ),
    "no reason": (without(rule(), "why"), "why", "is missing. Say in one sentence why the rule exists."),
    "no environment": (
        without(rule(), "workflow", "environment"),
        "workflow.environment",
        'is missing. A name such as "production", or null for every environment.',
    ),
    "a name that Sentry would trim": (
        rule(name="test "),
        "workflow.name",
        '"test " isn\'t valid. Identifies the alert.',
    ),
    "a name that is too long": (
        rule(name="a" * 257),
        "workflow.name",
        "must be at most 256 characters long.",
    ),
    "an id that is none": (rule(id="abc"), "id", '"abc" isn\'t valid. The id of the alert that this rule describes.'),
    "yes instead of true": (rule(enabled="yes"), "workflow.enabled", '"yes" must be true or false.'),
    "a list instead of an object": (rule(config=[]), "workflow.config", "[] must be an object."),
    "an object instead of a list": (
        rule(actionFilters={}),
        "workflow.actionFilters",
        "{} must be a list.",
    ),
}


@pytest.mark.parametrize(("made", "place", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_place_and_its_remedy(
    made: Json, place: str, sentence: str, command: Command, rules: Rules
) -> None:
    result = command("validate", rules=rules.write(made))

    assert result.status == 1
    assert result.out == ""
    lines = [line.removeprefix(f"error: {rules.folder}/a.json: ") for line in result.err.splitlines()]
    assert any(line.startswith(f"$.{place}: ") and sentence in line for line in lines), result


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


@pytest.mark.parametrize(
    ("minutes", "hint"),
    [(45, ""), (3600, " Is it in seconds?"), (1800, " Is it in seconds?")],
)
def test_a_frequency_that_the_page_does_not_offer_is_a_warning(
    minutes: int, hint: str, command: Command, rules: Rules
) -> None:
    """Sentry's API takes any."""
    result = command("validate", rules=rules.write(rule(config={"frequency": minutes})))

    offered = "(0, 5, 10, 30, 60, 180, 720, 1440, 10080, 43200)"
    what = f"{minutes} minutes isn't a frequency that Sentry's page offers {offered}.{hint}"
    assert (result.status, result.err) == (
        0,
        f"warning: {rules.folder}/a.json: $.workflow.config.frequency: {what}\n",
    )


def test_two_rules_do_not_share_a_name_or_an_id(command: Command, rules: Rules) -> None:
    result = command("validate", rules=rules.write(rule(id="7"), rule(id="7")))

    assert result.status == 1
    first = rules.folder / "a.json"
    assert f"workflow.name: {first} has the same name. Rename one of them." in result.err
    assert f"id: {first} has the same id. Keep it in one of them." in result.err


def test_all_faults_of_all_files_come_at_once_each_with_its_path(command: Command, rules: Rules) -> None:
    result = command("validate", rules=rules.write(rule(envirronment=1, actions=[]), rule(), rule(config={})))

    places = [line.removeprefix(f"error: {rules.folder}/").split(": ")[:2] for line in result.err.splitlines()]
    assert sorted(places) == [
        ["a.json", "$.workflow.actionFilters[0].actions"],
        ["a.json", "$.workflow.envirronment"],
        ["c.json", "$.workflow.config.frequency"],
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(b"", "can't be read as JSON in UTF-8: Expecting value: line 1 column 1", id="empty"),
        pytest.param(
            b'{\n  "why": }', "can't be read as JSON in UTF-8: Expecting value: line 2 column 10", id="half a file"
        ),
        pytest.param(
            b'{"why": "a", "why": "b"}',
            "can't be read as JSON in UTF-8: duplicate key `why`.",
            id="a key twice",
        ),
        pytest.param(b"[]", "isn't a JSON object. A rule file contains one rule in { }.", id="a list"),
        pytest.param(
            b'"\xff"', "can't be read as JSON in UTF-8: 'utf-8' codec can't decode byte 0xff", id="another encoding"
        ),
        pytest.param(b"\xef\xbb\xbf{}", "can't be read as JSON in UTF-8: Unexpected UTF-8 BOM", id="a byte order mark"),
        pytest.param(b"[" * 100_000, "can't be read as JSON in UTF-8: maximum recursion depth exceeded", id="too deep"),
    ],
)
def test_a_file_that_is_no_rule_is_named(text: bytes, sentence: str, command: Command, rules: Rules) -> None:
    (rules.folder / "x.json").write_bytes(text)

    result = command("validate", rules=rules)

    assert result.status == 1
    assert result.err.startswith(f"error: {rules.folder}/x.json: {sentence}"), result


def test_a_folder_without_rules_is_an_error(command: Command, rules: Rules) -> None:
    (rules.folder / "rule.schema.json").write_text("{}", encoding="utf-8")

    result = command("validate", rules=rules)

    assert (result.status, result.err) == (
        1,
        f"error: {rules.folder}: no rule files found. Use --rules to specify the directory.\n",
    )


def test_a_rule_that_cannot_be_read_is_an_error(command: Command, rules: Rules) -> None:
    (rules.folder / "x.json").mkdir()

    result = command("validate", rules=rules)

    assert result.status == 1
    assert "x.json: can't be read as JSON in UTF-8: [Errno 21] Is a directory" in result.err


def test_paths_are_short_where_they_can_be(
    command: Command, rules: Rules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So that a terminal makes a link of them."""
    monkeypatch.chdir(tmp_path)

    assert command("validate", rules=rules.write(rule(zzzzz=1))).err.startswith("error: rules/a.json: ")


@pytest.mark.parametrize(
    "arguments",
    [["aplpy"], ["plan", "--jsn"], ["validate", "--yes"], ["pull"]],
    ids=" ".join,
)
def test_a_misspelled_command_does_not_end_with_the_status_of_a_difference(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["fastapi-sentry", "alerts", *arguments])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 1
    assert "`fastapi-sentry alerts --help` lists what there is." in capsys.readouterr().err
