"""What a rule is, and the rules that others are made of.

A rule is a function. It gets the policy in force, a value, its path, and the mapping that the value
is in as it was before it was scrubbed. It returns what may be sent of the value, or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, TypeAlias

from .decider import Decider
from .policy import Category

Parent: TypeAlias = Mapping[str, object]
Rule: TypeAlias = Callable[[Decider, object, str, Parent], object]

_MAX_SHAPED: Final = 500
_LARGE_NUMBER: Final = 2**64
# Sentry keeps fewer frames, breadcrumbs, and spans of one item.
_MAX_ENTRIES: Final = 2_000

# What code names things: modules, loggers, categories, statuses. A name has no five digits in a
# row.
NAME: Final = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.:-]{0,199}")
# An id of Sentry's, a number, or a time.
_FACT: Final = re.compile(
    r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{16}|\d{1,20}|[\d.e-]{1,30}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?"
)
_PUBLIC_KEY: Final = re.compile(r"[0-9a-f]{32}")


class Fields:
    """The rule for a mapping.

    Args:
        rules: the rule for each name.
        shapes: the rules for all names of a shape.
        required: a name without which nothing is sent.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        shapes: Mapping[re.Pattern[str], Rule] | None = None,
        required: str = "",
    ) -> None:
        self._rules: Final = rules
        self._shapes: Final = shapes or {}
        self._required: Final = required

    def rule(self, name: object) -> Rule | None:
        """Return the rule for a name, if there is one."""
        if not isinstance(name, str):
            return None
        return self._rules.get(name) or next(
            (self._shapes[one] for one in self._shapes if one.fullmatch(name)), None
        )

    def __call__(self, decider: Decider, value: object, path: str, parent: Parent) -> object:
        if not isinstance(value, Mapping):
            return decider.unlisted("", value, path)
        copy: dict[str, object] = {}
        for name, part in islice(value.items(), _MAX_ENTRIES):
            rule, place = self.rule(name), f"{path}.{name}" if path else str(name)
            kept = (
                rule(decider, part, place, value)
                if rule
                else decider.unlisted(str(name), part, place)
            )
            if kept is not None:
                copy[name if rule else decider.usual.name(str(name))] = kept
        return copy if copy and (not self._required or self._required in copy) else None


def list_of(rule: Rule, at_most: int | None = _MAX_ENTRIES) -> Rule:
    """Return the rule for a list whose entries follow a rule."""

    def entries(decider: Decider, value: object, path: str, parent: Parent) -> object:
        if not isinstance(value, (list, tuple)):
            return decider.unlisted("", value, path)
        parts = (
            rule(decider, part, f"{path}.{number}", parent)
            for number, part in enumerate(value[:at_most])
        )
        return [part for part in parts if part is not None]

    return entries


def decided(category: Category) -> Rule:
    """Return the rule for a value that the table in `policy.py` decides about."""
    return lambda decider, value, path, parent: decider.decide(category, value, path)


def shaped(*shapes: re.Pattern[str]) -> Rule:
    """Return the rule for a harmless value: a flag, a number, or text of one of these shapes."""

    def harmless(decider: Decider, value: object, path: str, parent: Parent) -> object:
        is_number = isinstance(value, (int, float)) and abs(value) < _LARGE_NUMBER
        return (
            value if is_number or has_shape(value, *shapes) else decider.unlisted("", value, path)
        )

    return harmless


def has_shape(value: object, *shapes: re.Pattern[str]) -> bool:
    if not isinstance(value, str) or len(value) > _MAX_SHAPED:
        return False
    return any(shape.fullmatch(value) for shape in shapes)


number: Final = shaped()
# What the SDK writes into most fields.
plain: Final = shaped(NAME, _FACT)


def configured(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # An item may only repeat the configuration. A trace may have begun under the key of another
    # project.
    options = decider.options
    is_own = value in (options.release, options.environment, options.public_key)
    return value if is_own or has_shape(value, _PUBLIC_KEY) else None


def as_dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
