"""`pull` writes the rule file of an alert that exists in Sentry, and `plan` then finds no difference."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from alerts.conftest import Command, Json, Rules, environment_for, rule
from alerts.fake_sentry import FakeSentry
from alerts.test_validate import COUNT, LEVEL, MAIL, slack, tag

if TYPE_CHECKING:
    from conftest import Render

NAME = "example-service: test"


def ticket(kind: str) -> Json:
    fields = {"project": "10000", "customfield_1": ""}
    return {"type": kind, "config": {}, "data": {"additionalFields": fields, "dynamicFormFields": [{"name": "a"}]}}


ALERTS: dict[str, Json] = {
    "the small one": rule(),
    "every condition": rule(
        environment=None,
        logicType="any-short",
        conditions=[
            COUNT,
            LEVEL,
            tag("api_version", value="404"),
            tag("api_version", "is"),
            {
                "type": "event_unique_user_frequency_count",
                "comparison": {
                    "value": 5,
                    "interval": "1h",
                    "filters": [{"attribute": "http.status_code", "match": "eq", "value": "500"}],
                },
            },
            {"type": "percent_sessions_count", "comparison": {"value": 0.5, "interval": "1h"}},
            {"type": "assigned_to", "comparison": {"targetType": "Team", "targetIdentifier": "backend"}},
            {"type": "assigned_to", "comparison": {"targetType": "Unassigned"}},
            {"type": "issue_category", "comparison": {"value": 1, "include": False}},
            {"type": "issue_priority_equals", "comparison": "high"},
            {"type": "latest_release"},
            {
                "type": "latest_adopted_release",
                "comparison": {"releaseAgeType": "oldest", "ageComparison": "older", "environment": "production"},
            },
        ],
    ),
    "every action": rule(
        actions=[
            {**MAIL, "data": {"fallthroughType": "NoOne"}},
            {"type": "email", "config": {"targetType": "team", "targetIdentifier": "backend"}},
            {"type": "email", "config": {"targetType": "user", "targetIdentifier": "ann@example.com"}},
            slack(data={"tags": "level,release", "notes": "See the runbook."}),
            {"type": "discord", "config": {"targetIdentifier": "100000000000000000"}},
            {"type": "msteams", "config": {"targetDisplay": "General"}},
            {"type": "pagerduty", "config": {"targetDisplay": "example-service"}, "data": {"priority": "critical"}},
            {"type": "opsgenie", "config": {"targetDisplay": "example-service"}},
            ticket("jira"),
            ticket("github"),
            {"type": "webhook", "config": {"targetIdentifier": "webhooks"}},
            {"type": "sentry_app", "config": {"targetDisplay": "Acme Pager"}, "data": {"settings": [{"name": "a"}]}},
        ]
    ),
    "other monitors": rule(monitor=["error", {"type": "issue_stream", "project": "other-service"}]),
    "a monitor by its name": rule(monitor={"name": "Slow checkout"}),
    "an owner, off": rule(enabled=False, owner="user:bob@example.com"),
    "several triggers and filters": rule(
        triggers={"conditions": [{"type": "new_high_priority_issue"}, {"type": "regression_event"}]},
        actionFilters=[
            {"logicType": "none", "conditions": [], "actions": [MAIL]},
            {"logicType": "all", "conditions": [], "actions": [slack()]},
        ],
    ),
}


@pytest.mark.parametrize("made", ALERTS.values(), ids=ALERTS.keys())
def test_what_is_pulled_is_valid_and_equal(made: Json, command: Command, rules: Rules, sentry: FakeSentry) -> None:
    command("apply", "--yes", rules=rules.write(made), sentry=sentry)
    (id_,) = sentry.workflows
    writes = len(sentry.writes)
    shutil.rmtree(rules.folder)

    pulled = command("pull", NAME, rules=rules, sentry=sentry)
    validated = command("validate", rules=rules)
    plan = command("plan", rules=rules, sentry=sentry)

    assert pulled.status == 0, pulled
    assert pulled.out == f"Wrote {rules.folder}/test.json. Say in `why` what the alert is for.\n"
    assert validated.status == 0, validated
    assert plan.status == 0, plan
    assert len(sentry.writes) == writes
    written = json.loads((rules.folder / "test.json").read_text(encoding="utf-8"))
    assert list(written) == ["$schema", "why", "monitor", "id", "workflow"]
    assert written["id"] == id_
    assert (rules.folder / "rule.schema.json").exists()


def test_sentrys_default_alert_can_be_kept_as_a_file(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    alert = sentry.add_default_alert()

    command("pull", alert["id"], rules=rules, sentry=sentry)

    path = rules.folder / "send_a_notification_for_high_priority_issues.json"
    workflow = json.loads(path.read_text(encoding="utf-8"))["workflow"]
    assert [each["type"] for each in workflow["triggers"]["conditions"]] == [
        "existing_high_priority_issue",
        "new_high_priority_issue",
    ]
    assert command("plan", rules=rules, sentry=sentry).status == 0


class TestFile:
    def test_that_exists_is_not_overwritten_by_accident(
        self, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)
        before = (rules.folder / "a.json").read_bytes()

        result = command("pull", NAME, rules=rules, sentry=sentry)

        path = rules.folder / "a.json"
        assert result.status == 1
        assert f"error: {path} exists. Use --overwrite to replace it with what Sentry has." in result.err
        assert path.read_bytes() == before

    def test_that_is_overwritten_keeps_its_reason(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        command("apply", "--yes", rules=rules.write(rule(why="We need it.")), sentry=sentry)
        sentry.by_name(NAME)["config"]["frequency"] = 1440

        assert command("pull", "--overwrite", NAME, rules=rules, sentry=sentry).status == 0

        written = json.loads((rules.folder / "a.json").read_text(encoding="utf-8"))
        assert (written["why"], written["workflow"]["config"]) == ("We need it.", {"frequency": 1440})
        assert command("plan", rules=rules, sentry=sentry).status == 0


def add_plugin(sentry: FakeSentry) -> Json:
    action: Json = {"type": "plugin", "config": {}, "data": {}, "id": "1", "integrationId": None, "status": "active"}
    alert = sentry.add(name=NAME)
    alert["actionFilters"] = [{"logicType": "all", "conditions": [], "actions": [action]}]
    return alert


def add_unnamed(sentry: FakeSentry) -> Json:
    target = {"targetType": "team", "targetIdentifier": "7"}
    alert = sentry.add(name=NAME)
    email = {"type": "email", "config": target, "data": {}, "integrationId": None, "status": "active"}
    alert["actionFilters"] = [{"logicType": "all", "conditions": [], "actions": [email]}]
    return alert


REFUSALS: dict[str, tuple[Callable[[FakeSentry], Any], str]] = {
    "an unknown name": (
        lambda sentry: sentry.add(name="example-service: tests"),
        "No alert of this project is named `example-service: test`. Did you mean example-service: tests?",
    ),
    "a name of two": (
        lambda sentry: (sentry.add(name=NAME), sentry.add(name=NAME)),
        "Several alerts are named `example-service: test`. Use one of their ids: 4000001, 4000004.",
    ),
    "an action that rules don't have": (
        add_plugin,
        '$.workflow.actionFilters[0].actions[0].type: "plugin" isn\'t valid.',
    ),
    "a team that is gone": (add_unnamed, "refers to something whose name this token can't read (7)."),
    "an alert without a filter": (
        lambda sentry: sentry.add(name=NAME),
        "$.workflow.actionFilters: must not be empty.",
    ),
}


@pytest.mark.parametrize(("prepare", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_described_is_not_written(
    prepare: Callable[[FakeSentry], Any], sentence: str, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    prepare(sentry)

    result = command("pull", NAME, rules=rules, sentry=sentry)

    assert result.status == 1
    assert sentence in result.err, result
    assert list(rules.folder.iterdir()) == []


def test_an_alert_of_all_projects_belongs_to_no_service(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    alert = sentry.add(name="Everything", detectorIds=["3000099"])

    result = command("pull", alert["id"], rules=rules, sentry=sentry)

    assert "`Everything` watches every project of the organization. It doesn't belong to one service." in result.err


@pytest.mark.parametrize("seats", [1, 0], ids=["a free seat", "no seat"])
def test_the_request_for_an_uptime_monitor_in_the_documents_makes_one(
    seats: int, render: Render, sentry: FakeSentry, command: Command, rules: Rules
) -> None:
    """As it is printed, with curl."""
    sentry.free_seats = seats
    text = (render() / "docs" / "alerts.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("## An uptime monitor")
    script = rest.partition("```bash\n")[2].partition("```\n")[0]
    environ = {"PATH": os.environ["PATH"], "URL": "https://api.example.com", **environment_for(sentry)}

    result = subprocess.run(["bash", "-ec", script], env=environ, capture_output=True, text=True)
    plan = command("plan", rules=rules.write(rule()), sentry=sentry)

    assert result.returncode == 0, result.stdout + result.stderr
    monitor = sentry.monitors[-1]
    assert monitor["name"] == "example-service: answers"
    assert monitor["dataSources"][0]["queryObj"]["url"] == "https://api.example.com/healthz"
    named = "The uptime monitor `example-service: answers` is disabled in Sentry and reports nothing." in plan.out
    assert named == (seats == 0)
