"""The questions are a contract: their names, their order, their defaults, and one sentence for each wrong answer."""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import copier
import hypothesis
import pytest
import yaml
from conftest import Render, SdkEnvironments
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from questions import page
from support import environments, matrix
from support.history import git
from support.questions import load, macro_value, questions, rendered, settings
from support.template import ROOT, answers_of, pyproject_of, run_copy

COMPUTED = [name for name, entry in load().items() if isinstance(entry, dict) and entry.get("when") is False]

CONTRACT = {
    "scope": ("str", "service"),
    "details": ("bool", False),
    "project_name": ("str", "Example Service"),
    "project_slug": ("str", "example-service"),
    "package_name": ("str", "example_service"),
    "package_path": ("str", "src/example_service"),
    "app_import": ("str", "example_service.main:app"),
    "description": ("str", "A FastAPI service that reports to Sentry."),
    "author_name": ("str", "Backend Team"),
    "author_email": ("str", "backend@example.com"),
    "python_version": ("str", "3.11"),
    "license": ("str", "Proprietary"),
    "components": ("str", []),
    "sentry_host": ("str", "https://sentry.io"),
    "telemetry": ("str", ["tracing"]),
    "integrations": ("str", ["sqlalchemy", "httpx2"]),
    "error_sample_rate": ("float", 1.0),
    "traces_sample_rate": ("float", 0.1),
    "profile_session_sample_rate": ("float", 0.1),
    "transaction_style": ("str", "endpoint"),
    "pii_policy": ("str", "pseudonymous"),
    "sensitive_keys": ("yaml", []),
    "alerts": (
        "str",
        ["new_issue", "regression", "error_spike", "user_impact", "high_error_rate", "low_severity"],
    ),
    "sentry_org": ("str", ""),
    "sentry_project": ("str", ""),
    "alert_environment": ("str", "production"),
    "alert_spike_percent": ("int", 200),
    "alert_user_threshold": ("int", 50),
    "alert_event_threshold": ("int", 100),
    "alert_channels": ("str", ["email"]),
    "alert_email_team": ("str", ""),
    "alert_slack_workspace": ("str", ""),
    "alert_slack_channel": ("str", "#alerts"),
    "alert_pagerduty_account": ("str", ""),
    "alert_pagerduty_service": ("str", "example-service"),
    "alert_discord_server": ("str", ""),
    "alert_discord_channel": ("str", "100000000000000000"),
    "alert_msteams_team": ("str", ""),
    "alert_msteams_channel": ("str", "General"),
    "alert_opsgenie_account": ("str", ""),
    "alert_opsgenie_team": ("str", "example-service"),
    "deployment": ("str", ["compose"]),
    "ci": ("str", "github"),
    "renovate": ("bool", False),
}
"""Name: type and default, in the order of asking. What stands here is never renamed or given another type."""

ASKED = [
    *("scope", "details", "project_name", "package_name", "python_version", "components", "sentry_host", "telemetry"),
    *("integrations", "pii_policy", "alerts", "alert_channels", "deployment", "ci"),
]
"""What a person is asked who accepts every default: 14 at most."""

ASKED_FOR_A_LAYER = [
    *("scope", "details", "project_name", "package_name", "package_path", "app_import", "python_version"),
    *("sentry_host", "telemetry", "integrations", "pii_policy", "alerts", "alert_channels"),
]

PRINTABLE_80 = "Use 1 to 80 printable characters."
PRINTABLE_200 = "Use 1 to 200 printable characters."
SLUG = "Use a-z, 0-9, -; start with a-z."
SLUG_LENGTH = "Use at most 60 characters."
PACKAGE = "Use a-z, 0-9, _; start with a-z."
PACKAGE_LENGTH = "Use at most 68 characters."
HELD = "The destination isn't empty: "
COPY = (sys.executable, "-m", "copier", "copy", "--defaults")

TAKEN = "This name would shadow a module."
WINDOWS = "This name is reserved on Windows."
EMAIL = "Use the form team@example.com."
HOST = "Use a URL like https://sentry.io."
RATE = "Must be 0.0 to 1.0."
KEY_LIST = "Use a list such as [patient_id]."
KEY_NAMES = "Use letters, digits, _, -, and ."
KEY_COUNT = "Use at most 50 keys."
SENTRY_SLUG = "Use the slug: a-z, 0-9, - and _."
TEAM_SLUG = "Use the slug (a-z, 0-9, -, _)."
ENVIRONMENT = "Use a name like production."
SPIKE = "Use 10 to 100000."
USERS = "Use 1 to 1000000."
EVENTS = "Use 2 to 1000000."
CHANNELS = "Select a channel, or no alerts."
SLACK_CHANNEL = "Use a name like #alerts."
DISCORD_CHANNEL = "Use the ID: 17-20 digits."
NAME = "Use its name in Sentry."
PROFILING = "Profiling requires tracing."
OLD_PYTHON = "Profiling requires Python 3.12+."
PATH = "Use a path like src/my_package."
FOR_A_LAYER = "Only valid with scope=layer."
APP = "Use the form app.main:app."
LAYER_PACKAGE = "Use a name like my_package."
FLAG = "Use yes or no."
BOT = "aiogram needs Python 3.14 or older."

REFUSED: list[tuple[str, Any, str]] = [
    *((question, text, FLAG) for question in ("details", "renovate") for text in ("nope", "maybe", "", "2")),
    *(
        ("project_name", text, PRINTABLE_80)
        for text in ("", " ", "a" * 81, "a\nb", "a\tb", "a\x7f", "a\u2028b", "a\u202eb")
    ),
    *(("project_slug", text, SLUG) for text in ("", "A", "1a", "a_b", "a--b", "-a", "a-", "a\n", "../a", "é")),
    ("project_slug", "a" * 61, SLUG_LENGTH),
    *(("package_name", text, PACKAGE) for text in ("", "A", "1a", "a-b", "a__b", "_a", "a_", "a\n")),
    ("package_name", "a" * 69, PACKAGE_LENGTH),
    *(("package_name", text, PACKAGE) for text in (".git", "../a", "/a", "a/b", "a.b", "{{ 7*7 }}", "é")),
    *(("package_name", text, TAKEN) for text in ("class", "json", "fastapi", "sentry_sdk", "tests")),
    *(("package_name", text, WINDOWS) for text in ("con", "nul", "com1", "lpt9")),
    *(("description", text, PRINTABLE_200) for text in ("", " ", "a" * 201, "a\nb", "a\x00b", "\ufeffa")),
    *(("author_name", text, PRINTABLE_80) for text in ("", " ", "a" * 81, "a\rb", "a\u2066b", "\ud800")),
    *(
        ("author_email", text, EMAIL)
        for text in ("", "team", "team@", "@example.com", "a b@example.com", 'a"@example.com')
    ),
    *(("author_email", text, EMAIL) for text in ("a@example", "a@example.com\n", "a@b@example.com")),
    *(("sentry_host", text, HOST) for text in ("", "sentry.io", "ftp://sentry.io", "https://", "https://sentry.io/")),
    *(
        ("sentry_host", text, HOST)
        for text in ("https://key@sentry.io", "https://a b", "https://sentry.io\n", 'https://a"b')
    ),
    ("telemetry", ["profiling"], PROFILING),
    ("telemetry", ["profiling", "logs"], PROFILING),
    ("telemetry", ["tracing", "profiling"], OLD_PYTHON),
    *(("error_sample_rate", number, RATE) for number in ("1.5", "-1", "nan", "inf", -0.001)),
    *(("traces_sample_rate", number, RATE) for number in ("1.5", "-1", "nan", "inf", 1.001)),
    *(("profile_session_sample_rate", number, RATE) for number in ("1.5", "-1", "nan", "-inf")),
    *(("sensitive_keys", text, KEY_LIST) for text in ("customer_number", "{a: b}", "[1]", "[[a]]", "3", "null")),
    *(
        ("sensitive_keys", text, KEY_NAMES)
        for text in ("[a b]", '["a\\"b"]', '[""]', "[1a]", '["a\\n"]', f"[{'a' * 61}]")
    ),
    ("sensitive_keys", [f"key{number}" for number in range(51)], KEY_COUNT),
    *(("sentry_org", text, SENTRY_SLUG) for text in ("A", "a b", "-a", "a/b", "a\n", "é", "a" * 101)),
    *(("sentry_project", text, SENTRY_SLUG) for text in ("A", "a.b", 'a"b', "a\n")),
    *(("alert_environment", text, ENVIRONMENT) for text in ("", "none", "None", "a/b", " a", "a\n", "a" * 65)),
    *(("alert_spike_percent", number, SPIKE) for number in (9, -1, 100_001)),
    *(("alert_user_threshold", number, USERS) for number in (0, -1, 1_000_001)),
    *(("alert_event_threshold", number, EVENTS) for number in (1, 0, -1, 1_000_001)),
    ("alert_channels", [], CHANNELS),
    *(("alert_email_team", text, TEAM_SLUG) for text in ("A", "a b", "#a", "a\n", "-")),
    *(("alert_slack_channel", text, SLACK_CHANNEL) for text in ("", "#", "Alerts", "a b", "a.b", "@a", "a" * 81)),
    *(("alert_discord_channel", text, DISCORD_CHANNEL) for text in ("", "alerts", "1" * 16, "1" * 21)),
    *(
        (f"alert_{name}", text, NAME)
        for name in ("slack_workspace", "pagerduty_account", "discord_server", "msteams_team", "opsgenie_account")
        for text in (" a", "a\u202eb")
    ),
    *(
        (f"alert_{name}", text, NAME)
        for name in ("pagerduty_service", "msteams_channel", "opsgenie_team")
        for text in ("", "a" * 101)
    ),
]

ACCEPTED: list[tuple[str, Any]] = [
    *(("project_name", text) for text in ("A", "a" * 80, "Café \U0001f680", "'\"\\", "{{ 7*7 }}", "{% raw %}")),
    *(("project_slug", text) for text in ("a", "a1-b2", "a" * 60)),
    *(("package_name", text) for text in ("a", "a1_b2", "a" * 68, "classes", "com10")),
    *(("author_email", text) for text in ("a@b.c", "first.last+tag@mail.example.co.uk")),
    *(("sentry_host", text) for text in ("http://localhost:9000", "https://sentry.example.com", "http://10.0.0.1")),
    *(("error_sample_rate", number) for number in (0, 1, "0.5", "1e-3")),
    *(("sensitive_keys", keys) for keys in ([], ["a", "X-Customer-Number"], ["customer.number"])),
    *(("sentry_org", text) for text in ("", "a", "9_lives", "a" * 100)),
    *(("alert_environment", text) for text in ("live", "Prod.eu-1")),
    *(("alert_event_threshold", number) for number in (2, 1_000_000)),
]


def readable(value: object) -> str:
    """A short test id in ASCII."""
    return ascii(value).strip("'")[:30]


def test_questions_are_those_of_the_contract_in_its_order() -> None:
    assert list(questions()) == list(CONTRACT)


def test_types_are_those_of_the_contract() -> None:
    assert {name: question.type for name, question in questions().items()} == {
        name: type_ for name, (type_, _) in CONTRACT.items()
    }


def test_defaults_are_those_of_the_contract(render: Render) -> None:
    # What has no meaning among the other answers is not recorded; here all has but what a layer alone is asked.
    remembered = answers_of(render(**matrix.named()["everything"]))
    remembered |= {name: rendered(questions()[name].default, remembered) for name in ("package_path", "app_import")}
    # These were given.
    defaults = {
        name: asked.default if asked.multiselect or name == "python_version" else remembered[name]
        for name, asked in questions().items()
    }

    assert defaults == {name: default for name, (_, default) in CONTRACT.items()}


def test_every_question_with_choices_has_its_default_among_them() -> None:
    for question in questions().values():
        if question.choices:
            chosen = question.default if question.multiselect else [question.default]
            assert set(chosen) <= set(question.choices), question.name


def asked_of(**answers: object) -> list[str]:
    """What a person is asked who accepts every default but these."""
    given: dict[str, Any] = {name: default for name, (_, default) in CONTRACT.items()} | answers
    return [name for name, question in questions().items() if question.is_asked(given)]


def test_a_person_who_accepts_the_defaults_is_asked_14_questions_at_most() -> None:
    assert asked_of() == ASKED
    assert len(ASKED) <= 14


def test_a_layer_is_asked_for_what_it_needs() -> None:
    assert asked_of(scope="layer") == ASKED_FOR_A_LAYER


def test_with_details_everything_that_applies_is_asked() -> None:
    asked = asked_of(
        details=True,
        telemetry=["tracing", "profiling"],
        alert_channels=list(questions()["alert_channels"].choices),
    )
    assert asked == [name for name in CONTRACT if name not in ("package_path", "app_import")]


@pytest.mark.parametrize("channel", [name for name in questions()["alert_channels"].choices if name != "email"])
def test_a_chosen_channel_is_asked_for_its_target(channel: str) -> None:
    targets = [name for name in CONTRACT if name.startswith(f"alert_{channel}_")]
    assert targets
    assert [name for name in asked_of(alert_channels=[channel]) if name not in ASKED] == targets
    assert not set(targets) & set(asked_of(alert_channels=["email"]))
    assert not set(targets) & set(asked_of(alerts=[], alert_channels=[channel], details=True))


def test_the_help_of_every_question_fits_a_terminal() -> None:
    # Copier cuts the line; its sign takes three of the 80 columns.
    for name, question in questions().items():
        for scope in ("service", "layer"):
            assert 5 < len(rendered(question.help, {"scope": scope})) <= 75, name


def test_every_choice_fits_a_terminal() -> None:
    for name, entry in load().items():
        if not name.startswith("_") and isinstance(entry.get("choices"), dict):
            # The pointer and the circle take five columns.
            assert [label for label in entry["choices"] if len(label) > 75] == [], name


def test_nothing_that_is_asked_is_a_secret() -> None:
    assert "_secret_questions" not in settings()
    suspicious = [name for name in questions() if re.search(r"dsn|token|password|secret", name)]
    assert not suspicious


@pytest.mark.parametrize(("question", "answer", "sentence"), REFUSED, ids=readable)
def test_a_wrong_answer_ends_in_one_sentence_and_leaves_nothing(
    question: str, answer: object, sentence: str, working_tree: Path, tmp_path: Path
) -> None:
    destination = tmp_path / "service"

    with pytest.raises(ValueError, match="Validation error for question") as refusal:
        run_copy(working_tree, destination, {question: answer})

    assert str(refusal.value) == f"Validation error for question '{question}': {sentence}"
    assert not destination.exists()


def test_every_validator_has_a_wrong_answer_in_these_tests() -> None:
    checked = {name for name, question in questions().items() if question.validator}
    # It takes two answers to be wrong about these: the next tests.
    assert checked - {"components", "package_path", "app_import"} == {name for name, _, _ in REFUSED}


def test_a_bot_does_not_go_with_a_python_that_its_library_lacks(working_tree: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(BOT)):
        run_copy(working_tree, tmp_path / "service", {"python_version": "3.15", "components": ["aiogram_bot"]})

    assert not (tmp_path / "service").exists()


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        *(
            ("package_path", text, PATH)
            for text in ("", "/app", "../app", "src/", "a//b", ".git/app", "a\\b", "a b", "a\n")
        ),
        *(("app_import", text, APP) for text in ("", "app", "app.main", "app.main:", ":app", "a b:app", "app:app\n")),
        *(("package_name", text, LAYER_PACKAGE) for text in ("", "a-b", "1a", "a..b", "a/b", "a\n")),
    ],
    ids=readable,
)
def test_a_wrong_answer_about_a_layer_ends_in_one_sentence(
    question: str, answer: str, sentence: str, working_tree: Path, tmp_path: Path
) -> None:
    refused = re.escape(f"Validation error for question '{question}': {sentence}")

    with pytest.raises(ValueError, match=f"^{refused}$"):
        run_copy(
            working_tree,
            tmp_path / "service",
            {"scope": "layer", "package_name": "mine", "package_path": "mine", question: answer},
        )

    assert not (tmp_path / "service").exists()


@pytest.mark.parametrize(
    ("given", "module", "package", "path", "app"),
    [
        ({}, "src/my_service/main.py", "my_service", "src/my_service", "my_service.main:app"),
        ({"package_path": "app"}, "app/main.py", "app", "app", "app.main:app"),
        ({"package_name": "api.core"}, "src/api/core/main.py", "api.core", "src/api/core", "api.core.main:app"),
        (
            {"package_path": "backend/app", "app_import": "app.api:make"},
            *("backend/app/api.py", "app", "backend/app", "app.api:make"),
        ),
    ],
)
def test_a_layer_finds_its_package(
    given: dict[str, str], module: str, package: str, path: str, app: str, working_tree: Path, tmp_path: Path
) -> None:
    there = tmp_path / "my-service" / module
    there.parent.mkdir(parents=True)
    there.write_text("from fastapi import FastAPI\n\napp = FastAPI()\n", encoding="utf-8")
    (there.parent / "__init__.py").touch()

    project = run_copy(working_tree, tmp_path / "my-service", {"scope": "layer", **given})

    answers = yaml.safe_load((project / ".copier-answers.sentry.yml").read_text(encoding="utf-8"))
    assert (answers["package_name"], answers["package_path"], answers["app_import"]) == (package, path, app)
    assert not {"components", "deployment", "ci", "license", "author_name"} & answers.keys()
    assert there.read_text(encoding="utf-8") == "from fastapi import FastAPI\n\napp = FastAPI()\n"


def test_a_layer_goes_where_files_are(working_tree: Path, tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "service" / "main.py").write_text("app = FastAPI()", encoding="utf-8")

    run_copy(working_tree, tmp_path / "service", {"scope": "layer", "app_import": "main:app"})

    assert (tmp_path / "service" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_the_path_of_a_service_is_no_answer(working_tree: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^Validation error for question 'package_path': {FOR_A_LAYER}$"):
        run_copy(working_tree, tmp_path / "service", {"package_path": "app"})

    assert not (tmp_path / "service").exists()


def test_a_layer_needs_a_service(working_tree: Path, tmp_path: Path) -> None:
    # No default where no package is on the disk.
    sentence = 'Question "package_name" is required'

    with pytest.raises(ValueError, match=f"^{sentence}$"):
        run_copy(working_tree, tmp_path / "orders", {"scope": "layer"})

    assert not (tmp_path / "orders").exists()


@pytest.mark.parametrize("file", ["notes.txt", "src/main.py"])
@pytest.mark.parametrize("folder", ["service", "service [2]"])
def test_a_target_that_holds_files_is_left_as_it_is(folder: str, file: str, working_tree: Path, tmp_path: Path) -> None:
    held = tmp_path / folder / file
    held.parent.mkdir(parents=True)
    held.write_text("mine", encoding="utf-8")

    with pytest.raises(
        ValueError, match=rf"^Validation error for question 'project_name': {re.escape(HELD + held.name)}[.]$"
    ):
        run_copy(working_tree, tmp_path / folder, {})

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [held]
    assert held.read_text(encoding="utf-8") == "mine"


def test_a_target_may_be_a_repository_without_files(working_tree: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "service")

    run_copy(working_tree, tmp_path / "service", {})

    assert (tmp_path / "service" / "pyproject.toml").is_file()


def test_every_sentence_fits_a_terminal_behind_the_name_of_its_question() -> None:
    # Copier cuts what is longer than the terminal is wide.
    said = {(name, sentence) for name, _, sentence in REFUSED} | {
        ("project_name", HELD),
        ("components", BOT),
        ("package_path", PATH),
        ("package_path", FOR_A_LAYER),
        ("app_import", APP),
        ("package_name", LAYER_PACKAGE),
    }
    lines = [f"Validation error for question '{name}': {sentence}" for name, sentence in said]
    assert [line for line in lines if len(line) > 80] == []
    assert {name for name, _ in said} == {name for name, question in questions().items() if question.validator}


def test_every_sentence_of_a_validator_is_said_in_these_tests() -> None:
    """So that none escapes the check of its length."""
    said = {sentence for _, _, sentence in REFUSED} | {HELD, BOT, PATH, FOR_A_LAYER, APP, LAYER_PACKAGE}
    written = {
        sentence
        for question in questions().values()
        for sentence in re.findall(
            r"[%}-]}\s*((?:Must|Only|Select|Use|Profiling|This|aiogram) [^{]*?)\s*{%", question.validator
        )
    }
    assert len(written) > 20
    assert written <= said


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (question.name, ["nonsense"] if question.multiselect else "nonsense")
        for question in questions().values()
        if question.choices
    ],
)
def test_what_is_no_choice_is_refused_and_leaves_nothing(
    question: str, answer: object, working_tree: Path, tmp_path: Path
) -> None:
    destination = tmp_path / "service"

    with pytest.raises(ValueError, match=f"^Invalid choice for '{question}': 'nonsense' is not in "):
        run_copy(working_tree, destination, {question: answer})

    assert not destination.exists()


@pytest.mark.parametrize("question", [name for name, (type_, _) in CONTRACT.items() if type_ in ("float", "int")])
@pytest.mark.parametrize("answer", ["abc", ""])
def test_what_is_no_number_is_refused_and_leaves_nothing(
    question: str, answer: str, working_tree: Path, tmp_path: Path
) -> None:
    destination = tmp_path / "service"

    with pytest.raises(ValueError, match=r"could not convert string to float|invalid literal"):
        run_copy(working_tree, destination, {question: answer})

    assert not destination.exists()


@pytest.mark.parametrize(("question", "answer"), ACCEPTED, ids=readable)
def test_a_right_answer_is_accepted_and_remembered(question: str, answer: object, render: Render) -> None:
    remembered = answers_of(render(**{question: answer}))[question]
    assert remembered == (float(answer) if questions()[question].type == "float" else answer)  # type: ignore[arg-type]


def test_the_command_line_ends_with_the_sentence(working_tree: Path, tmp_path: Path) -> None:
    command = [*COPY, "-d", "package_name=json", str(working_tree), "service"]

    result = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == f"ValueError: Validation error for question 'package_name': {TAKEN}"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "slug", "package"),
    [
        ("Payments API v2", "payments-api-v2", "payments_api_v2"),
        ("  42 Crabs & Co. ", "crabs-co", "crabs_co"),
        ("Überweisung", "uberweisung", "uberweisung"),
        ("U\u0308berweisung", "uberweisung", "uberweisung"),
        ("Łódź & Sons 42", "lodz-sons-42", "lodz_sons_42"),
        ("Großküche Ærø", "grosskuche-aero", "grosskuche_aero"),
        ("İstanbul Ağı", "istanbul-agi", "istanbul_agi"),  # noqa: RUF001
        ("Thanh toán điện tử", "thanh-toan-dien-tu", "thanh_toan_dien_tu"),
        ("Сервис оплаты", "servis-oplaty", "servis_oplaty"),
        ("Υπηρεσία", "ypiresia", "ypiresia"),
        ("Zoë's Café", "zoes-cafe", "zoes_cafe"),
        ("🚀 Rocket", "rocket", "rocket"),
        ("東京", "service", "service"),
        ("🚀", "service", "service"),
        ("{{ 7*7 }}", "service", "service"),
        ("2048", "service", "service"),
        ("JSON", "json", "json_service"),
        ("Class", "class", "class_service"),
        ("FastAPI", "fastapi", "fastapi_service"),
        ("Requests", "requests", "requests_service"),
        ("COM1", "com1", "com1_service"),
        ("a" * 70, "a" * 60, "a" * 60),
    ],
)
def test_names_are_derived_from_the_name_of_the_service(name: str, slug: str, package: str) -> None:
    assert derived(name) == (slug, package)


@hypothesis.settings(deadline=None)
@given(name=st.text(min_size=1, max_size=80))
def test_a_derived_name_is_never_refused(name: str) -> None:
    slug, package = derived(name)

    assert questions()["project_slug"].refusal({"project_slug": slug}) == ""
    assert questions()["package_name"].refusal({"package_name": package}) == ""


@hypothesis.settings(deadline=None)
@given(folder=st.text(min_size=1, max_size=80))
@example("json")
@example("łódź_api")
@example("a" * 61)
def test_the_name_of_a_folder_is_never_refused(folder: str) -> None:
    name = rendered(load()["project_name"]["default"], {"_folder_name": folder})

    assert questions()["project_name"].refusal({"project_name": name}) == ""


def derived(name: str) -> tuple[str, str]:
    """The slug and the package that a service with this name gets by default."""
    slug = rendered(load()["project_slug"]["default"], {"project_name": name})
    return slug, rendered(load()["package_name"]["default"], {"project_slug": slug})


# RESERVED NAMES ---------------------------------------------------------------------------------


def reserved() -> set[str]:
    return set(macro_value("macros/reserved.jinja", "names"))


def could_be_a_package(name: str) -> bool:
    """Whether the pattern of `package_name` admits it, so that only the list can keep it away."""
    return re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) is not None


def test_no_package_is_called_like_a_keyword() -> None:
    keywords = {name for name in (*keyword.kwlist, *keyword.softkwlist) if could_be_a_package(name)}
    assert keywords - reserved() == set()


@pytest.mark.parametrize("version", environments.pythons())
def test_no_package_shadows_the_standard_library(version: str) -> None:
    show = "import sys; print(*sys.stdlib_module_names)"
    listed = subprocess.run(
        [environments.pythons()[version], "-Ic", show], check=True, capture_output=True, text=True
    ).stdout.split()

    assert {name for name in listed if could_be_a_package(name)} - reserved() == set()


def test_no_package_shadows_what_the_service_depends_on(render: Render, full_environments: SdkEnvironments) -> None:
    pyproject = pyproject_of(render(**matrix.named()["everything"]))
    listed = [*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["dev"]]
    installed = {canonicalize_name(Requirement(line).name) for line in listed}
    # Stubs are never imported.
    direct = {name for name in installed if not name.endswith(("-stubs", "-types"))}
    show = "import importlib.metadata as m, json; print(json.dumps(m.packages_distributions()))"
    shown = subprocess.run([full_environments["2"], "-Ic", show], check=True, capture_output=True, text=True).stdout
    imported: dict[str, list[str]] = json.loads(shown)

    by_distribution = {canonicalize_name(owner): name for name, owners in imported.items() for owner in owners}
    assert direct <= by_distribution.keys()

    names = {name for name, owners in imported.items() if direct & set(map(canonicalize_name, owners))}
    assert {name for name in names if could_be_a_package(name)} - reserved() == set()


def test_the_names_that_unknown_ones_are_told_from_are_the_questions() -> None:
    assert macro_value("macros/questions.jinja", "names") == [*questions()]
    assert macro_value("macros/questions.jinja", "computed") == COMPUTED


def test_an_answer_that_nothing_asks_for_is_named(working_tree: Path, tmp_path: Path) -> None:
    command = [*COPY, "-d", "traces_samplerate=1", "-d", "project_name=Shop", str(working_tree), "service"]

    result = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    told = [line for line in result.stderr.splitlines() if line.startswith("Unknown answer ")]
    assert told == ['Unknown answer "traces_samplerate" is ignored. Is it misspelled?']


@pytest.mark.parametrize("name", COMPUTED)
def test_an_answer_that_follows_from_others_is_refused(
    name: str, working_tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=f"'{name}': This value is computed and can't be set."):
        copier.run_copy(
            str(working_tree), tmp_path / "service", {name: False}, defaults=True, settings=copier.Settings()
        )

    assert "is ignored" not in capsys.readouterr().err
    assert not (tmp_path / "service").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("- a\n- b\n", "", id="a list"),
        pytest.param("traces_sample_rate: [1]\n", "", id="a list for a number"),
        pytest.param("pii_policy: lax\n", "Invalid choice for 'pii_policy': 'lax' is not in", id="an unknown choice"),
        pytest.param("package_name: json\n", f"question 'package_name': {TAKEN}", id="a refused answer"),
    ],
)
def test_a_wrong_data_file_is_refused_and_leaves_nothing(
    content: str, sentence: str, working_tree: Path, tmp_path: Path
) -> None:
    (tmp_path / "answers.yml").write_text(content, encoding="utf-8")
    command = [*COPY, "--data-file", "answers.yml", str(working_tree), "service"]

    result = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert result.returncode != 0
    assert sentence in result.stderr.splitlines()[-1]
    assert not (tmp_path / "service").exists()


def test_a_data_file_that_is_missing_is_named(working_tree: Path, tmp_path: Path) -> None:
    command = [*COPY, "--data-file", "answers.yml", str(working_tree), "service"]

    result = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert result.returncode != 0
    assert "answers.yml is not a file" in result.stdout + result.stderr
    assert not (tmp_path / "service").exists()


def test_the_page_of_the_questions_is_up_to_date() -> None:
    assert (ROOT / "docs" / "questions.md").read_text(encoding="utf-8") == page(), "Run scripts/questions.py."


def test_the_page_of_the_questions_has_each_once() -> None:
    assert re.findall(r"(?m)^\| `(\w+)`", page()) == list(CONTRACT)


def test_the_page_of_the_questions_says_what_is_asked() -> None:
    rows = {
        row[0].strip("`"): row for row in (line.strip("| ").split(" | ") for line in page().splitlines()) if row[1:]
    }
    assert [name for name in CONTRACT if rows[name][-1] == "always"] == ASKED
    assert {rows[name][-1] for name in ("package_path", "app_import")} == {"for a layer"}
    assert rows["alert_slack_channel"][-1] == "with `slack`"
    for name, (_, default) in CONTRACT.items():
        values = default if isinstance(default, list) else [default]
        for value in values:
            assert str(value) in rows[name][-2] or isinstance(value, bool), name
