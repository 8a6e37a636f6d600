"""What the documents of a service say about its policy is what happens on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from service.privacy.conftest import POLICIES, Plant, Planted
from support.matrix import named

if TYPE_CHECKING:
    from conftest import Render

WORDS = {
    "keep": "kept",
    "filter": "kept, without credentials",
    "mask": "kept, with personal patterns masked",
    "hash": "a keyed hash",
    "registered": "only what is registered as safe",
    "template": "the format string of a record with arguments",
    "verb": "the verb of the statement, such as SELECT",
    "statement": "the statement without its values",
    "host": "scheme and host",
    "replace": "replaced by [Filtered]",
    "remove": "not sent",
}
LEAVES = {WORDS["keep"], WORDS["filter"]}
STAYS = {*WORDS.values()} - LEAVES

# By the beginning of a row of the table in docs/sentry.md: values that are planted in such data.
ROWS = {
    "The ID of the user": {"user id"},
    "Name, email, and IP address": {"user name", "user e-mail"},
    "Text of exceptions and messages": {"exception", "note", "chained exception", "grouped exception", "message"},
    "Text of log records": {"log message", "log argument", "log template"},
    "Tags, contexts, extra": {
        "tag",
        "context",
        "context in context",
        "extra",
        "breadcrumb data",
        "span attribute",
        "log extra",
    },
    "Names of spans": {"span name"},
    "SQL statements": {"SQL literal"},
    "URLs that the service calls": {"outgoing URL path", "outgoing URL query"},
    "URL, query, body": {"path parameter", "query", "header x-customer", "user agent", "body flat", "body nested"},
    "Local variables": {
        "local variable",
        "SQL parameter",
        "model prompt",
        "model answer",
        "task arguments",
        "host name",
    },
    "Attachments": {"attachment"},
    "Anything that this table doesn't list": {"unknown item"},
}

QUERIES, COMMANDS, MODELS = {"SQL literal", "SQL parameter"}, {"redis key"}, {"model prompt", "model answer"}
CALLS, PERSONAL = {"outgoing URL path", "outgoing URL query"}, {"user id", "user name", "user e-mail"}

# A sentence, the policies whose documents have it, the values that it is about, and whether they are sent.
SENTENCES = [
    ("Each query creates a span and a breadcrumb with its verb.", {"strict"}, QUERIES, False),
    (
        "Each query creates a span and a breadcrumb with the statement, without its values.",
        {"pseudonymous"},
        QUERIES,
        False,
    ),
    ("Each query creates a span and a breadcrumb with the statement and its values.", {"full"}, QUERIES, True),
    ("Each call creates a span and a breadcrumb, without its URL.", {"strict"}, CALLS, False),
    ("Each call creates a span and a breadcrumb, with scheme and host.", {"pseudonymous"}, CALLS, False),
    ("Each call creates a span and a breadcrumb, with its URL.", {"full"}, CALLS, True),
    (
        "Each command creates a span and a breadcrumb, without keys and values.",
        {"strict", "pseudonymous"},
        COMMANDS,
        False,
    ),
    ("Each command creates a span and a breadcrumb, with its keys and values.", {"full"}, COMMANDS, True),
    ("token counts; prompts and answers are not sent.", {"strict", "pseudonymous"}, MODELS, False),
    ("token counts, prompts and answers.", {"full"}, MODELS, True),
    ("`celery_task_id`, without their arguments,", {"strict", "pseudonymous"}, {"task arguments"}, False),
    ("`celery_task_id` and their arguments,", {"full"}, {"task arguments"}, True),
    ("The ID passed to `identify_user()` is sent as a keyed hash", {"pseudonymous"}, PERSONAL, False),
    ("What is passed to `identify_user()` is sent as it is.", {"full"}, PERSONAL, True),
]


@pytest.fixture(scope="module")
def documents(render: Render) -> Callable[[str], str]:
    """`documents("strict")` is all that a service with everything has in docs/, for that policy."""

    def documents(policy: str) -> str:
        project = render(**{**named()["everything"], "pii_policy": policy})
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted((project / "docs").iterdir()))

    return documents


def table(document: str) -> dict[str, str]:
    """The rows of the table of what is sent."""
    [rows] = re.findall(r"^\| Data \| What is sent \|\n\|---\|---\|\n((?:\|.*\n)+)", document, re.MULTILINE)
    return dict(re.findall(r"^\| (.+) \| (.+) \|$", rows, re.MULTILINE))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_table_is_the_one_that_the_code_follows(
    policy: str, documents: Callable[[str], str], sentry: Callable[[str], ModuleType]
) -> None:
    rows = [
        (f"{category.text[0].upper()}{category.text[1:]}", WORDS[category.methods[policy]])
        for category in sentry("scrubbing.policy").Category
    ]

    assert [*table(documents(policy)).items()] == rows


@pytest.mark.parametrize(("sdk", "policy"), [("2", "strict"), ("3", "pseudonymous"), ("2", "full"), ("3", "full")])
def test_the_documents_say_what_leaves(sdk: str, policy: str, plant: Plant, documents: Callable[[str], str]) -> None:
    planted = plant(sdk=sdk, policy=policy)
    document = documents(policy)

    _assert_table_holds(table(document), planted)
    _assert_sentences_hold(document, policy, planted)


def _assert_table_holds(rows: dict[str, str], planted: Planted) -> None:
    left = {*planted.leaked()}
    about = {row: names for row in rows for beginning, names in ROWS.items() if row.startswith(beginning)}
    assert len(about) == len(ROWS)
    assert {*rows.values()} <= LEAVES | STAYS
    assert {row: names & left for row, names in about.items() if rows[row] in STAYS and names & left} == {}
    assert {row: names - left for row, names in about.items() if rows[row] in LEAVES and names - left} == {}


def _assert_sentences_hold(document: str, policy: str, planted: Planted) -> None:
    left = {*planted.leaked()}
    for sentence, policies, names, leaves in SENTENCES:
        assert (sentence in document) == (policy in policies), sentence
        if policy in policies:
            assert names & left == (names if leaves else set()), sentence


@pytest.mark.parametrize(
    ("telemetry", "rate", "sentence"),
    [
        (["tracing"], 0.1, "about one request in 10 is sampled"),
        (["tracing"], 0.8, "about 80% of the requests are sampled"),
        (["tracing"], 1.0, "every request is sampled"),
        (["tracing"], 0.0, "only requests that the caller already sampled are traced"),
        ([], 0.1, "tracing is off"),
    ],
)
def test_the_share_of_requests_that_is_traced_is_the_one_of_the_answers(
    render: Render, telemetry: list[str], rate: float, sentence: str
) -> None:
    document = _sentry_md(render(telemetry=telemetry, traces_sample_rate=rate))

    [line] = [line for line in document.splitlines() if line.startswith("5. A trace: ")]
    assert sentence in line


@pytest.mark.parametrize("telemetry", [["tracing", "profiling", "logs"], []], ids=["all", "errors only"])
def test_each_variable_and_default_is_one_that_the_service_has(render: Render, telemetry: list[str]) -> None:
    project = render(python_version="3.12", telemetry=telemetry, error_sample_rate=0.5, traces_sample_rate=0.25)
    document = _sentry_md(project)

    assert "`SENTRY_SAMPLE_RATE` | tuning | Fraction of errors to send, 0 to 1. Default 0.5" in document
    assert "`SENTRY_TRACES_SAMPLE_RATE` | tuning | Fraction of requests to trace, 0 to 1. Default 0.25" in document
    assert f"`true` or `false`. Default {str(bool(telemetry)).lower()}." in document
    assert ("| `SENTRY_PROFILE_SESSION_SAMPLE_RATE` | tuning" in document) == bool(telemetry)


def test_notes_for_coding_agents_fit_on_a_screen(render: Render) -> None:
    notes = (render() / "AGENTS.md").read_text(encoding="utf-8")

    assert len(notes.splitlines()) <= 30
    assert "Never call `sentry_sdk.init()`" in notes


def _sentry_md(project: Path) -> str:
    return (project / "docs" / "sentry.md").read_text(encoding="utf-8")
