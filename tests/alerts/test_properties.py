"""What holds of every valid set of rules, tried on random ones against the fake Sentry."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from alerts import fake_sentry
from alerts.conftest import Command, Json, Rules
from alerts.fake_sentry import FakeSentry
from fastapi_sentry.alerts.rules import AlertsError, load_rules
from fastapi_sentry.alerts.workflow import Request, differences

LEVELS = ("sample", "debug", "info", "warning", "error", "fatal")
INTERVALS = ("1m", "5m", "15m", "1h", "1d", "1w", "30d")
COMPARED = INTERVALS[1:]
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)


def part(kind: str, comparison: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.builds(lambda compared: {"type": kind, "comparison": compared}, comparison)


def matches(key: str, keys: st.SearchStrategy[str]) -> st.SearchStrategy[Json]:
    with_value = st.fixed_dictionaries({key: keys, "match": st.sampled_from(["eq", "ne", "co", "in"]), "value": TEXT})
    return with_value | st.fixed_dictionaries({key: keys, "match": st.sampled_from(["is", "ns"])})


TAGS = matches("key", TEXT.map("x".__add__))
ATTRIBUTES = matches("attribute", st.sampled_from(["message", "http.url", "exception.type"]))
FILTERS = st.lists(TAGS | ATTRIBUTES, max_size=2)


def frequency(least: int = 0, most: int = 1_000_000, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    fields = {"value": st.integers(least, most), "interval": st.sampled_from(INTERVALS), **more}
    return st.fixed_dictionaries(fields, optional={"filters": FILTERS})


def sessions(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    value = st.integers(0, 100) | st.sampled_from([0.5, 99.9])
    return st.fixed_dictionaries({"value": value, "interval": st.sampled_from(["1m", "5m", "1h"]), **more})


EVENT_CONDITIONS = st.one_of(
    part("event_frequency_count", frequency(10)),
    part("event_unique_user_frequency_count", frequency(10)),
    part("percent_sessions_count", sessions()),
    part("percent_sessions_percent", sessions(comparisonInterval=st.sampled_from(COMPARED))),
    part(
        "level",
        st.fixed_dictionaries({"match": st.sampled_from(["eq", "gte", "lte"]), "level": st.sampled_from(LEVELS)}),
    ),
    part("tagged_event", TAGS),
    part("event_attribute", ATTRIBUTES),
    st.just({"type": "latest_release"}),
    part(
        "latest_adopted_release",
        st.fixed_dictionaries(
            {
                "releaseAgeType": st.sampled_from(["oldest", "newest"]),
                "ageComparison": st.sampled_from(["older", "newer"]),
                "environment": st.just("production"),
            }
        ),
    ),
)
ISSUE_CONDITIONS = st.one_of(
    part(
        "age_comparison",
        st.fixed_dictionaries(
            {
                "comparisonType": st.just("newer"),
                "value": st.integers(1, 1000),
                "time": st.sampled_from(["minute", "hour", "day", "week"]),
            }
        ),
    ),
    part(
        "assigned_to",
        st.sampled_from(
            [
                {"targetType": "Unassigned"},
                {"targetType": "Team", "targetIdentifier": "backend"},
                {"targetType": "Member", "targetIdentifier": "ann@example.com"},
            ]
        ),
    ),
    part(
        "issue_category",
        st.fixed_dictionaries({"value": st.sampled_from([1, 6, 10, 11])}, optional={"include": st.just(True)}),
    ),
    part(
        "issue_type",
        st.fixed_dictionaries({"value": st.sampled_from(["error", "slow_db"]), "include": st.booleans()}),
    ),
    part("issue_occurrences", st.just({"value": 1})),
    part("issue_priority_greater_or_equal", st.sampled_from(["low", "medium", "high"])),
    part("issue_priority_equals", st.sampled_from(["low", "medium", "high"])),
    part("issue_priority_deescalating", st.sampled_from(["low", "medium", "high"])),
    part(
        "issue_open_duration",
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["older", "newer"]),
                "value": st.integers(0, 100),
                "timeUnit": st.sampled_from(["minute", "hour"]),
            }
        ),
    ),
)
RISE = part("event_frequency_percent", frequency(10, 10_000, comparisonInterval=st.sampled_from(COMPARED)))
FLOOR = part("event_frequency_count", frequency(10))

MAIL_TARGETS = st.sampled_from(
    [
        {"config": {"targetType": "issue_owners"}},
        {"config": {"targetType": "issue_owners"}, "data": {"fallthroughType": "NoOne"}},
        {"config": {"targetType": "team", "targetIdentifier": "backend"}},
        {"config": {"targetType": "user", "targetIdentifier": "bob@example.com"}},
    ]
)
SHOWN_TAGS = st.sampled_from(["", "level", "release,level", "environment, level , release"])
ACTIONS = st.one_of(
    MAIL_TARGETS.map(lambda target: {"type": "email", **target}),
    st.builds(
        lambda channel, tags, notes: {
            "type": "slack",
            "config": {"targetDisplay": channel},
            "data": {"tags": tags, "notes": notes},
        },
        st.sampled_from(["#alerts", "alerts", "quiet"]),
        SHOWN_TAGS,
        st.sampled_from(["", "see the runbook"]),
    ),
    SHOWN_TAGS.map(lambda tags: {"type": "discord", "config": {"targetIdentifier": "1" * 18}, "data": {"tags": tags}}),
    st.just({"type": "msteams", "config": {"targetDisplay": "General"}}),
    st.sampled_from(["default", "critical", "info"]).map(
        lambda priority: {
            "type": "pagerduty",
            "integration": "acme-duty",
            "config": {"targetDisplay": "example-service"},
            "data": {"priority": priority},
        }
    ),
    st.just({"type": "opsgenie", "config": {"targetDisplay": "example-service"}}),
    st.just({"type": "slack", "config": {"targetIdentifier": "C0000000002"}}),
    st.sampled_from(["webhooks", "acme-board"]).map(
        lambda slug: {"type": "webhook", "config": {"targetIdentifier": slug}}
    ),
    st.sampled_from([{}, {"settings": [{"name": "board", "value": "7"}]}]).map(
        lambda data: {"type": "sentry_app", "config": {"targetDisplay": "Acme Pager"}, "data": data}
    ),
    st.sampled_from(["jira", "jira_server", "github"]).map(
        lambda provider: {
            "type": provider,
            "config": {},
            "data": {"additionalFields": {"project": "10000", "new_field": ""}, "dynamicFormFields": [{"name": "a"}]},
        }
    ),
)


def target(action: Json) -> str:
    """A rule may not name the same target twice."""
    if action["type"] == "slack" and "targetIdentifier" in action["config"]:
        return str(("slack", [("targetDisplay", "quiet")]))
    config = {key: str(value).removeprefix("#") for key, value in action["config"].items()}
    return str((action["type"], sorted(config.items())))


@st.composite
def groups(draw: st.DrawFn, conditions: st.SearchStrategy[Json], *, with_rise: bool) -> Json:
    logic = draw(st.sampled_from(["all", "any", "any-short", "none"]))
    chosen = draw(st.lists(conditions, max_size=3, unique_by=lambda condition: condition["type"]))
    if with_rise and draw(st.booleans()):
        logic = "all"
        chosen = [each for each in chosen if each["type"] != "event_frequency_count"]
        chosen += [draw(RISE), draw(FLOOR)]
    actions = draw(st.lists(ACTIONS, min_size=1, max_size=3, unique_by=target))
    return {"logicType": logic, "conditions": chosen, "actions": actions}


@st.composite
def rules(draw: st.DrawFn, name: str) -> Json:
    of_events = draw(st.booleans())
    kinds = ["every_event", "first_seen_event", "new_high_priority_issue", "existing_high_priority_issue"]
    if not of_events:
        kinds += ["regression_event", "reappeared_event", "issue_resolved_trigger"]
    conditions = EVENT_CONDITIONS | ISSUE_CONDITIONS if of_events else ISSUE_CONDITIONS
    triggers = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3, unique=True))
    return {
        "why": "It is random.",
        "monitor": "issue_stream",
        "workflow": {
            "name": name,
            "enabled": draw(st.booleans()),
            "owner": draw(st.sampled_from([None, "team:backend", "user:ann@example.com"])),
            "environment": draw(st.sampled_from([None, "production", "staging"])),
            "config": {"frequency": draw(st.sampled_from([0, 5, 30, 1440, 43200]))},
            "triggers": {"conditions": [{"type": kind} for kind in triggers]},
            "actionFilters": draw(st.lists(groups(conditions, with_rise=of_events), min_size=1, max_size=2)),
        },
    }


FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    # Explaining a failure takes longer than finding it.
    phases=[phase for phase in Phase if phase != Phase.explain],
    report_multiple_bugs=False,
)

NAMES = ["example-service: a", "example-service: b", "example-service: ä \U0001f680"]
RULE_SETS = st.lists(st.sampled_from(NAMES), min_size=1, unique=True).flatmap(
    lambda names: st.tuples(*(rules(name) for name in names)).map(list)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random") / "rules"


def shuffled(sentry: FakeSentry, seed: int) -> None:
    """Sentry gives lists back in any order."""
    mixer = random.Random(seed)  # noqa: S311
    for alert in sentry.workflows.values():
        for group in (alert["triggers"], *alert["actionFilters"]):
            mixer.shuffle(group["conditions"])
            mixer.shuffle(group["actions"])
        mixer.shuffle(alert["actionFilters"])


@FEW
@given(first=RULE_SETS, second=RULE_SETS, seed=st.integers(0, 1000))
def test_applying_twice_is_applying_once(
    first: list[Json], second: list[Json], seed: int, command: Command, folder: Path
) -> None:
    """From nothing, and from what an earlier set left behind."""
    with fake_sentry.running() as sentry:
        for made in (first, second):
            written = Rules(folder).write(*made)

            applied = command("apply", "--yes", rules=written, sentry=sentry)
            assert applied.status == 0, applied
            once = copy.deepcopy(sentry.workflows)
            sentry.requests.clear()
            again = command("apply", "--yes", rules=written, sentry=sentry)

            assert again.status == 0, again
            assert sentry.writes == [], again
            assert sentry.workflows == once
            shuffled(sentry, seed)
            assert command("plan", rules=written, sentry=sentry).status == 0
            assert {rule["workflow"]["name"] for rule in made} <= set(sentry.names)
            assert len(sentry.names) == len(set(sentry.names))


@settings(FEW, max_examples=200)
@given(made=rules("example-service: a"), other=rules("example-service: b"), seed=st.integers(0, 1000))
def test_a_rule_that_says_something_else_is_a_difference(made: Json, other: Json, seed: int, folder: Path) -> None:
    """No part of a rule is left out of the comparison: there is no difference only where rules mean the same."""
    numbers: Any = _Numbers()

    def body(rule: Json) -> Json:
        (file,) = load_rules(Rules(folder).write(rule).folder).rules
        problems: list[str] = []
        made = Request(file, numbers, problems).body()
        assert not problems
        return {"enabled": True, **made}

    first = body(made)
    for key, value in other["workflow"].items():
        try:
            second = body(made | {"workflow": made["workflow"] | {key: value}})
        except AlertsError:
            continue  # Conditions of one rule do not always go with the triggers of another.
        differs = bool(differences(first, second, numbers))
        assert differs == (meaning(first) != meaning(second)), key


class _Numbers:
    """A directory that has every name."""

    def name(self, category: str, number: object, integration: object = None) -> str:
        return f"{category} {number}"

    def environment(self, name: str) -> str:
        return ""

    def monitor_in_words(self, number: str) -> str:
        return number

    def team(self, slug: str) -> str:
        return str(int.from_bytes(slug.encode()))

    def member(self, address: str) -> str:
        return str(int.from_bytes(address.encode()))

    def __getattr__(self, kind: str) -> Any:
        return lambda *names, **more: f"{kind} {names} {more}"


def meaning(part: Any) -> Any:
    """A body without what carries no meaning, written apart from the code that it checks."""
    if isinstance(part, list):
        return sorted((meaning(each) for each in part), key=repr)
    if not isinstance(part, dict):
        return part
    if part.get("type") == "issue_category":
        part = {**part, "comparison": {**part["comparison"], "include": None}}
    found = {key: meaning(value) for key, value in part.items() if value not in ("", None, [])}
    if isinstance(found.get("tags"), str):
        found["tags"] = sorted(found["tags"].replace(" ", "").split(","))
    if found.get("logicType") == "any":
        found["logicType"] = "any-short"
    return sorted(found.items())
