"""The answers that are tried: a few named sets, and rows in which each pair of choices meets at least once.

All is derived from copier.yml, so a new question joins by itself. A question in free words joins with its
default alone until `SAMPLES` has something for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product
from random import Random
from typing import Any, Final

from .questions import Question, questions, variables

SAMPLES: Final[Mapping[str, tuple[Any, ...]]] = {
    "project_name": ("Example Service", 'Zoë\'s "Café" \\ \U0001f680 #1 %(x)s ${HOME}', "\u6771" * 80),
    "project_slug": ("example-service", "a", "payments-and-refunds-of-the-european-subsidiaries-gateway-v2"),
    "package_name": ("example_service", "p", "payments_and_refunds_of_the_european_subsidiaries_gateway_v2_service"),
    "description": ("A FastAPI service that reports to Sentry.", 'Says "it\'s" \\n, \U0001f600: [a] {b} <c> & # d' * 4),
    "author_name": ("Backend Team", 'Søren "Ø" O\'Neil \\ 東京'),
    # As YAML, which is how it is typed.
    "sensitive_keys": ("[]", "[customer_number]", f"[Patient.Name, {'long-' * 11}1, {'long-' * 11}2]"),
    "sentry_host": ("https://sentry.io", "https://de.sentry.io", "http://localhost:9000"),
    "sentry_org": ("example-org", "9_lives"),
    "sentry_project": ("example-service", "a"),
    "alert_environment": ("production", "Prod.eu-1"),
    "alert_email_team": ("", "backend"),
    "alert_slack_workspace": ("", 'Zoë\'s "Café" \\ \U0001f680'),
    "alert_slack_channel": ("#alerts", "größe-1"),
    "alert_pagerduty_service": ("example-service", '{{ "a" }} \\n'),
    "alert_msteams_channel": ("General", "東京"),
    "alert_opsgenie_team": ("example-service", "it's %(x)s ${HOME}"),
}

Row = dict[str, Any]

_CHOICE: Final = "{}={}"


@cache
def named() -> dict[str, Row]:
    """Sets that are easy to talk about. "nothing" and "everything" are about the questions with several choices."""
    several = [question for question in questions().values() if question.multiselect]
    return {
        "defaults": {},
        "nothing": {question.name: [] for question in several},
        # Profiling is not to be had on the oldest Python.
        "everything": {question.name: list(question.choices) for question in several} | {"python_version": "3.12"},
    }


@cache
def pairwise() -> tuple[Row, ...]:
    """Rows that hold every pair of values of any two questions, as far as the conditions of copier.yml admit it.

    Greedy and seeded, so always the same. A library would do, but the one that knows conditions (covertable) takes two
    minutes for this many questions.
    """
    # Of these rows each is a service, and all questions are answered.
    asked = {name: question for name, question in questions().items() if name not in ("scope", "details")}
    factors = dict(_factors(asked))
    ordered = [pair for row in combinations(factors, 2) for pair in _pairs_of(*row, factors)]
    wanted = set(ordered)
    choose = Random(0)  # noqa: S311
    rows: list[Row] = []
    for pair in ordered:
        if pair not in wanted:
            continue
        candidates = [row for row in _candidates(pair, asked, factors, choose) if set(pair) <= row.items()]
        best = max(candidates, key=lambda row: len(wanted & _pairs_in(row)), default=None)
        # Where no candidate holds the pair, the conditions do not admit it.
        wanted -= {pair} if best is None else _pairs_in(best)
        if best is not None:
            rows.append(_answers(asked, best))
    return tuple(rows)


def with_each_value(rows: Mapping[str, Row]) -> list[str]:
    """The names of a few of these rows that hold every answer, and every choice, that any of them holds."""
    held = {
        name: {
            (question, repr(one))
            for question, answer in row.items()
            for one in (answer if answer and isinstance(answer, list) else [answer])
        }
        for name, row in rows.items()
    }
    wanted = set().union(*held.values())
    chosen = []
    while wanted:
        best = max(held, key=lambda name: len(held[name] & wanted))
        wanted -= held[best]
        chosen.append(best)
    return chosen


Pair = tuple[tuple[str, Any], tuple[str, Any]]
"""In the order of the factors, which is that of every row."""


def _pairs_of(one: str, other: str, factors: Mapping[str, list[Any]]) -> Iterator[Pair]:
    for first, second in product(factors[one], factors[other]):
        yield (one, first), (other, second)


def _pairs_in(row: Row) -> set[Pair]:
    return set(combinations(row.items(), 2))


def _candidates(
    pair: Pair, asked: Mapping[str, Question], factors: Mapping[str, list[Any]], choose: Random
) -> Iterator[Row]:
    """Rows with random values around the pair; in some nearly everything is chosen, so that most is asked."""
    for share_of_chance in (1.0, 0.6, 0.3, 0.1, 0.0) * 4:
        row = {
            name: choose.choice(values) if choose.random() < share_of_chance else values[-1]
            for name, values in factors.items()
        }
        yield _mended({**row, **dict(pair)}, asked, factors)


def _mended(row: Row, asked: Mapping[str, Question], factors: Mapping[str, list[Any]]) -> Row:
    """The row with the first value for what is not asked, and the default for choices that a validator refuses."""
    answers = _answers(asked, row)
    for question in asked.values():
        depends_on_others = bool(variables(question.validator) - {question.name}) or question.multiselect
        if not question.applies(answers) or (depends_on_others and question.refusal(answers)):
            row |= {name: factors[name][0] for name in _factor_names(question)}
            if question.multiselect and question.refusal({**answers, **_answer(question, row)}):
                row |= {
                    _CHOICE.format(question.name, choice): choice in question.default for choice in question.choices
                }
            answers.pop(question.name, None)
            answers |= _answer(question, row)
    return row


def _factors(asked: Mapping[str, Question]) -> Iterator[tuple[str, list[Any]]]:
    for question in asked.values():
        if question.multiselect:
            for choice in question.choices:
                yield _CHOICE.format(question.name, choice), [False, True]
        else:
            yield question.name, list(_values(question))


def _values(question: Question) -> tuple[Any, ...]:
    """The default first: it stands for a question that is not asked."""
    if question.choices:
        return (question.default, *(choice for choice in question.choices if choice != question.default))
    if question.name in SAMPLES:
        return SAMPLES[question.name]
    match question.type:
        case "bool":
            return (question.default, not question.default)
        case "float":
            return tuple(dict.fromkeys((question.default, 0.0, 1.0)))
        case "str" if "{" in question.default:
            # Made from other answers, so it is left to Copier.
            return (None,)
        case "yaml":
            return (None,)
        case _:
            return (question.default,)


@cache
def _factor_names(question: Question) -> list[str]:
    if question.multiselect:
        return [_CHOICE.format(question.name, choice) for choice in question.choices]
    return [question.name]


def _answers(asked: Mapping[str, Question], row: Mapping[str, Any]) -> Row:
    """Factors back into answers; those that the row leaves to Copier are left out."""
    answers: Row = {}
    for question in asked.values():
        answers |= _answer(question, row)
    return answers


def _answer(question: Question, row: Mapping[str, Any]) -> Row:
    if question.multiselect:
        chosen = zip(question.choices, _factor_names(question), strict=True)
        return {question.name: [choice for choice, name in chosen if row[name]]}
    return {} if row[question.name] is None else {question.name: row[question.name]}
