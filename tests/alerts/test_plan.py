"""`plan` reads, compares and says in words what differs. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alerts.conftest import Command, Json, Rules, rule
from alerts.fake_sentry import FakeSentry
from alerts.test_validate import COUNT, LEVEL, MAIL, slack

NAME = "example-service: test"
TRIGGERS = "workflow.triggers.conditions"
GROUP = "workflow.actionFilters[0]"


def counted(value: int) -> str:
    return f'{{"type": "event_frequency_count", "comparison": {{"value": {value}, "interval": "1h"}}}}'


SLACK = '{"type": "slack", "integration": "Acme", "config": {"targetDisplay": "alerts"}}'


@pytest.fixture
def applied(command: Command, rules: Rules, sentry: FakeSentry) -> Json:
    """The small rule as Sentry has it, with a condition and a channel more."""
    rules.write(rule(conditions=[COUNT, LEVEL], actions=[MAIL, slack()]))
    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
    sentry.requests.clear()
    return sentry.by_name(NAME)


def test_equal_is_0_different_is_2(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    rules.write(rule())
    before = command("plan", rules=rules, sentry=sentry)
    command("apply", "--yes", rules=rules, sentry=sentry)
    after = command("plan", rules=rules, sentry=sentry)

    assert before.status == 2
    assert "Plan: 1 to create, 0 to change, 0 to delete, 0 equal, 0 unmanaged." in before.out
    assert after.status == 0
    assert "Plan: 0 to create, 0 to change, 0 to delete, 1 equal, 0 unmanaged." in after.out


@pytest.mark.parametrize("takes_slugs", [True, False], ids=["26.7", "26.5"])
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed"])
def test_an_organization_with_a_monitor_for_all_projects_works_on_every_version(
    takes_slugs: bool, listed: bool, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    """Sentry adds the alerts of all projects to each project's list, and its monitor to the monitors."""
    sentry.takes_slugs, sentry.lists_monitors_of_all_projects = takes_slugs, listed
    everywhere = sentry.add(name="Everything", detectorIds=["3000099"])
    rules.write(rule())

    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
    plan = command("plan", rules=rules, sentry=sentry)

    assert sentry.by_name(NAME)["detectorIds"] == ["3000001"]
    assert plan.status == 0
    assert f"  Everything (alert {everywhere['id']}): on, watches every project of the organization\n" in plan.out
    assert sentry.workflows[everywhere["id"]] == everywhere


def test_an_alert_that_watches_this_project_and_all_others_is_a_difference(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    sentry.add(name=NAME, detectorIds=["3000001", "3000099"])

    plan = command("plan", rules=rules.write(rule()), sentry=sentry)

    assert '    - monitor: "all projects (issue_stream)"\n' in plan.out


def test_a_token_that_can_only_read_is_enough(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.scopes = {"alerts:read", "org:read", "project:read"}
    sentry.add_default_alert()

    plan = command("plan", rules=rules.write(rule(environment="production", actions=[slack()])), sentry=sentry)

    assert plan.status == 2, plan


def test_nothing_is_written(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.add(name=NAME, enabled=False)
    rules.write(rule(), rule(name="example-service: other"))

    assert command("plan", rules=rules, sentry=sentry).status == 2
    assert sentry.writes == []


def test_a_new_rule_is_told_in_full(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    rules.write(rule(conditions=[COUNT, LEVEL], actions=[MAIL, slack(data={"tags": "release,level"})]))

    result = command("plan", rules=rules, sentry=sentry)

    expected = f"""\
Alerts of my-org/example-service at {sentry.url}

+ create  example-service: test  {rules.folder}/a.json
    + workflow.name: "example-service: test"
    + workflow.environment: "production"
    + workflow.config.frequency: 30
    + monitor: "issue_stream"
    + workflow.triggers.conditions: {{"type": "every_event"}}
    + workflow.actionFilters[0].logicType: "all"
    + workflow.actionFilters[0].conditions: {counted(20)}
    + workflow.actionFilters[0].conditions: {{"type": "level", "comparison": {{"match": "gte", "level": "error"}}}}
    + workflow.actionFilters[0].actions: {{"type": "email", "config": {{"targetType": "issue_owners"}}}}
    + workflow.actionFilters[0].actions: {SLACK[:-1]}, "data": {{"tags": "level,release"}}}}

Plan: 1 to create, 0 to change, 0 to delete, 0 equal, 0 unmanaged.
"""
    assert result.out == expected


def swap(applied: Json, **parts: Any) -> None:
    applied["actionFilters"][0].update(parts)


EDITS: dict[str, tuple[Callable[[Json], object], list[str]]] = {
    "another environment": (
        lambda alert: alert.update(environment=None),
        ["- workflow.environment: null", '+ workflow.environment: "production"'],
    ),
    "another frequency": (
        lambda alert: alert["config"].update(frequency=1440),
        ["- workflow.config.frequency: 1440", "+ workflow.config.frequency: 30"],
    ),
    "no frequency": (
        lambda alert: alert["config"].clear(),
        ["- workflow.config.frequency: null", "+ workflow.config.frequency: 30"],
    ),
    "another monitor": (
        lambda alert: alert.update(detectorIds=["3000002"]),
        ['- monitor: "error"', '+ monitor: "issue_stream"'],
    ),
    "a monitor more": (
        lambda alert: alert["detectorIds"].append("3000009"),
        ['- monitor: {"type": "issue_stream", "project": "other-service"}'],
    ),
    "another trigger": (
        lambda alert: alert["triggers"]["conditions"][0].update(type="first_seen_event"),
        [f'- {TRIGGERS}: {{"type": "first_seen_event"}}', f'+ {TRIGGERS}: {{"type": "every_event"}}'],
    ),
    "no trigger": (lambda alert: alert.update(triggers=None), [f'+ {TRIGGERS}: {{"type": "every_event"}}']),
    "another threshold": (
        lambda alert: next(
            each["comparison"].update(value=500)
            for each in alert["actionFilters"][0]["conditions"]
            if each["type"] == "event_frequency_count"
        ),
        [
            f"- {GROUP}.conditions: {counted(500)}",
            f"+ {GROUP}.conditions: {counted(20)}",
        ],
    ),
    "another logic": (
        lambda alert: swap(alert, logicType="any-short"),
        [f'- {GROUP}.logicType: "any-short"', f'+ {GROUP}.logicType: "all"'],
    ),
    "a condition less": (
        lambda alert: swap(alert, conditions=alert["actionFilters"][0]["conditions"][:1]),
        [f"+ {GROUP}.conditions: {counted(20)}"],
    ),
    "a condition that is unknown here": (
        lambda alert: alert["actionFilters"][0]["conditions"].append(
            {"type": "moon_phase", "comparison": {"is": "new"}}
        ),
        [f'- {GROUP}.conditions: {{"type": "moon_phase", "comparison": {{"is": "new"}}}}'],
    ),
    "a condition that is turned round": (
        lambda alert: alert["actionFilters"][0]["conditions"][0].update(conditionResult=False),
        [
            f'- {GROUP}.conditions: {{"type": "level", "comparison": {{"match": "gte", "level": "error"}}, '
            '"conditionResult": false}',
            f'+ {GROUP}.conditions: {{"type": "level", "comparison": {{"match": "gte", "level": "error"}}}}',
        ],
    ),
    "another channel": (
        lambda alert: next(
            each["config"].update(targetDisplay="quiet")
            for each in alert["actionFilters"][0]["actions"]
            if each["type"] == "slack"
        ),
        [
            f'- {GROUP}.actions: {{"type": "slack", "integration": "Acme", "config": {{"targetDisplay": "quiet"}}}}',
            f"+ {GROUP}.actions: {SLACK}",
        ],
    ),
    "another workspace": (
        lambda alert: next(
            each.update(integrationId="2000099")
            for each in alert["actionFilters"][0]["actions"]
            if each["type"] == "slack"
        ),
        [
            f"- {GROUP}.actions: {SLACK.replace('Acme', '2000099')}",
            f"+ {GROUP}.actions: {SLACK}",
        ],
    ),
    "a channel that is unknown here": (
        lambda alert: alert["actionFilters"][0]["actions"].append({"type": "fax", "config": {"to": "1"}, "data": {}}),
        [f'- {GROUP}.actions: {{"type": "fax", "config": {{"to": "1"}}}}'],
    ),
    "an action that Sentry has switched off": (
        lambda alert: next(
            each.update(status="disabled") for each in alert["actionFilters"][0]["actions"] if each["type"] == "slack"
        ),
        [
            f'- {GROUP}.actions: {SLACK[:-1]}, "status": "disabled"}}',
            f"+ {GROUP}.actions: {SLACK}",
            "Its slack action is switched off in Sentry and doesn't notify anyone. `apply` creates it again.",
        ],
    ),
    "the mail twice": (
        lambda alert: alert["actionFilters"][0]["actions"].append(
            {"type": "email", "config": {"targetType": "issue_owners"}, "data": {}}
        ),
        [f'- {GROUP}.actions: {{"type": "email", "config": {{"targetType": "issue_owners"}}}}'],
    ),
    "no filter": (
        lambda alert: alert.update(actionFilters=None),
        [
            f"+ {GROUP}.conditions: {counted(20)}",
            f"+ {GROUP}.actions: {SLACK}",
        ],
    ),
    "a filter more": (
        lambda alert: alert["actionFilters"].append(
            {
                "logicType": "none",
                "conditions": [],
                "actions": [{"type": "email", "config": {"targetType": "team", "targetIdentifier": "7"}, "data": {}}],
            }
        ),
        [
            '- workflow.actionFilters: {"logicType": "none", "conditions": [], "actions": [{"type": "email", "config":'
            ' {"targetType": "team", "targetIdentifier": "7"}}]}'
        ],
    ),
}


@pytest.mark.parametrize(("edit", "lines"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_in_sentry_is_shown_by_the_keys_of_the_file_and_undone_by_apply(
    edit: Callable[[Json], object], lines: list[str], applied: Json, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    edit(applied)

    plan = command("plan", rules=rules, sentry=sentry)
    assert plan.status == 2, plan
    assert f"~ change  {NAME} (alert {applied['id']})" in plan.out
    shown = [line.strip() for line in plan.out.splitlines()]
    assert set(lines) <= set(shown), plan

    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
    assert command("plan", rules=rules, sentry=sentry).status == 0


REWRITES: dict[str, Callable[[Json], object]] = {
    "numbers as text": lambda alert: next(
        each["comparison"].update(value="20")
        for each in alert["actionFilters"][0]["conditions"]
        if each["type"] == "event_frequency_count"
    ),
    "empty lists": lambda alert: [
        each["comparison"].update(filters=[])
        for each in alert["actionFilters"][0]["conditions"]
        if each["type"] == "event_frequency_count"
    ],
    "empty texts": lambda alert: [
        each["data"].update(tags="", notes=None) for each in alert["actionFilters"][0]["actions"]
    ],
    "a hash before the channel": lambda alert: [
        each["config"].update(targetDisplay="#alerts")
        for each in alert["actionFilters"][0]["actions"]
        if each["type"] == "slack"
    ],
    "another order": lambda alert: [group["conditions"].reverse() for group in alert["actionFilters"]],
    "an id as a number": lambda alert: alert.update(detectorIds=[int(number) for number in alert["detectorIds"]]),
    "keys that are newer than the tool": lambda alert: [
        *(each["data"].update(threadReplies=True) for each in alert["actionFilters"][0]["actions"]),
        *(each["config"].update(region="eu") for each in alert["actionFilters"][0]["actions"]),
        *(each["comparison"].update(unit="events") for each in alert["actionFilters"][0]["conditions"]),
    ],
    "that it is switched off": lambda alert: alert.update(enabled=False),
    "an owner as an object": lambda alert: alert.update(owner={"type": "team", "id": "1000001", "name": "backend"}),
    "an owner": lambda alert: alert.update(owner="team:1000001"),
    "that it fired": lambda alert: alert.update(lastTriggered="2026-11-20T12:00:00Z"),
    "no owner at all": lambda alert: alert.pop("owner"),
}


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES.keys())
def test_what_sentry_rewrites_by_itself_is_no_difference(
    rewrite: Callable[[Json], object], applied: Json, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    rewrite(applied)

    plan = command("plan", rules=rules, sentry=sentry)

    assert plan.status == 0, plan


def test_the_id_of_a_channel_counts_where_the_file_names_it(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    rules.write(rule(actions=[slack(config={"targetDisplay": "alerts", "targetIdentifier": "C0000000001"})]))
    command("apply", "--yes", rules=rules, sentry=sentry)
    assert command("plan", rules=rules, sentry=sentry).status == 0

    rules.write(rule(actions=[slack(config={"targetDisplay": "alerts", "targetIdentifier": "C0999999999"})]))

    plan = command("plan", rules=rules, sentry=sentry)
    assert plan.status == 2
    assert f"- {GROUP}.actions: {SLACK}" in plan.out
    config = '{"targetDisplay": "alerts", "targetIdentifier": "C0999999999"}'
    assert f'+ {GROUP}.actions: {{"type": "slack", "integration": "Acme", "config": {config}}}' in plan.out


def test_json_says_the_same_to_programs(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    changed = sentry.add(name=NAME, environment="staging", triggers={"logicType": "any-short", "conditions": []})
    by_hand = sentry.add(name="Made by hand")
    left = sentry.add(name="example-service: gone")
    rules.write(rule(name="example-service: new"), rule())

    result = command("plan", "--json", rules=rules, sentry=sentry)

    assert result.status == 2
    report = result.report
    assert report["host"] == sentry.url
    assert (report["organization"], report["project"], report["differs"]) == ("my-org", "example-service", True)
    create, change = report["rules"]
    assert (create["action"], create["id"], create["file"]) == ("create", None, f"{rules.folder}/a.json")
    assert (change["action"], change["id"], change["name"]) == ("change", changed["id"], NAME)
    assert change["differences"][:3] == [
        '- workflow.environment: "staging"',
        '+ workflow.environment: "production"',
        f'+ {TRIGGERS}: {{"type": "every_event"}}',
    ]
    assert report["delete"] == []
    flags = {"enabled": True, "made_here": False, "made_by_sentry": False, "all_projects": False}
    assert report["unmanaged"] == [
        {"id": by_hand["id"], "name": "Made by hand", **flags},
        {"id": left["id"], "name": "example-service: gone", **flags, "made_here": True},
    ]


def test_json_of_nothing_to_do(command: Command, rules: Rules, sentry: FakeSentry, applied: Json) -> None:
    result = command("plan", "--json", rules=rules, sentry=sentry)

    assert (result.status, result.report["differs"]) == (0, False)
    assert [each["action"] for each in result.report["rules"]] == ["equal"]


def test_alerts_without_a_file_are_shown_and_left_alone(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    by_hand = sentry.add(name="Made by hand")
    gone = sentry.add(name="example-service: gone")
    rules.write(rule())

    plan = command("plan", rules=rules, sentry=sentry)

    assert f"Those that are on notify as well:\n  Made by hand (alert {by_hand['id']}): on\n" in plan.out
    hint = 'to delete it: --prune "example-service: gone"'
    assert f"  example-service: gone (alert {gone['id']}): on, {hint}\n" in plan.out
    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
    assert sentry.names == ["Made by hand", "example-service: gone", NAME]


def test_alerts_of_other_projects_are_not_touched_even_under_the_same_name(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    other = sentry.add(name=NAME, detectorIds=["3000009"])

    command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    assert sentry.names == [NAME, NAME]
    assert sentry.workflows[other["id"]] == other


def test_an_id_of_another_projects_alert_is_rejected(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    """A folder that was copied from another service has that service's ids."""
    other = sentry.add(name="other-service: test", detectorIds=["3000009"])
    rules.write(rule(id=other["id"]))

    rejected = command("apply", "--yes", rules=rules, sentry=sentry)
    allowed = command("plan", "--take-over", other["id"], rules=rules, sentry=sentry)

    assert rejected.status == 1
    assert (
        f"a.json: $.id: the alert {other['id']} (`other-service: test`) belongs to other-service. Remove the id if it"
        f" was copied from there, or take the alert over with --take-over {other['id']}." in rejected.err
    )
    assert sentry.writes == []
    assert '- monitor: {"type": "issue_stream", "project": "other-service"}' in allowed.out


def test_an_alert_may_watch_several_projects(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    rules.write(
        rule(monitor=["issue_stream", {"type": "error", "project": "other-service"}, {"name": "Slow checkout"}])
    )
    sentry.monitors.append({"id": "3000010", "type": "error", "name": "Errors", "projectId": "2"})

    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0

    assert sentry.by_name(NAME)["detectorIds"] == ["3000001", "3000010", "3000003"]
    assert command("plan", rules=rules, sentry=sentry).status == 0


def test_a_service_with_several_projects_applies_to_each(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    rules.write(rule())

    for project in ("example-service", "other-service"):
        environ = {"SENTRY_PROJECT": project}
        assert command("apply", "--yes", rules=rules, sentry=sentry, environ=environ).status == 0

    assert sorted(each["detectorIds"] for each in sentry.workflows.values()) == [["3000001"], ["3000009"]]


class TestLost:
    """An alert that somebody changed in Sentry's pages isn't created a second time."""

    def test_a_renamed_alert_is_found_by_its_content(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)
        sentry.by_name(NAME)["name"] = "Renamed by hand"

        plan = command("plan", rules=rules, sentry=sentry)
        command("apply", "--yes", rules=rules, sentry=sentry)

        assert f'    - workflow.name: "Renamed by hand"\n    + workflow.name: "{NAME}"\n' in plan.out
        assert "It has another name in Sentry and is otherwise the same, so it isn't created again." in plan.out
        assert sentry.names == [NAME]

    def test_so_is_an_alert_whose_file_got_another_name(
        self, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        command("apply", "--yes", rules=rules.write(rule(name="example-service: better")), sentry=sentry)

        assert sentry.names == ["example-service: better"]

    def test_one_of_two_that_are_alike_is_not_guessed(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)
        found = sentry.by_name(NAME)
        found["name"] = "One"
        sentry.add(**{**found, "name": "Two"})

        command("apply", "--yes", rules=rules, sentry=sentry)

        assert sentry.names == ["One", "Two", NAME]

    def test_an_alert_of_another_file_is_never_taken(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        a, b = rule(name="example-service: a"), rule(name="example-service: b")
        command("apply", "--yes", rules=rules.write(a), sentry=sentry)

        command("apply", "--yes", rules=rules.write(b, a), sentry=sentry)

        assert sentry.names == ["example-service: a", "example-service: b"]

    def test_a_disconnected_alert_is_connected_again(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        """A list with a project doesn't have it."""
        detached = sentry.add(name=NAME, detectorIds=[])

        plan = command("plan", rules=rules.write(rule()), sentry=sentry)
        command("apply", "--yes", rules=rules, sentry=sentry)

        assert "It was disconnected from every monitor in Sentry." in plan.out
        assert list(sentry.workflows) == [detached["id"]]
        assert sentry.by_name(NAME)["detectorIds"] == ["3000001"]


class TestSnoozed:
    """`enabled` is how Sentry keeps that an alert is snoozed."""

    def test_an_alert_stays_as_it_is_if_the_file_does_not_say(
        self, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)
        sentry.by_name(NAME)["enabled"] = False

        plan = command("plan", rules=rules, sentry=sentry)
        command("apply", "--yes", rules=rules.write(rule(environment=None)), sentry=sentry)

        assert plan.status == 0
        assert "It is switched off in Sentry and stays off, since the file doesn't set `enabled`." in plan.out
        assert sentry.by_name(NAME)["enabled"] is False
        assert sentry.by_name(NAME)["environment"] is None

    def test_a_file_that_says_so_wins(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        command("apply", "--yes", rules=rules.write(rule(enabled=True)), sentry=sentry)
        sentry.by_name(NAME)["enabled"] = False

        plan = command("plan", rules=rules, sentry=sentry)

        assert "    - workflow.enabled: false\n    + workflow.enabled: true\n" in plan.out


def test_an_owner_of_the_file_is_compared_and_set(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    command("apply", "--yes", rules=rules.write(rule(owner="team:backend")), sentry=sentry)
    assert sentry.by_name(NAME)["owner"] == "team:1000001"
    assert command("plan", rules=rules, sentry=sentry).status == 0

    plan = command("plan", rules=rules.write(rule(owner="user:ann@example.com")), sentry=sentry)
    assert '    - workflow.owner: "team:backend"\n    + workflow.owner: "user:ann@example.com"\n' in plan.out

    command("apply", "--yes", rules=rules.write(rule(owner=None)), sentry=sentry)
    assert sentry.by_name(NAME)["owner"] is None


def test_sentrys_default_alert_is_named_with_what_can_be_done(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    alert = sentry.add_default_alert()
    rules.write(rule())

    plan = command("plan", rules=rules, sentry=sentry)
    pruned = command("apply", "--yes", "--prune", alert["name"], rules=rules, sentry=sentry)

    assert (
        f"  {alert['name']} (alert {alert['id']}): on, made by Sentry with the project, to describe it in a file:"
        f' pull {alert["id"]}; to delete it: --prune "{alert["name"]}"\n' in plan.out
    )
    assert pruned.status == 0
    assert sentry.names == [NAME]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("monitor_check_in_failure", "cron monitor"),
        ("uptime_domain_failure", "uptime monitor"),
        ("metric_issue", "metric monitor"),
        ("error", "monitor"),
    ],
)
def test_a_monitor_that_sentry_has_disabled_is_named(
    kind: str, words: str, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    sentry.monitors.append({"id": "3000042", "type": kind, "name": "nightly", "projectId": "1", "enabled": False})
    command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    plan = command("plan", rules=rules, sentry=sentry)

    assert f"Warning: The {words} `nightly` is disabled in Sentry and reports nothing." in plan.out
    assert plan.status == 0


TARGETS: dict[str, tuple[Json, Json]] = {
    "email": (
        {"type": "email", "config": {"targetType": "team", "targetIdentifier": "backend"}},
        {"targetType": "team", "targetIdentifier": "1000002", "targetDisplay": None},
    ),
    "slack": (slack(), {"targetType": "specific", "targetDisplay": "quiet", "targetIdentifier": "C0000000002"}),
    "slack by its id": (
        slack(config={"targetIdentifier": "C0000000001"}),
        {"targetType": "specific", "targetDisplay": "alerts", "targetIdentifier": "C0000000002"},
    ),
    "discord": (
        {"type": "discord", "config": {"targetIdentifier": "1" * 18}},
        {"targetType": "specific", "targetIdentifier": "2" * 18, "targetDisplay": ""},
    ),
    "msteams": (
        {"type": "msteams", "config": {"targetDisplay": "General"}},
        {"targetType": "specific", "targetDisplay": "Random", "targetIdentifier": "19:random@thread.skype"},
    ),
    "pagerduty": (
        {"type": "pagerduty", "config": {"targetDisplay": "example-service"}},
        {"targetType": "specific", "targetIdentifier": "78", "targetDisplay": "example-service"},
    ),
    "opsgenie": (
        {"type": "opsgenie", "config": {"targetDisplay": "example-service"}},
        {"targetType": "specific", "targetIdentifier": "10-other", "targetDisplay": "example-service"},
    ),
    "webhook": (
        {"type": "webhook", "config": {"targetIdentifier": "webhooks"}},
        {"targetIdentifier": "acme-board"},
    ),
    "sentry_app": (
        {"type": "sentry_app", "config": {"targetDisplay": "Acme Pager"}},
        {"targetType": "sentry_app", "targetIdentifier": "62", "targetDisplay": "Acme Pager"},
    ),
}


@pytest.mark.parametrize(("action", "found"), TARGETS.values(), ids=TARGETS.keys())
def test_another_target_is_a_difference(
    action: Json, found: Json, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    command("apply", "--yes", rules=rules.write(rule(actions=[action])), sentry=sentry)
    assert command("plan", rules=rules, sentry=sentry).status == 0
    sentry.by_name(NAME)["actionFilters"][0]["actions"][0]["config"] = found

    plan = command("plan", rules=rules, sentry=sentry)

    assert plan.status == 2, plan
    assert plan.out.count(f"    - {GROUP}.actions: ") == plan.out.count(f"    + {GROUP}.actions: ") == 1


def test_a_renamed_slack_channel_is_no_difference(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    """Sentry keeps the id that it found, and the alert goes on to reach the channel."""
    command("apply", "--yes", rules=rules.write(rule(actions=[slack()])), sentry=sentry)
    sentry.channels = {"incidents": "C0000000001"}

    assert command("plan", rules=rules, sentry=sentry).status == 0


class TestMarkdown:
    """For a comment or the summary of a job."""

    def test_says_what_differs(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        changed = sentry.add(name=NAME, environment=None, actionFilters=[])
        sentry.add(name="Made `by` @hand", enabled=False)
        rules.write(rule(actionFilters=rule()["workflow"]["actionFilters"]))

        result = command("plan", "--markdown", rules=rules, sentry=sentry)

        assert result.status == 2
        assert (
            result.out
            == f"""\
### Sentry alerts of my-org/example-service

Plan: 0 to create, 1 to change, 0 to delete, 0 equal, 1 unmanaged.

**change** `{NAME}` (alert {changed["id"]}), `{rules.folder}/a.json`

```diff
- workflow.environment: null
+ workflow.environment: "production"
+ workflow.actionFilters[0].logicType: "all"
+ workflow.actionFilters[0].conditions: {{"type": "level", "comparison": {{"match": "gte", "level": "error"}}}}
+ workflow.actionFilters[0].actions: {{"type": "email", "config": {{"targetType": "issue_owners"}}}}
```

Without a file, left as they are. Those that are on notify as well:

- `` Made `by` @hand `` (alert {int(changed["id"]) + 3}): off
"""
        )

    def test_of_nothing_to_do(self, command: Command, rules: Rules, sentry: FakeSentry, applied: Json) -> None:
        result = command("plan", "--markdown", rules=rules, sentry=sentry)

        summary = "Plan: 0 to create, 0 to change, 0 to delete, 1 equal, 0 unmanaged."
        assert result.out == f"### Sentry alerts of my-org/example-service\n\nNo differences. {summary}\n"

    def test_is_not_ended_by_a_value(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        notes = "````\n# Not a heading"
        rules.write(rule(actions=[slack(data={"notes": notes})]))

        result = command("plan", "--markdown", rules=rules, sentry=sentry)

        assert "\n`````diff\n" in result.out
        assert "\n# Not" not in result.out

    def test_is_appended_to_a_file(self, command: Command, rules: Rules, sentry: FakeSentry, tmp_path: Path) -> None:
        summary = tmp_path / "summary.md"
        summary.write_text("# Earlier\n", encoding="utf-8")

        result = command("plan", "--summary", str(summary), rules=rules.write(rule()), sentry=sentry)

        assert result.out.startswith("Alerts of my-org/example-service at ")
        assert summary.read_text(encoding="utf-8").startswith(
            "# Earlier\n### Sentry alerts of my-org/example-service\n"
        )

    def test_a_file_that_cannot_be_written_is_named(
        self, command: Command, rules: Rules, sentry: FakeSentry, tmp_path: Path
    ) -> None:
        result = command("plan", "--summary", str(tmp_path), rules=rules.write(rule()), sentry=sentry)

        assert (result.status, result.err.splitlines()[-1]) == (
            1,
            f"error: {tmp_path}: can't be written: Is a directory.",
        )


def test_an_alert_of_another_monitor_of_the_project_is_the_same_alert(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    """Found by its name among all monitors of the project: a new monitor does not make a second alert."""
    sentry.add(name=NAME, detectorIds=["3000002"])

    command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    assert sentry.names == [NAME]
    assert sentry.by_name(NAME)["detectorIds"] == ["3000001"]


def test_two_alerts_of_one_name_stop_it(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    first, second = sentry.add(name=NAME), sentry.add(name=NAME)

    result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    assert result.status == 1
    assert (
        f"a.json: $.workflow.name: 2 alerts in Sentry have this name ({first['id']}, {second['id']}). Keep the oldest"
        f' ({first["id"]}) with --prune "{NAME}", or pin one with `id`.' in result.err
    )
    assert sentry.writes == []


def test_a_pin_says_which_of_two_and_lets_a_rule_be_renamed(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    first, second = sentry.add(name=NAME), sentry.add(name=NAME)
    rules.write(rule(id=second["id"], name="example-service: renamed"))

    plan = command("plan", rules=rules, sentry=sentry)
    assert f'    - workflow.name: "{NAME}"\n    + workflow.name: "example-service: renamed"\n' in plan.out
    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0

    assert {number: alert["name"] for number, alert in sentry.workflows.items()} == {
        first["id"]: NAME,
        second["id"]: "example-service: renamed",
    }


def test_a_pinned_alert_is_not_found_by_its_name_as_well(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    pinned = sentry.add(name=NAME)
    rules.write(rule(id=pinned["id"], name="example-service: renamed"), rule())

    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0

    assert sentry.names == ["example-service: renamed", NAME]
    assert command("plan", rules=rules, sentry=sentry).status == 0


def test_a_pinned_alert_that_watches_nothing_yet_is_bound(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    lost = sentry.add(name="Lost", detectorIds=[])

    assert command("apply", "--yes", rules=rules.write(rule(id=lost["id"])), sentry=sentry).status == 0

    assert sentry.by_name(NAME)["id"] == lost["id"]
    assert sentry.by_name(NAME)["detectorIds"] == ["3000001"]


def test_a_pin_to_nothing_is_named(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    result = command("plan", rules=rules.write(rule(id="999")), sentry=sentry)

    assert result.status == 1
    assert ": $.id: no alert in Sentry has this id. Remove it to find the alert by its name." in result.err


def test_json_keeps_every_character_of_a_name(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    name = "example-service: \x1b[2J \u00a0 \U0001f469\u200d\U0001f4bb \ud800"
    sentry.add(name=name)

    (unmanaged,) = command("plan", "--json", rules=rules.write(rule()), sentry=sentry).report["unmanaged"]

    assert unmanaged["name"] == name


def test_a_terminal_gets_no_control_characters_from_sentry(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.add(name="\x1b[2Jcleared \U0001f469\u200d\U0001f4bb \ud800")

    plan = command("plan", rules=rules.write(rule()), sentry=sentry)

    assert "  ?[2Jcleared \U0001f469\u200d\U0001f4bb ? (alert " in plan.out
