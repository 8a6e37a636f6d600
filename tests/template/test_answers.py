"""An answer that was given is never lost: not by an update, and not where it is no longer asked or has no meaning."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import copier
import pytest
from releases import RELEASES
from support.history import WORKING_TREE, commit_all, git
from support.questions import load, questions, rendered
from support.template import answers_of, run_copy
from support.updates import assert_nothing_to_resolve, from_releases, start, update

UNUSUAL: dict[str, Any] = {
    "project_name": "Payments & Refunds",
    "project_slug": "pay",
    "package_name": "payments_v2",
    "description": "Moves money.",
    "author_name": "Team Blue",
    "author_email": "blue@example.org",
    "python_version": "3.12",
    "license": "MIT",
    "components": ["job"],
    "sentry_host": "https://de.sentry.io",
    "telemetry": ["tracing", "profiling", "logs"],
    "integrations": ["redis"],
    "error_sample_rate": 0.5,
    "traces_sample_rate": 0.25,
    "profile_session_sample_rate": 0.75,
    "transaction_style": "url",
    "pii_policy": "strict",
    "sensitive_keys": ["patient"],
    "alerts": ["new_issue", "error_spike", "user_impact"],
    "sentry_org": "acme",
    "sentry_project": "money",
    "alert_environment": "live",
    "alert_spike_percent": 300,
    "alert_user_threshold": 7,
    "alert_event_threshold": 9,
    "alert_channels": ["email", "slack", "pagerduty", "discord", "msteams", "opsgenie"],
    "alert_email_team": "blue",
    "alert_slack_workspace": "Acme",
    "alert_slack_channel": "#money",
    "alert_pagerduty_account": "Acme",
    "alert_pagerduty_service": "Money",
    "alert_discord_server": "Acme",
    "alert_discord_channel": "123456789012345678",
    "alert_msteams_team": "Blue",
    "alert_msteams_channel": "Money",
    "alert_opsgenie_account": "Acme",
    "alert_opsgenie_team": "Blue",
    "deployment": ["systemd"],
    "ci": "gitlab",
}
"""Another answer than the default to each question of a service, as far as the releases ask it."""

BEFORE_0_4 = "0.3.0"
"""The last release that profiles on Python 3.11 and does not call a service like its folder."""

WITHOUT_MEANING: dict[str, Any] = {
    "telemetry": [],
    "traces_sample_rate": 0.25,
    "transaction_style": "url",
    "alerts": [],
    "sentry_org": "acme",
    "alert_channels": ["slack"],
    "alert_slack_channel": "#money",
    "alert_user_threshold": 7,
}
"""Answers that others leave without a meaning: no tracing, no alerts."""


def recorded(project: Path) -> dict[str, Any]:
    return {name: answer for name, answer in answers_of(project).items() if not name.startswith("_")}


def test_each_question_of_a_service_is_answered_unusually() -> None:
    asked = questions()
    assert {*asked} - {*UNUSUAL} == {"scope", "details", "package_path", "app_import", "renovate"}
    assert [name for name, answer in UNUSUAL.items() if answer == asked[name].default] == []


@pytest.mark.parametrize("version", [*from_releases(), WORKING_TREE])
def test_an_update_keeps_every_answer(version: str, history: Path, tmp_path: Path) -> None:
    project = start(history, version, tmp_path / "service", UNUSUAL)
    before = recorded(project)
    assert before.items() >= UNUSUAL.items()

    update(project)

    assert_nothing_to_resolve(project)
    assert recorded(project).items() >= before.items()


def test_an_answer_without_a_meaning_waits_until_it_has_one(history: Path, tmp_path: Path) -> None:
    project = start(history, WORKING_TREE, tmp_path / "service", WITHOUT_MEANING)
    assert recorded(project).items() >= WITHOUT_MEANING.items()
    assert "alert_environment" not in recorded(project)

    for change in ({}, {"alerts": ["new_issue"], "telemetry": ["tracing"]}):
        update(project, answers=change, vcs_ref=copier.VcsRef.CURRENT)
        assert_nothing_to_resolve(project)
        commit_all(project, "Update") if change else None
        assert recorded(project).items() >= {**WITHOUT_MEANING, **change}.items()

    assert (project / "alerts" / "new_issue.json").read_text(encoding="utf-8").count("#money") == 1


def test_details_can_be_switched_off_again(history: Path, tmp_path: Path) -> None:
    project = start(history, WORKING_TREE, tmp_path / "service", {**UNUSUAL, "details": True, "renovate": True})
    before = recorded(project)

    update(project, answers={"details": False}, vcs_ref=copier.VcsRef.CURRENT)

    assert recorded(project) == {**before, "details": False}


# PROFILING AND PYTHON 3.11 ----------------------------------------------------------------------

PROFILED: dict[str, Any] = {"telemetry": ["tracing", "profiling", "logs"], "profile_session_sample_rate": 0.75}
OFF = "Profiling was disabled because it can crash Python 3.11."


def updated(project: Path) -> str:
    """Return what an update prints."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        copier.run_update(project, defaults=True, overwrite=True, settings=copier.Settings())
    return printed.getvalue()


@pytest.mark.parametrize("version", [pytest.param("0.1.0", marks=pytest.mark.nightly), "0.3.0"])
def test_an_update_takes_profiling_off_python_3_11_and_says_so(version: str, history: Path, tmp_path: Path) -> None:
    project = start(history, version, tmp_path / "service", {**PROFILED, "python_version": "3.11"})
    before = recorded(project)

    said = updated(project)

    assert OFF in said
    assert_nothing_to_resolve(project)
    assert recorded(project).items() >= {**before, "telemetry": ["tracing", "logs"]}.items()


def test_profiling_can_be_had_back_with_python_3_12(history: Path, tmp_path: Path) -> None:
    project = start(history, BEFORE_0_4, tmp_path / "service", {**PROFILED, "python_version": "3.11"})
    before = recorded(project)
    update(project)
    commit_all(project, "Update")
    assert OFF not in updated(project)

    update(project, answers={**PROFILED, "python_version": "3.12"}, vcs_ref=copier.VcsRef.CURRENT)

    assert recorded(project).items() >= {**before, "python_version": "3.12"}.items()


def test_an_update_leaves_profiling_on_python_3_12(history: Path, tmp_path: Path) -> None:
    project = start(history, [*RELEASES][-1], tmp_path / "service", {**PROFILED, "python_version": "3.12"})

    said = updated(project)

    assert OFF not in said
    assert recorded(project).items() >= PROFILED.items()


# NAMES ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "name", "package"),
    [
        ("my-service", "My Service", "my_service"),
        ("orders", "Orders", "orders"),
        ("orders_api.v2", "Orders Api V2", "orders_api_v2"),
        ("Payments", "Payments", "payments"),
        # They name nothing.
        ("service", "Example Service", "example_service"),
        ("app", "Example Service", "example_service"),
        ("tmp7k2x_ab", "Example Service", "example_service"),
        ("tmp.Xy12AbCdEf", "Example Service", "example_service"),
        # They are no names, or taken.
        ("42", "Example Service", "example_service"),
        ("my 'service' ünd $HOME", "Example Service", "example_service"),
        ("łódź-api", "Łódź Api", "lodz_api"),
        ("json", "Example Service", "example_service"),
        ("a" * 61, "Example Service", "example_service"),
    ],
)
def test_a_service_is_called_like_its_folder(folder: str, name: str, package: str) -> None:
    answers = {"_folder_name": folder}
    for question in ("project_name", "project_slug", "package_name"):
        answers[question] = rendered(load()[question]["default"], answers)

    assert (answers["project_name"], answers["package_name"]) == (name, package)


def test_the_files_of_a_service_are_called_like_its_folder(working_tree: Path, tmp_path: Path) -> None:
    project = run_copy(working_tree, tmp_path / "my-service", {})

    assert (project / "src" / "my_service" / "main.py").is_file()


def test_a_service_keeps_its_name_where_its_folder_is_renamed(history: Path, tmp_path: Path) -> None:
    project = start(history, BEFORE_0_4, tmp_path / "orders", {})
    assert recorded(project)["package_name"] == "example_service"
    moved = project.rename(tmp_path / "invoices")

    update(moved)

    assert recorded(moved)["package_name"] == "example_service"
    assert git(moved, "status", "--porcelain", "src/invoices") == ""
