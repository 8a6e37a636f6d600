"""`apply` brings Sentry into line, changes only what differs, and can be stopped anywhere."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Render

from alerts.conftest import Command, Rules, environment_for, rule
from alerts.fake_sentry import FakeSentry
from alerts.test_generated_rules import CHANNELS, RULES
from fastapi_sentry.alerts.apply import apply_plan
from fastapi_sentry.alerts.client import SentryClient
from fastapi_sentry.alerts.plan import make_plan
from fastapi_sentry.alerts.rules import load_rules
from fastapi_sentry.alerts.service import Service

NAMES = sorted(
    f"example-service: {name}"
    for name in ("new issue", "regression", "error spike", "high user impact", "high error rate", "low severity")
)
PATIENCE = 30.0
"""Seconds until something that should happen is given up."""


@pytest.mark.parametrize("channel", CHANNELS)
def test_all_rules_on_a_channel_make_the_round_trip(
    channel: str, render: Render, command: Command, sentry: FakeSentry
) -> None:
    rules = render(alert_channels=[channel]) / "alerts"

    first = command("apply", "--yes", rules=rules, sentry=sentry)
    written = len(sentry.writes)
    plan = command("plan", rules=rules, sentry=sentry)
    second = command("apply", "--yes", rules=rules, sentry=sentry)

    assert (first.status, plan.status, second.status) == (0, 0, 0), (first, plan, second)
    assert sentry.names == NAMES
    assert len(sentry.writes) == written == len(RULES)
    assert second.out.endswith("0 unmanaged.\nNothing to do.\n")


def test_all_rules_on_all_channels_and_a_team_make_the_round_trip(
    render: Render, command: Command, sentry: FakeSentry
) -> None:
    rules = render(alert_channels=list(CHANNELS), alert_email_team="backend") / "alerts"

    assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
    assert command("plan", rules=rules, sentry=sentry).status == 0
    loud = sentry.by_name("example-service: high error rate")["actionFilters"][0]["actions"]
    assert sorted(action["type"] for action in loud) == sorted(CHANNELS)


def test_only_what_differs_is_written(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    a, b, c = (rule(name=f"example-service: {letter}") for letter in "abc")
    command("apply", "--yes", rules=rules.write(a, b), sentry=sentry)
    sentry.requests.clear()
    b["workflow"]["enabled"] = False

    result = command("apply", "--yes", rules=rules.write(a, b, c), sentry=sentry)

    path = "/api/0/organizations/my-org/workflows/"
    assert sentry.writes == [("PUT", f"{path}{sentry.by_name('example-service: b')['id']}/"), ("POST", path)]
    assert result.out.splitlines()[-3:] == [
        "[1/2] change example-service: b: done",
        "[2/2] create example-service: c: done",
        "Done: 1 created, 1 changed, 0 deleted, 1 left equal.",
    ]
    assert sentry.by_name("example-service: b")["enabled"] is False


def test_a_change_leaves_the_owner_to_sentry(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    alert = sentry.add(name="example-service: test", owner="team:1000001")

    command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    assert sentry.workflows[alert["id"]]["owner"] == "team:1000001"


def test_so_does_a_change_where_sentry_returns_the_owner_as_an_object(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    alert = sentry.add(name="example-service: test")
    alert["owner"] = {"type": "team", "id": "1000001", "name": "backend"}

    command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    assert sentry.workflows[alert["id"]]["owner"] == "team:1000001"


def test_a_disabled_rule_stays_disabled_when_something_else_changes(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    """Sentry switches a rule on again when a change does not say."""
    command("apply", "--yes", rules=rules.write(rule(enabled=False)), sentry=sentry)

    command("apply", "--yes", rules=rules.write(rule(enabled=False, environment=None)), sentry=sentry)

    assert sentry.by_name("example-service: test")["enabled"] is False
    assert sentry.by_name("example-service: test")["environment"] is None


def test_without_a_terminal_and_without_yes_nothing_happens(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    process = subprocess.run(
        command.process("apply", rules=rules.write(rule())),
        env=environment_for(sentry),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert process.returncode == 1
    assert "+ create  example-service: test" in process.stdout
    assert "error: There is no terminal to confirm on. Pass --yes to apply without confirmation.\n" in process.stderr
    assert sentry.writes == []


@pytest.mark.parametrize(
    ("typed", "status", "created"),
    [(b"y\n", 0, 1), (b"Yes\n", 0, 1), (b"\n", 1, 0), (b"n\n", 1, 0), (b"\x04", 1, 0)],
    ids=["y", "Yes", "enter", "n", "end of input"],
)
def test_on_a_terminal_it_asks_first(
    typed: bytes, status: int, created: int, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command.process("apply", rules=rules.write(rule())),
        env=environment_for(sentry),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    os.write(ours, typed)
    out, err = process.communicate(timeout=PATIENCE)
    os.close(ours)

    assert process.returncode == status, out + err
    assert "Apply this? [y/N]" in out
    assert len(sentry.writes) == created
    if not created:
        assert "Nothing was changed." in out


@pytest.mark.parametrize("stored", [False, True], ids=["before Sentry stores it", "after Sentry has stored it"])
def test_killed_between_two_creates_the_next_run_completes_without_a_duplicate(
    stored: bool, render: Render, command: Command, sentry: FakeSentry
) -> None:
    rules = Rules(render() / "alerts")
    sentry.trouble("POST", "/workflows/", "hang", skip=2, carried_out=stored)
    process = subprocess.Popen(
        command.process("apply", "--yes", rules=rules),
        env=environment_for(sentry),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: len(sentry.writes) == 3 and len(sentry.workflows) == 2 + stored)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=PATIENCE)
    sentry.release()

    again = command("apply", "--yes", rules=rules, sentry=sentry)

    assert again.status == 0, again
    assert f"{4 - stored} created, 0 changed, 0 deleted, {2 + stored} left equal." in again.out
    assert sentry.names == NAMES


def test_interrupted_it_says_how_far_it_came(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    rules.write(*(rule(name=f"example-service: {letter}") for letter in "abc"))
    sentry.trouble("POST", "/workflows/", "hang", skip=1)
    process = subprocess.Popen(
        command.process("apply", "--yes", rules=rules),
        env=environment_for(sentry),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell without job control starts what it puts in the background deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_until(lambda: len(sentry.writes) == 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    sentry.release()

    assert process.returncode == 1
    assert out.endswith("Done: 1 created, 0 changed, 0 deleted, 0 left equal.\n")
    assert "[2/3] create example-service: b: interrupted. Sentry may or may not have saved it." in err
    assert "1 not tried. The next `apply` continues here." in err
    assert "Traceback" not in err


def test_a_rule_that_sentry_refuses_does_not_keep_the_others_back(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    a, b, c = (rule(name=f"example-service: {letter}") for letter in "abc")
    b["workflow"]["actionFilters"][0]["actions"] = [{"type": "slack", "config": {"targetDisplay": "#gone"}}]

    result = command("apply", "--yes", rules=rules.write(a, b, c), sentry=sentry)

    assert result.status == 1
    assert "[2/3] create example-service: b: rejected\n" in result.out
    assert "Done: 2 created, 0 changed, 0 deleted, 0 left equal." in result.out
    told = r"b\.json: \$\.workflow\.actionFilters\.actions: Sentry says: Channel gone was not found\.\n"
    assert re.search(told, result.err), result
    assert sentry.names == ["example-service: a", "example-service: c"]


def test_sentrys_objections_are_shown_at_the_key_that_they_are_about(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    body = {
        "config": {"frequency": ["Too often."]},
        "actionFilters": [{"conditions": ["Not this one."]}],
        "detectorIds": ["Not yours."],
        "nonFieldErrors": ["Something else."],
    }
    sentry.trouble("POST", "/workflows/", "status", status=400, body=body)

    result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    where = f"error: {rules.folder}/a.json: $"
    assert sorted(line for line in result.err.splitlines() if line.startswith("error: ")) == [
        f"{where}.monitor: Sentry says: Not yours.",
        f"{where}.workflow.actionFilters[0].conditions: Sentry says: Not this one.",
        f"{where}.workflow.config.frequency: Sentry says: Too often.",
        f"{where}.workflow: Sentry says: Something else.",
    ]


def test_the_limit_of_the_organization_stops_the_run_at_the_first_rule(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    sentry.max_workflows = 0

    rules.write(rule(name="example-service: a"), rule(name="example-service: b"))

    result = command("apply", "--yes", rules=rules, sentry=sentry)

    assert "a: Sentry rejected the rule: You may not exceed 0 workflows per organization." in result.err
    assert "1 not tried." in result.err
    assert len(sentry.writes) == 1


def test_what_an_old_server_forgets_is_noticed_at_once(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.forgets = {"environment"}

    result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    assert result.status == 1
    assert (
        "example-service: test: Sentry saved it with another workflow.environment. Run `plan` to see how." in result.err
    )


def test_what_a_newer_server_adds_is_no_fault(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.adds_to_data = {"threadReplies": True}
    rules.write(rule(actions=[{"type": "slack", "config": {"targetDisplay": "alerts"}}]))

    first = command("apply", "--yes", rules=rules, sentry=sentry)
    second = command("apply", "--yes", rules=rules, sentry=sentry)

    assert (first.status, second.status) == (0, 0), first
    assert len(sentry.writes) == 1


def test_two_runs_at_once_leave_one_alert(render: Render, sentry: FakeSentry) -> None:
    """Both have made their plan before one of them writes."""
    rules = load_rules(render() / "alerts").rules
    service = Service(Path(), organization="my-org", project="example-service")
    clients = [SentryClient(service, environment_for(sentry), 30, print, time.sleep) for _ in range(2)]
    plans = [make_plan(rules, client, "example-service: ") for client in clients]
    said: list[str] = []

    problems = [apply_plan(plan, client, said.append) for plan, client in zip(plans, clients, strict=True)]

    assert problems == [[], []]
    assert sentry.names == NAMES
    assert len([line for line in said if "Another run created" in line]) == 6
    for client in clients:
        client.http.close()


class TestPrune:
    """Nothing is ever deleted, unless it is named, was made here, and has lost its file."""

    GONE = "example-service: gone"

    def test_deletes_what_it_names_and_nothing_else(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        gone = sentry.add(name=self.GONE)
        sentry.add(name="example-service: gone, too")
        rules.write(rule())

        plan = command("plan", "--prune", self.GONE, rules=rules, sentry=sentry)
        result = command("apply", "--yes", "--prune", self.GONE, rules=rules, sentry=sentry)

        assert plan.status == 2
        assert f"- delete  {self.GONE} (alert {gone['id']})\n" in plan.out
        assert result.status == 0
        assert "1 deleted" in result.out
        assert sentry.names == ["example-service: gone, too", "example-service: test"]
        assert ("DELETE", f"/api/0/organizations/my-org/workflows/{gone['id']}/") in sentry.writes

    def test_never_the_whole_collection(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.add(name=self.GONE)

        command("apply", "--yes", "--prune", self.GONE, rules=rules.write(rule()), sentry=sentry)

        assert [path for method, path in sentry.writes if method == "DELETE" and path.endswith("/workflows/")] == []

    def test_not_what_others_made(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.add(name="Made by hand")

        result = command("apply", "--yes", "--prune", "Made by hand", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 1
        assert "--prune: `Made by hand` wasn't made by this tool. Delete it in Sentry" in result.err
        assert sentry.writes == []

    def test_not_what_has_a_file(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.add(name="example-service: test")
        sentry.add(name=self.GONE)

        result = command("plan", "--prune", "example-service: test", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 1
        assert "`example-service: test` isn't the name of an alert without a file." in result.err
        assert f"Alerts that can be deleted: `{self.GONE}`." in result.err

    def test_not_one_of_two(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.add(name=self.GONE)
        sentry.add(name=self.GONE)

        result = command("plan", "--prune", self.GONE, rules=rules.write(rule()), sentry=sentry)

        assert "is the name of several alerts" in result.err

    def test_not_what_watches_another_project_as_well(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.add(name=self.GONE, detectorIds=["3000001", "3000009"])

        result = command("plan", "--prune", self.GONE, rules=rules.write(rule()), sentry=sentry)

        assert "also watches monitors of other projects" in result.err

    def test_the_younger_twins_of_a_rule(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        """The duplicates that two runs at once can create."""
        name = "example-service: test"
        oldest, second, third = sentry.add(name=name), sentry.add(name=name), sentry.add(name=name)
        rules.write(rule())

        result = command("apply", "--yes", "--prune", name, rules=rules, sentry=sentry)

        assert result.status == 0, result
        assert f"- delete  {name} (alert {second['id']})\n- delete  {name} (alert {third['id']})\n" in result.out
        assert list(sentry.workflows) == [oldest["id"]]
        assert command("plan", rules=rules, sentry=sentry).status == 0

    def test_what_is_gone_meanwhile_is_gone(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.add(name=self.GONE)
        sentry.trouble("DELETE", "/workflows/", "status", status=404, body={"detail": "gone"})

        result = command("apply", "--yes", "--prune", self.GONE, rules=rules.write(rule()), sentry=sentry)

        assert result.status == 0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
