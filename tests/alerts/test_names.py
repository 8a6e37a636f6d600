"""Names become ids, and a name that Sentry does not have comes back with those that it has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from alerts.conftest import Command, Json, Rules, rule
from alerts.fake_sentry import FakeSentry
from alerts.test_validate import MAIL, slack

ACTION = "workflow.actionFilters[0].actions[0]"


def mail(kind: str, name: str) -> Json:
    return {"type": "email", "config": {"targetType": kind, "targetIdentifier": name}}


def action_of(sentry: FakeSentry) -> Json:
    (group,) = sentry.by_name("example-service: test")["actionFilters"]
    (action,) = group["actions"]
    return {"integrationId": action["integrationId"], **action["config"]}


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        pytest.param(mail("team", "frontend"), {"targetType": "team", "targetIdentifier": "1000002"}, id="team"),
        pytest.param(mail("user", "Bob@example.com"), {"targetType": "user", "targetIdentifier": "502"}, id="member"),
        pytest.param(slack(integration="Acme"), {"integrationId": "2000001", "targetDisplay": "alerts"}, id="slack"),
        pytest.param(slack(), {"integrationId": "2000001", "targetIdentifier": "C0000000001"}, id="the only slack"),
        pytest.param(
            {"type": "discord", "config": {"targetIdentifier": "100000000000000000"}},
            {"integrationId": "2000002", "targetIdentifier": "100000000000000000", "targetDisplay": ""},
            id="discord",
        ),
        pytest.param(
            {"type": "msteams", "config": {"targetDisplay": "General"}},
            {"integrationId": "2000003", "targetDisplay": "General", "targetIdentifier": "19:general@thread.skype"},
            id="msteams",
        ),
        pytest.param(
            {"type": "pagerduty", "config": {"targetDisplay": "example-service"}},
            {"integrationId": "2000004", "targetIdentifier": "77", "targetDisplay": "example-service"},
            id="pagerduty",
        ),
        pytest.param(
            {"type": "opsgenie", "config": {"targetDisplay": "example-service"}},
            {"integrationId": "2000005", "targetIdentifier": "9-example-service", "targetDisplay": "example-service"},
            id="opsgenie",
        ),
        pytest.param(
            {"type": "slack", "config": {"targetIdentifier": "C0000000002"}},
            {"integrationId": "2000001", "targetIdentifier": "C0000000002"},
            id="slack by the id alone",
        ),
        pytest.param(
            {"type": "webhook", "config": {"targetIdentifier": "webhooks"}},
            {"integrationId": None, "targetIdentifier": "webhooks"},
            id="webhook",
        ),
        pytest.param(
            {"type": "sentry_app", "config": {"targetDisplay": "Acme Board"}},
            {"integrationId": None, "targetType": "sentry_app", "targetIdentifier": "62"},
            id="Sentry app",
        ),
        pytest.param({"type": "jira"}, {"integrationId": "2000006", "targetType": "specific"}, id="jira"),
        pytest.param({"type": "jira_server"}, {"integrationId": "2000007", "targetType": "specific"}, id="jira_server"),
        pytest.param({"type": "github"}, {"integrationId": "2000008", "targetType": "specific"}, id="github"),
    ],
)
def test_a_channel_is_sent_by_its_id(
    action: Json, sent: dict[str, Any], command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    result = command("apply", "--yes", rules=rules.write(rule(actions=[action])), sentry=sentry)

    assert result.status == 0, result
    assert sent.items() <= action_of(sentry).items()
    assert command("plan", rules=rules, sentry=sentry).status == 0


def test_slack_by_name_is_sent_without_an_id(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    """Some servers answer an empty one with 403."""
    command("apply", "--yes", rules=rules.write(rule(actions=[slack()])), sentry=sentry)

    (sent,) = [body for method, _, body in sentry.requests if method == "POST" and body is not None]
    assert sent["actionFilters"][0]["actions"][0]["config"] == {"targetType": "specific", "targetDisplay": "alerts"}


def test_the_fields_of_a_ticket_arrive_as_they_are(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    fields = {
        "additionalFields": {"project": "10000", "issuetype": "10001", "customfield_10010": "", "labels": ["sentry"]},
        "dynamicFormFields": [{"name": "priority", "updates_form": True, "choices": [["1", "High"]]}],
    }
    rules.write(rule(actions=[{"type": "jira", "integration": "acme.atlassian.net", "data": fields}]))

    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0

    saved = sentry.by_name("example-service: test")["actionFilters"][0]["actions"][0]["data"]
    assert saved == fields
    saved["dynamicFormFields"] = [{"name": "priority", "updatesForm": True, "choices": [["1", "High"]]}]
    assert command("plan", rules=rules, sentry=sentry).status == 0


CONDITIONS: dict[str, tuple[Json, Any]] = {
    "a part of a percent of sessions": (
        {"type": "percent_sessions_count", "comparison": {"value": 0.5, "interval": "5m"}},
        {"value": 0.5, "interval": "5m"},
    ),
    "a priority": ({"type": "issue_priority_equals", "comparison": "high"}, 75),
    "a priority that falls back": ({"type": "issue_priority_deescalating"}, True),
    "a priority that falls": ({"type": "issue_priority_deescalating", "comparison": "medium"}, 50),
    "how long it has been open": (
        {"type": "issue_open_duration", "comparison": {"type": "older", "value": 2, "timeUnit": "hour"}},
        {"type": "older", "value": 2, "timeUnit": "hour"},
    ),
}


@pytest.mark.parametrize(("condition", "sent"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_condition_is_sent_as_sentry_compares_it(
    condition: Json, sent: Any, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    assert command("apply", "--yes", rules=rules.write(rule(conditions=[condition])), sentry=sentry).status == 0

    (group,) = sentry.by_name("example-service: test")["actionFilters"]
    assert group["conditions"][0]["comparison"] == sent
    assert command("plan", rules=rules, sentry=sentry).status == 0


@pytest.mark.parametrize("kind", ["new_high_priority_issue", "existing_high_priority_issue"])
def test_a_rule_may_be_triggered_by_high_priority(
    kind: str, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    rules.write(rule(triggers={"conditions": [{"type": kind}]}))

    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0

    (trigger,) = sentry.by_name("example-service: test")["triggers"]["conditions"]
    assert (trigger["type"], trigger["comparison"]) == (kind, True)


class TestEnvironment:
    """Without a project, Sentry lists the environments of the teams that the token's user is in."""

    @pytest.mark.parametrize(
        "hide",
        [
            lambda sentry: sentry.member_of.clear(),
            lambda sentry: sentry.hidden.add("production"),
        ],
        ids=["of a team without the user", "hidden"],
    )
    def test_that_others_do_not_see_is_found(
        self, hide: Callable[[FakeSentry], None], command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        hide(sentry)

        assert command("apply", "--yes", rules=rules.write(rule()), sentry=sentry).status == 0

    def test_that_only_another_project_has_is_taken_with_a_remark(
        self, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        """Sentry takes it as well: the first event or deploy may come later."""
        result = command("apply", "--yes", rules=rules.write(rule(environment="preview")), sentry=sentry)

        assert "    No event or deploy of example-service has named the environment `preview` yet.\n" in result.out
        assert sentry.by_name("example-service: test")["environment"] == "preview"


@pytest.mark.parametrize("status", ["disabled", "pending_deletion"])
class TestDisabledIntegration:
    def test_does_not_keep_the_active_one_back(
        self, status: str, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        gone = {**sentry.integrations[0], "id": "2000000", "organizationIntegrationStatus": status}
        sentry.integrations.insert(0, gone)
        rules.write(rule(name="example-service: a", actions=[slack()]), rule(actions=[slack(integration="Acme")]))

        assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
        assert action_of(sentry)["integrationId"] == "2000001"

    def test_is_named_if_it_is_the_only_one(
        self, status: str, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        sentry.integrations[0]["organizationIntegrationStatus"] = status

        result = command("plan", rules=rules.write(rule(actions=[slack()])), sentry=sentry)

        page = f"{sentry.url}/settings/my-org/integrations/slack/"
        assert f"the slack integration `Acme` is disabled. Enable it at {page}." in result.err


@pytest.mark.parametrize(
    ("comparison", "sent"),
    [
        ({"targetType": "Team", "targetIdentifier": "backend"}, {"targetIdentifier": 1000001}),
        ({"targetType": "Member", "targetIdentifier": "ann@example.com"}, {"targetIdentifier": 501}),
        ({"targetType": "Unassigned"}, {}),
    ],
    ids=["team", "member", "no one"],
)
def test_an_assignee_is_sent_by_the_id_as_a_number(
    comparison: Json, sent: Json, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    """Servers before Sentry's own fix compare it with a number: a text is saved and never matches."""
    condition = {"type": "assigned_to", "comparison": comparison}
    rules.write(rule(conditions=[condition]))

    planned = f"conditions: {json.dumps(condition)}"
    assert planned in command("plan", rules=rules, sentry=sentry).out
    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0

    (group,) = sentry.by_name("example-service: test")["actionFilters"]
    assert group["conditions"][0]["comparison"] == {
        "targetType": comparison["targetType"],
        **sent,
    }
    assert command("plan", rules=rules, sentry=sentry).status == 0


@pytest.mark.parametrize("monitor", ["issue_stream", "error"])
def test_a_monitor_is_bound_by_its_id(monitor: str, command: Command, rules: Rules, sentry: FakeSentry) -> None:
    command("apply", "--yes", rules=rules.write(rule(monitor=monitor)), sentry=sentry)

    bound = {"issue_stream": "3000001", "error": "3000002"}[monitor]
    assert sentry.by_name("example-service: test")["detectorIds"] == [bound]


UNKNOWN: dict[str, tuple[Json, str]] = {
    "team": (
        rule(actions=[mail("team", "backed")]),
        f"{ACTION}.config.targetIdentifier: no team `backed`. Did you mean backend?",
    ),
    "member": (
        rule(actions=[mail("user", "eve@example.com")]),
        f"{ACTION}.config.targetIdentifier: no member `eve@example.com`. Did you mean ",
    ),
    "member who has not come yet": (
        rule(actions=[mail("user", "new@example.com")]),
        f"{ACTION}.config.targetIdentifier: `new@example.com` hasn't accepted the invitation to the organization yet.",
    ),
    "workspace": (
        rule(actions=[slack(integration="Acne")]),
        f"{ACTION}.integration: no slack integration `Acne`. Did you mean Acme?",
    ),
    "service": (
        rule(actions=[{"type": "pagerduty", "config": {"targetDisplay": "payments"}}]),
        f"{ACTION}.config.targetDisplay: the pagerduty integration has no service `payments`. Use one of:"
        " example-service.",
    ),
    "Opsgenie team": (
        rule(actions=[{"type": "opsgenie", "config": {"targetDisplay": "payments"}}]),
        f"{ACTION}.config.targetDisplay: the opsgenie integration has no team `payments`. Use one of: example-service.",
    ),
    "app": (
        rule(actions=[{"type": "sentry_app", "config": {"targetDisplay": "Acme Boad"}}]),
        f"{ACTION}.config.targetDisplay: no installed app with an alert action is named `Acme Boad`. Did you mean Acme"
        " Board?",
    ),
    "owner": (rule(owner="team:backed"), "workflow.owner: no team `backed`. Did you mean backend?"),
    "monitor": (
        rule(monitor={"name": "Slow checkot"}),
        "$.monitor: the project example-service has no monitor `Slow checkot`. Did you mean Slow checkout?",
    ),
    "project": (
        rule(monitor=["error", {"type": "error", "project": "other-servce"}]),
        "$.monitor[1]: the organization has no project `other-servce`, or the token can't see it.",
    ),
    "environment": (
        rule(environment="prod"),
        "workflow.environment: environment `prod` doesn't exist in Sentry yet. Send an event from it or record a deploy"
        " first. Use one of: preview, production, staging.",
    ),
}


@pytest.mark.parametrize(("made", "sentence"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_name_that_is_not_there_comes_with_those_that_are(
    made: Json, sentence: str, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    result = command("apply", "--yes", rules=rules.write(made), sentry=sentry)

    assert result.status == 1
    assert sentence in result.err, result
    assert sentry.writes == []


def test_all_unknown_names_come_at_once(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    rules.write(
        rule(name="example-service: one", environment="prod", actions=[mail("team", "x")]),
        rule(name="example-service: two", actions=[MAIL, slack(integration="y")]),
    )

    result = command("plan", rules=rules, sentry=sentry)

    assert result.err.count("a.json:") == 2
    assert result.err.count("error: ") == 3


def test_a_provider_that_is_not_connected_says_where_to_connect_it(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    sentry.integrations = []

    result = command("plan", rules=rules.write(rule(actions=[slack()])), sentry=sentry)

    page = f"{sentry.url}/settings/my-org/integrations/slack/"
    assert f"Sentry isn't connected to slack. Connect it at {page}." in result.err


def test_without_a_name_one_of_two_workspaces_is_not_guessed(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    sentry.integrations.append({**sentry.integrations[0], "id": "2000011", "name": "Umbrella"})

    result = command("plan", rules=rules.write(rule(actions=[slack()])), sentry=sentry)

    assert "there are several slack integrations. Set `integration`. Use one of: Acme, Umbrella." in result.err


def test_two_services_of_one_name_are_not_guessed(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    (duty,) = [each for each in sentry.integrations if each["provider"]["key"] == "pagerduty"]
    duty["configData"]["service_table"].append({"service": "example-service", "id": 78})
    rules.write(rule(actions=[{"type": "pagerduty", "config": {"targetDisplay": "example-service"}}]))

    result = command("plan", rules=rules, sentry=sentry)

    assert f"{ACTION}.config.targetDisplay: `example-service` is the name of several (77, 78)." in result.err


def test_two_workspaces_of_one_name_are_not_guessed(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.integrations.append({**sentry.integrations[0], "id": "2000011"})

    result = command("plan", rules=rules.write(rule(actions=[slack(integration="Acme")])), sentry=sentry)

    assert (
        f"two slack integrations are named `Acme`. Rename one at {sentry.url}/settings/my-org/integrations/slack/."
        in result.err
    )


def test_a_project_without_the_monitor_says_which_it_has(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.monitors = [each for each in sentry.monitors if each["type"] != "issue_stream"]

    result = command("plan", rules=rules.write(rule()), sentry=sentry)

    assert (
        "$.monitor: the project example-service has no monitor `issue_stream`. Use `error`, or update Sentry. A"
        " self-hosted Sentry needs version 26.5 or newer, with the new alerts enabled (the default from 26.7)."
        in result.err
    )


def test_two_monitors_of_one_kind_are_not_guessed(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.monitors.append({**sentry.monitors[0], "id": "3000004"})

    result = command("plan", rules=rules.write(rule()), sentry=sentry)

    several = "several monitors `issue_stream`: All issues (3000001), All issues (3000004)."
    assert several in result.err


def test_what_many_rules_name_is_asked_for_once(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.page_size = 100
    made = [rule(name=f"example-service: {letter}", actions=[mail("team", "backend"), slack()]) for letter in "abcdef"]

    command("plan", rules=rules.write(*made), sentry=sentry)

    asked = Counter(path.removeprefix("/api/0/organizations/my-org/") for _, path, _ in sentry.requests)
    # The second list of alerts is the one without a project, which has those without a monitor.
    assert asked.pop("workflows/") == 2
    assert set(asked.values()) == {1}
