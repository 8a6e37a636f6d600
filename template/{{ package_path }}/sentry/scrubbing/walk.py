"""The walk through an item: each value is copied as its rule says.

What may be sent of a value is decided by its rule in the allowlist. A rule is
- a category: the table in `policy.py` decides,
- a pattern: numbers and text of this shape are harmless,
- a mapping: the rule for each name,
- a list: the rule for each entry, or
- a function that gets the decider, the value, its path, and the mapping that the value is in as it
  was before it was scrubbed. It returns what may be sent, or None.

Values of any structure are copied into plain JSON without what must not be sent.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import islice
from typing import Final, TypeAlias

from .policy import MAX_NAME, Category, Method, ScrubberOptions, SensitiveKeys, measures
from .text import MaskText, credentials_mask, personal_mask
from .values import FILTERED, MAX_TEXT, replace, sensitive_values, verb, without_values

# The path of what a value is in, and its name there.
Path: TypeAlias = "tuple[Path | None, str]"
Parent: TypeAlias = Mapping[str, object]
Rule: TypeAlias = (
    "Category | re.Pattern[str] | Mapping[str, Rule] | Sequence[Rule] "
    "| Callable[[Decider, object, Path, Parent], object]"
)


class Whole(list[Rule]):
    """The rule for a list of which no entry may be missing. Of other lists the first are sent."""


# What a rule returns for a None that is sent.
NULL: Final = object()

# Sentry keeps fewer frames, breadcrumbs, and spans of one item.
_MAX_ENTRIES: Final = 2_000
_MAX_DEPTH: Final = 16
# Numbers of eight digits and more may be ids of persons.
_LONG_NUMBER: Final = 10**7
# What one item may cost: a value of a structure as much as this many characters. Sentry accepts an
# item of 1 MB.
_COST_OF_VALUE: Final = 20
_BUDGET: Final = 1 << 20
# Replaces what is too deep or too much. A structure that contains itself is cut at the depth.
_CUT: Final = "[cut]"
# A name before its value, as in `["--token", "..."]` and `("authorization", "...")`.
_NAME_OF_NEXT: Final = re.compile(
    r"""(?:b(?=['"]))?['"-]{0,4}([\w-]{1,200}?)['"-]{0,4}"""
).fullmatch


class Decider:
    """Decides for the rules what may be sent. There is one per process.

    Args:
        options: the policy, and what it has to know of the service.
        removed: called with path, category, value before, and value after (None: not sent) of each
            value that isn't sent as it was.
    """

    def __init__(
        self,
        options: ScrubberOptions,
        removed: Callable[[str, Category, object, object], None] | None = None,
    ) -> None:
        credentials = SensitiveKeys(options.sensitive_keys)
        personal = SensitiveKeys(options.sensitive_keys, personal=True)
        self.options: Final = options
        self.strict: Final = options.policy == "strict"
        self.full: Final = options.policy == "full"
        self.filtered: Final = ValueScrubber(credentials_mask(credentials), credentials)
        self.masked: Final = ValueScrubber(personal_mask(personal, options.masks), personal)
        self.usual: Final = self.filtered if self.full else self.masked
        # Names of transactions that come from code.
        self.known_names: Final[set[str]] = set()
        self._removed: Final = removed
        self._methods: Final[Mapping[Method, Callable[[object], object]]] = {
            "filter": self.filtered.value,
            "mask": self.masked.value,
            "hash": lambda value: pseudonym(value, options.user_id_key),
            "template": lambda value: value if str(value) in options.log_templates else FILTERED,
            "verb": lambda value: verb(str(value)),
            "statement": lambda value: self.masked.value(without_values(str(value))),
            "host": lambda value: self.masked.value(value) if "://" in str(value) else None,
            "replace": lambda value: FILTERED,
        }

    def decide(self, category: Category, value: object, path: Path) -> object:
        """Return what may be sent of a value of this category, or None."""
        is_name = category in (Category.NAME, Category.STATEMENT)
        if is_name and str(value) in self.options.safe_names:
            return str(value)
        method = self._methods.get(category.methods[self.options.policy])
        return self.note(category, value, method(value) if method else None, path)

    def note(self, category: Category, before: object, after: object, path: Path) -> object:
        """Return the value after, and report that it isn't the one before."""
        if self._removed is not None and after != before:
            self._removed(_dotted(path), category, before, after)
        return after


def _dotted(path: Path) -> str:
    above, name = path
    return f"{_dotted(above)}.{name}" if above and above[1] else name


def follow(decider: Decider, rule: Rule, value: object, path: Path, parent: Parent) -> object:
    """Return what may be sent of a value by its rule, or None."""
    if isinstance(rule, re.Pattern):
        if has_shape(value, rule) or (isinstance(value, (int, float)) and abs(value) < 2**64):
            return value
        return unlisted(decider, value, path, parent)
    if isinstance(rule, Category):
        return decider.decide(rule, value, path)
    if callable(rule):
        return rule(decider, value, path, parent)
    if isinstance(rule, Mapping):
        return fields(decider, value, path, parent, rules=rule)
    if not isinstance(value, (list, tuple)):
        return unlisted(decider, value, path, parent)
    at_most = len(value) if isinstance(rule, Whole) else _MAX_ENTRIES
    parts = (
        follow(decider, rule[0], part, (path, str(number)), parent)
        for number, part in enumerate(value[:at_most])
    )
    return [part for part in parts if part is not None]


def unlisted(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # What has no rule, or isn't of the shape that its rule expects.
    if decider.full:
        return decider.filtered.under(path[1], value)
    return decider.note(Category.UNKNOWN, value, None, path)


def fields(
    decider: Decider,
    value: object,
    path: Path,
    parent: Parent,
    *,
    rules: Mapping[str, Rule],
    others: Rule = unlisted,
    beside: Parent | None = None,
    required: str = "",
) -> object:
    """Return what may be sent of a mapping.

    Args:
        decider: see above, as value, path, and parent.
        rules: the rule for each name.
        others: the rule for all other names.
        beside: what the rules get as the mapping that the values are in.
        required: a name without which nothing is sent.
    """
    if not isinstance(value, Mapping):
        return unlisted(decider, value, path, parent)
    parent = beside or value
    copy: dict[str, object] = {}
    for name, part in islice(value.items(), _MAX_ENTRIES):
        kept = follow(decider, rules.get(name, others), part, (path, str(name)), parent)
        if kept is not None:
            place = name if name in rules else decider.usual.name(str(name))
            copy[place] = None if kept is NULL else kept
    return copy if copy and (not required or required in copy) else None


def has_shape(value: object, shape: re.Pattern[str]) -> bool:
    # A long text isn't searched.
    return isinstance(value, str) and len(value) <= 500 and shape.fullmatch(value) is not None


def as_dict(value: object) -> dict[str, object]:
    # A copy; anything else has no names.
    return dict(value) if isinstance(value, Mapping) else {}


class ValueScrubber:
    """Copies values into plain JSON without what must not be sent, whatever it finds in them.

    Args:
        mask: what masks text.
        keys: the names whose values must not be sent.
    """

    def __init__(self, mask: MaskText, keys: SensitiveKeys) -> None:
        self.mask: Final = mask
        self.keys: Final = keys
        self._left = _BUDGET

    def begin_item(self) -> None:
        self._left = _BUDGET

    def value(self, value: object, depth: int = 0) -> object:
        if isinstance(value, (bytes, bytearray)):
            # A character of UTF-8 has at most four bytes.
            value = value[: 4 * MAX_TEXT].decode("utf-8", "replace")
        if isinstance(value, str):
            self._left -= min(len(value), MAX_TEXT)
            return self.mask(value) if self._left >= 0 else _CUT
        if isinstance(value, int) and abs(value) >= _LONG_NUMBER:
            text = str(int(value)) if value.bit_length() < 256 else _CUT
            masked = self.mask(text)
            return value if masked == text != _CUT else masked
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if not isinstance(value, (Mapping, list, tuple, Set)):
            return f"<{type(value).__name__}>"
        if depth >= _MAX_DEPTH:
            return _CUT
        affordable = min(len(value), max(0, self._left) // _COST_OF_VALUE)
        self._left -= affordable * _COST_OF_VALUE
        if isinstance(value, Mapping):
            return self._mapping(islice(value.items(), affordable), depth + 1)
        return self._sequence(islice(value, affordable), depth + 1)

    def under(self, name: str, value: object, depth: int = 0) -> object:
        """Return a masked copy of the value of a name."""
        if self.keys.covers(name, value):
            return FILTERED
        is_measure = isinstance(value, int) and abs(value) < 2**63 and measures(name)
        return value if is_measure else self.value(value, depth)

    def name(self, name: str) -> str:
        # A long one isn't a name.
        return self.mask(name) if len(name) <= MAX_NAME else _CUT

    def without_values(self, text: str) -> str:
        """Return text without values of sensitive names. Lines keep their numbers."""
        return replace(text, sensitive_values(text, self.keys), FILTERED, keep_lines=True)

    def _mapping(self, pairs: Iterable[tuple[object, object]], depth: int) -> dict[str, object]:
        named = (
            (key if isinstance(key, str) else str(self.value(key, depth)), value)
            for key, value in pairs
        )
        return {self.name(name): self.under(name, value, depth) for name, value in named}

    def _sequence(self, values: Iterable[object], depth: int) -> list[object]:
        copy: list[object] = []
        name = ""
        for value in values:
            copy.append(FILTERED if self.keys.covers(name, value) else self.value(value, depth))
            named = _NAME_OF_NEXT(copy[-1]) if isinstance(copy[-1], str) else None
            name = named[1] if named else ""
        return copy


def pseudonym(user_id: object, key: bytes) -> str | None:
    """Return 32 hexadecimal digits, the same for the same id and key."""
    if not isinstance(user_id, (str, int)) or isinstance(user_id, bool) or user_id == "":
        return None
    head = _digits(f"id:{user_id}", key)[:24]
    # So ended the pseudonyms of earlier releases; with other ones Sentry would count users twice.
    return head + _digits(f"check:{head}", key)[:8]


def _digits(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
