# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Where an alert in Sentry differs from what a file asks for, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest

from .client import JsonObject
from .normal import Group, Normal, channel_ids, normal
from .words import Names, action_in_words, condition_in_words, minutes_in_words, monitor_in_words


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs: what goes and what comes, in words."""

    field: str
    gone: tuple[str, ...]
    comes: tuple[str, ...]


def differences(found: JsonObject, wanted: JsonObject, names: Names) -> tuple[Difference, ...]:
    """Where an alert of Sentry's differs from a request body, field by field."""
    ids = channel_ids(wanted)
    return tuple(_compare(normal(found, ids), normal(wanted, ids), names))


def description(wanted: JsonObject, names: Names) -> tuple[Difference, ...]:
    """What a request body asks for, as differences from nothing."""
    return tuple(_compare(None, normal(wanted, channel_ids(wanted)), names))


_IF = {"all": "if all of", "any-short": "if one of", "none": "if none of"}
_NO_GROUP = Group("", (), ())
_NOTHING = Normal("", enabled=True, environment=None, frequency=None, monitors=(), triggers=(), groups=())


def _compare(found: Normal | None, wanted: Normal, names: Names) -> Iterator[Difference]:
    """Field by field. Where nothing is found, what is wanted is told in full."""
    old = found or replace(_NOTHING, name=wanted.name)
    before = _settings(old)
    if found is None:
        del before["environment"], before["pause"]
    for field, value in _settings(wanted).items():
        if before.get(field) != value:
            yield Difference(field, (before[field],) if field in before else (), (value,))
    yield from _listed("watches", old.monitors, wanted.monitors, partial(monitor_in_words, names))
    yield from _listed("when", old.triggers, wanted.triggers, partial(condition_in_words, names))
    groups, wanted_groups = Counter(old.groups), Counter(wanted.groups)
    gone, come = (groups - wanted_groups).elements(), (wanted_groups - groups).elements()
    for before_group, group in zip_longest(gone, come, fillvalue=_NO_GROUP):
        yield from _compare_groups(before_group, group, names)


def _compare_groups(old: Group, new: Group, names: Names) -> Iterator[Difference]:
    old_if, new_if = _IF.get(old.logic, old.logic), _IF.get(new.logic, new.logic)
    if old_if and new_if and old_if != new_if:
        yield Difference("logic", (old_if,), (new_if,))
    yield from _listed(new_if or old_if, old.conditions, new.conditions, partial(condition_in_words, names))
    yield from _listed("then", old.actions, new.actions, partial(action_in_words, names))


def _settings(workflow: Normal) -> dict[str, str]:
    return {
        "name": workflow.name,
        "enabled": "yes" if workflow.enabled else "no",
        "environment": workflow.environment or "every one",
        "pause": minutes_in_words(workflow.frequency),
    }


def _listed(
    field: str, before: Sequence[str], after: Sequence[str], words: Callable[[str], str]
) -> Iterator[Difference]:
    gone, comes = Counter(before) - Counter(after), Counter(after) - Counter(before)
    if gone or comes:
        yield Difference(field, tuple(map(words, gone.elements())), tuple(map(words, comes.elements())))
