"""The rules that a new service has: right as they are, whatever was answered."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Render
from jsonschema import Draft202012Validator
from support.template import files_of

from alerts.conftest import ANSWERS, Command, Json
from alerts.fake_sentry import FakeSentry
from fastapi_sentry.alerts.client import CREATE_ONE, READ_SCOPES
from fastapi_sentry.alerts.model import schema_text

RULES = ("new_issue", "regression", "error_spike", "user_impact", "high_error_rate", "low_severity")
CHANNELS = ("email", "slack", "pagerduty", "discord", "msteams", "opsgenie")
CHANNEL_SETS = [*([channel] for channel in CHANNELS), ["email", "slack"], ["email", "pagerduty"], list(CHANNELS)]


def rule_of(project: Path, name: str) -> Json:
    rule: Json = json.loads((project / "alerts" / f"{name}.json").read_text(encoding="utf-8"))
    return rule


def condition(rule: Json, kind: str) -> Any:
    (group,) = rule["workflow"]["actionFilters"]
    (found,) = [each["comparison"] for each in group["conditions"] if each["type"] == kind]
    return found


def channels(rule: Json) -> list[str]:
    (group,) = rule["workflow"]["actionFilters"]
    return [action["type"] for action in group["actions"]]


@pytest.mark.parametrize("chosen", CHANNEL_SETS, ids="+".join)
def test_every_rule_is_valid_on_every_channel(chosen: list[str], render: Render, command: Command) -> None:
    result = command("validate", rules=render(alert_channels=chosen) / "alerts")

    assert (result.status, result.out) == (0, "6 rules are valid.\n"), result


def test_the_schema_is_the_one_of_the_tool(render: Render) -> None:
    """`fastapi-sentry alerts schema` writes it."""
    assert (render() / "alerts" / "rule.schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("chosen", CHANNEL_SETS, ids="+".join)
def test_every_rule_fits_the_schema_beside_it(chosen: list[str], render: Render) -> None:
    folder = render(alert_channels=chosen) / "alerts"
    schema = json.loads((folder / "rule.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)

    for name in RULES:
        rule = rule_of(folder.parent, name)
        assert rule["$schema"] == "./rule.schema.json"
        Draft202012Validator(schema).validate(rule)


def test_the_schema_refuses_what_an_editor_should_underline(render: Render) -> None:
    schema = json.loads((render() / "alerts" / "rule.schema.json").read_text(encoding="utf-8"))
    faults = {
        "config": {"frequency": "hourly"},
        "triggers": {"conditions": []},
        "envirronment": "production",
        "owner": "backend",
    }
    for name, wrong in faults.items():
        rule = rule_of(render(), "new_issue")
        rule["workflow"][name] = wrong
        assert not Draft202012Validator(schema).is_valid(rule), name


@pytest.mark.parametrize("chosen", [["email"], list(CHANNELS)], ids="+".join)
def test_a_rule_is_written_as_any_tool_would_write_it(chosen: list[str], render: Render) -> None:
    names = {"alert_slack_workspace": 'Zoë\'s "Café" \\ \U0001f680', "alert_slack_channel": "#größe-1"}

    for name in RULES:
        path = render(alert_channels=chosen, **names) / "alerts" / f"{name}.json"
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n", path.name


def test_every_rule_says_in_one_sentence_why_it_exists(render: Render) -> None:
    for name in RULES:
        why = rule_of(render(), name)["why"]
        assert re.fullmatch(r"[A-Z][^.]+\.", why), why


def test_a_new_threshold_does_not_make_another_rule(render: Render) -> None:
    """The name is the identity: a changed number in it would create a second rule."""
    for name in RULES:
        assert re.fullmatch(r"example-service: [a-z ]+", rule_of(render(), name)["workflow"]["name"])


def test_every_rule_watches_production_unless_told(render: Render) -> None:
    for name in RULES:
        assert rule_of(render(), name)["workflow"]["environment"] == "production"
        assert rule_of(render(alert_environment="live"), name)["workflow"]["environment"] == "live"


def test_thresholds_are_those_of_the_answers(render: Render) -> None:
    """Sentry asks for more than the value: 200 percent and more is written 199, the hundredth event 99."""
    project = render(alert_spike_percent=300, alert_user_threshold=7, alert_event_threshold=1000)

    spike = rule_of(project, "error_spike")
    assert condition(spike, "event_frequency_percent") == {"value": 299, "interval": "1h", "comparisonInterval": "1h"}
    assert condition(spike, "event_frequency_count") == {"value": 200, "interval": "1h"}
    assert condition(rule_of(project, "user_impact"), "event_unique_user_frequency_count")["value"] == 7
    assert condition(rule_of(project, "high_error_rate"), "event_frequency_count")["value"] == 999
    assert condition(rule_of(project, "low_severity"), "event_frequency_count") == {"value": 10000, "interval": "1d"}


@pytest.mark.parametrize("threshold", [2, 1_000_000])
def test_the_ends_of_the_thresholds_make_valid_rules(threshold: int, render: Render, command: Command) -> None:
    project = render(alert_event_threshold=threshold, alert_spike_percent=10, alert_user_threshold=1)

    assert command("validate", rules=project / "alerts").status == 0


def test_only_what_is_urgent_wakes_people_and_low_severity_stays_in_the_mail(render: Render) -> None:
    project = render(alert_channels=list(CHANNELS))

    for name in ("error_spike", "user_impact", "high_error_rate"):
        assert channels(rule_of(project, name)) == list(CHANNELS)
    for name in ("new_issue", "regression"):
        assert channels(rule_of(project, name)) == ["email", "slack", "discord", "msteams"]
    assert channels(rule_of(project, "low_severity")) == ["email"]


def test_the_high_error_rate_goes_to_mail_and_slack(render: Render) -> None:
    assert channels(rule_of(render(alert_channels=["email", "slack"]), "high_error_rate")) == ["email", "slack"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_rule_is_left_without_a_channel(channel: str, render: Render) -> None:
    for name in RULES:
        assert channels(rule_of(render(alert_channels=[channel]), name)) == [channel]


def test_loud_rules_start_at_error(render: Render) -> None:
    for name in ("new_issue", "error_spike", "user_impact", "high_error_rate"):
        assert condition(rule_of(render(), name), "level") == {"match": "gte", "level": "error"}
    assert condition(rule_of(render(), "low_severity"), "level") == {"match": "lte", "level": "warning"}
    assert rule_of(render(), "low_severity")["workflow"]["config"] == {"frequency": 1440}


def test_the_mail_goes_to_a_team_when_one_is_named(render: Render) -> None:
    rule = rule_of(render(alert_email_team="backend"), "regression")

    (group,) = rule["workflow"]["actionFilters"]
    assert group["actions"] == [{"type": "email", "config": {"targetType": "team", "targetIdentifier": "backend"}}]


@pytest.mark.parametrize("chosen", RULES)
def test_only_the_chosen_rules_are_there(chosen: str, render: Render) -> None:
    names = {path.name for path in (render(alerts=[chosen]) / "alerts").iterdir()}

    assert names == {f"{chosen}.json", "rule.schema.json"}


def test_a_rule_leaves_to_sentry_whether_it_is_snoozed(render: Render) -> None:
    for name in RULES:
        assert "enabled" not in rule_of(render(), name)["workflow"]


def test_without_alerts_there_is_no_trace_of_them(render: Render) -> None:
    project = render(alerts=[])

    assert not (project / "alerts").exists()
    assert not (project / "docs" / "alerts.md").exists()
    assert "alerts" not in (project / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_documents_name_the_scopes_that_the_command_asks_for(ci: str, render: Render) -> None:
    read, write = re.findall(r"[a-z]+:[a-z]+", READ_SCOPES), re.findall(r"[a-z]+:write", CREATE_ONE)
    assert (read, write) == (["alerts:read", "org:read", "project:read"], ["alerts:write"])

    for name in ("alerts.md", "deployment.md"):
        text = (render(ci=ci) / "docs" / name).read_text(encoding="utf-8")
        for scope in (*read, *write, "project:releases"):
            assert f"`{scope}`" in text, name
        assert "internal integration" in text


def test_a_service_has_data_and_no_code_of_the_tool(render: Render) -> None:
    with_alerts, without = files_of(render()), files_of(render(alerts=[]))

    assert {*with_alerts} - {*without} == {
        *(f"alerts/{name}.json" for name in RULES),
        "alerts/rule.schema.json",
        "docs/alerts.md",
    }


def test_the_command_runs_in_any_folder_of_the_service_and_without_a_network(render: Render) -> None:
    """As CI runs it: a process of its own, no token, nothing but the files."""
    offline = {"PATH": "", "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}

    result = subprocess.run(
        [sys.executable, "-m", "fastapi_sentry", "alerts", "validate"],
        cwd=render(sentry_org="my-org", sentry_project="example-service") / "src",
        env=offline,
        capture_output=True,
        text=True,
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "6 rules are valid.\n", "")


def test_what_has_no_answer_yet_is_named_and_can_come_from_the_environment(render: Render) -> None:
    run = Command(render())

    validated = run("validate")
    assert validated.status == 0
    unset = "plan and apply need SENTRY_ORG and SENTRY_PROJECT, which the answers don't set."
    assert validated.err == f"warning: {unset}\n"
    assert run("plan").err.startswith("error: SENTRY_ORG isn't set. ")
    assert run("plan", environ={"SENTRY_ORG": "my-org"}).err.startswith("error: SENTRY_PROJECT isn't set. ")
    given = {"SENTRY_ORG": "my-org", "SENTRY_PROJECT": "example-service"}
    assert run("plan", environ=given).err.startswith("error: SENTRY_AUTH_TOKEN isn't set. ")


@pytest.mark.parametrize("name", [".copier-answers.yml", ".copier-answers.sentry.yml"])
def test_the_answers_are_those_of_this_template(name: str, tmp_path: Path, sentry: FakeSentry, render: Render) -> None:
    """A repository may have answers of several templates, and a layer has a file of its own."""
    (tmp_path / ".copier-answers.yml").write_text("_src_path: gh:other/template\nproject_name: x\n", encoding="utf-8")
    (tmp_path / ".copier-answers.broken.yml").write_text("a: [", encoding="utf-8")
    (tmp_path / name).write_text(ANSWERS, encoding="utf-8")
    sentry.add(name="example-service: gone")
    rules = render() / "alerts"

    plan = Command(tmp_path)("plan", "--prune", "example-service: gone", rules=rules, sentry=sentry)

    assert "1 to delete" in plan.out, plan


def test_outside_a_service_nothing_is_ever_deleted(tmp_path: Path, sentry: FakeSentry, render: Render) -> None:
    sentry.add(name="example-service: gone")

    plan = Command(tmp_path)("plan", "--prune", "example-service: gone", rules=render() / "alerts", sentry=sentry)

    assert "`example-service: gone` wasn't made by this tool." in plan.err
