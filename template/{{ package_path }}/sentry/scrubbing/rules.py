"""What a rule is, the rules that others are made of, and those for what the service has named.

A rule is a function. It gets the policy in force, a value, its path, and the mapping that the value
is in as it was before it was scrubbed. It returns what may be sent of the value, or None.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, TypeAlias

from .policy import Category, Method, ScrubberOptions, SensitiveKeys
from .structures import ValueScrubber
from .text import credentials_mask, personal_mask
from .values import FILTERED, verb, without_values

_MAX_SHAPED: Final = 500
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
_TAG_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}").fullmatch
_PLACEHOLDER: Final = re.compile(r"\{\{ ?[a-z_.]{1,40} ?\}\}").fullmatch
_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "double",
    str: "string",
    list: "array",
}
# Called with path, category, value before, and value after (None: not sent) for each value that
# changes.
Removed = Callable[[str, Category, object, object], None]


class Decider:
    """Decides for the rules of `scrubber.py` what may be sent. There is one per process.

    Args:
        options: the policy, and what it has to know of the service.
        removed: called with each value that isn't sent as it was.
    """

    def __init__(self, options: ScrubberOptions, removed: Removed | None = None) -> None:
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
        methods: dict[Method, Callable[[object], object]] = {
            Method.FILTER: self.filtered.value,
            Method.MASK: self.masked.value,
            Method.HASH: lambda value: pseudonym(value, options.user_id_key),
            Method.TEMPLATE: lambda value: (
                value if str(value) in options.log_templates else FILTERED
            ),
            Method.VERB: lambda value: verb(str(value)),
            Method.STATEMENT: lambda value: self.masked.value(without_values(str(value))),
            Method.HOST: lambda value: self.masked.value(value) if "://" in str(value) else None,
            Method.REPLACE: lambda value: FILTERED,
        }
        self._methods: Final = {
            category: methods.get(category.method(options.policy)) for category in Category
        }

    def decide(self, category: Category, value: object, path: str) -> object:
        """Return what may be sent of a value of this category, or None."""
        if (
            category is Category.NAME
            and isinstance(value, str)
            and value in self.options.safe_names
        ):
            return value
        method = self._methods[category]
        return self.note(category, value, None if method is None else method(value), path)

    def unlisted(self, value: object, path: str, name: str = "") -> object:
        """Return what may be sent of a value that has no rule: nothing, except under `full`."""
        if not self.full:
            return self.note(Category.UNKNOWN, value, None, path)
        return self.filtered.under(name or path.rpartition(".")[2], value)

    def note(self, category: Category, before: object, after: object, path: str) -> object:
        """Return the value after, and report that it isn't the one before."""
        if self._removed is not None and after != before:
            self._removed(path, category, before, after)
        return after


def pseudonym(user_id: object, key: bytes) -> str | None:
    """Return 32 hexadecimal digits, the same for the same id and key. A pseudonym is its own
    pseudonym.

    The last eight digits depend on the others and on the key, so that no id is taken for a
    pseudonym.
    """

    def digits(text: str, number: int) -> str:
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
            :number
        ]

    if not isinstance(user_id, (str, int)) or isinstance(user_id, bool) or user_id == "":
        return None
    text = str(user_id)
    is_pseudonym = hmac.compare_digest(ascii(text[24:]), ascii(digits(f"check:{text[:24]}", 8)))
    head = text[:24] if is_pseudonym else digits(f"id:{text}", 24)
    return head + digits(f"check:{head}", 8)


Parent: TypeAlias = Mapping[str, object]
Rule: TypeAlias = Callable[[Decider, object, str, Parent], object]


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
            return decider.unlisted(value, path)
        copy: dict[str, object] = {}
        for name, part in islice(value.items(), _MAX_ENTRIES):
            rule, place = self.rule(name), f"{path}.{name}" if path else str(name)
            kept = (
                rule(decider, part, place, value)
                if rule
                else decider.unlisted(part, place, str(name))
            )
            if kept is not None:
                copy[name if rule else decider.usual.name(str(name))] = kept
        return copy if copy and (not self._required or self._required in copy) else None


def list_of(rule: Rule, at_most: int | None = _MAX_ENTRIES) -> Rule:
    """Return the rule for a list whose entries follow a rule."""

    def entries(decider: Decider, value: object, path: str, parent: Parent) -> object:
        if not isinstance(value, (list, tuple)):
            return decider.unlisted(value, path)
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
    any_shape = re.compile("|".join(f"(?:{shape.pattern})" for shape in shapes) or "(?!)")

    def harmless(decider: Decider, value: object, path: str, parent: Parent) -> object:
        is_number = isinstance(value, (int, float)) and abs(value) < 2**64
        is_harmless = is_number or has_shape(value, any_shape)
        return value if is_harmless else decider.unlisted(value, path)

    return harmless


def has_shape(value: object, shape: re.Pattern[str]) -> bool:
    is_short = isinstance(value, str) and len(value) <= _MAX_SHAPED
    return is_short and shape.fullmatch(str(value)) is not None


number: Final = shaped()
# What the SDK writes into most fields.
plain: Final = shaped(NAME, _FACT)


def configured(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # An item may only repeat the configuration. A trace may have begun under the key of another
    # project.
    own = (decider.options.release, decider.options.environment, decider.options.public_key)
    return value if value in own or has_shape(value, _PUBLIC_KEY) else None


def as_dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


# What the service has named: tags, contexts, extra, attributes, fingerprints


def pairs_of(value: object) -> list[tuple[str, object]]:
    """Return names and values of a mapping, as many as may be sent."""
    pairs = islice(value.items(), _MAX_ENTRIES) if isinstance(value, Mapping) else ()
    return [(name, part) for name, part in pairs if isinstance(name, str)]


def details(decider: Decider, value: object, path: str, prefix: str = "") -> dict[str, object]:
    """Return what may be sent of values that the service has named.

    Their names in SAFE_KEYS begin with `prefix`.
    """
    copy: dict[str, object] = {}
    for name, part in pairs_of(value):
        registered = f"{prefix}{name}" in decider.options.safe_keys
        scrubber = decider.filtered if registered else decider.usual
        is_sent = registered or not decider.strict
        after = scrubber.under(name, part) if is_sent else None
        decider.note(Category.DETAIL, part, after, f"{path}.{name}")
        if is_sent:
            copy[decider.usual.name(name)] = after
    return copy


def tags(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # Sentry accepts names of few characters, and short values of one line. A float becomes text,
    # so it is masked as text.
    given = {name: str(part) if isinstance(part, float) else part for name, part in pairs_of(value)}
    kept = details(decider, given, path).items()
    texts = {name: str(part) for name, part in kept if _TAG_NAME(name) and part is not None}
    return {name: text.replace("\n", " ")[:200] for name, text in texts.items()} or None


def contexts(listed: Mapping[str, Rule]) -> Rule:
    """Return the rule for contexts: those without a rule are the service's own."""

    def rule(decider: Decider, value: object, path: str, parent: Parent) -> object:
        copy: dict[str, object] = {}
        for name, context in pairs_of(value):
            if name in listed:
                copy[name] = listed[name](decider, context, f"{path}.{name}", parent)
                continue
            kept = details(decider, context, f"{path}.{name}", f"{name}.")
            is_sensitive = decider.usual.keys.match(name)
            copy[decider.usual.name(name)] = dict.fromkeys(kept, FILTERED) if is_sensitive else kept
        return {name: context for name, context in copy.items() if context} or None

    return rule


def listed_or_detail(listed: Fields, reserved: re.Pattern[str] | None = None) -> Rule:
    """Return the rule for a mapping that the SDK and the service both write into.

    Args:
        listed: the rules for what the SDK writes.
        reserved: the beginnings of names of the SDK's own; of these only what is listed is sent.
    """

    def rule(decider: Decider, value: object, path: str, parent: Parent) -> object:
        known: dict[str, object] = {}
        others: dict[str, object] = {}
        for name, part in value.items() if isinstance(value, Mapping) else ():
            is_reserved = (
                reserved and reserved.match(str(name)) and name not in decider.options.safe_keys
            )
            if listed.rule(name):
                known[name] = part
            elif is_reserved and not decider.full:
                decider.note(Category.INTERNAL, part, None, f"{path}.{name}")
            else:
                others[name] = part
        return {
            **as_dict(listed(decider, known, path, parent)),
            **details(decider, others, path),
        } or None

    return rule


def typed(rule: Rule) -> Rule:
    """Return the rule for attributes with their types: `{"value": 1, "type": "integer"}`."""

    def attributes(decider: Decider, value: object, path: str, parent: Parent) -> object:
        kept = as_dict(rule(decider, values_of(value), path, parent))
        # The type of an IntEnum is the one of its base.
        types = {
            name: next((_TYPES[base] for base in type(kept[name]).__mro__ if base in _TYPES), None)
            for name in kept
        }
        return {name: {"value": kept[name], "type": kind} for name, kind in types.items() if kind}

    return attributes


def values_of(attributes: object) -> dict[str, object]:
    """Return attributes without the names of their types."""
    return {
        name: part["value"]
        for name, part in pairs_of(attributes)
        if isinstance(part, Mapping) and "value" in part
    }


def fingerprint(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # Under `strict` only placeholders are sent, such as `{{ default }}`.
    parts = value[:_MAX_ENTRIES] if isinstance(value, (list, tuple)) else ()
    if decider.strict:
        return [part for part in parts if isinstance(part, str) and _PLACEHOLDER(part)] or None
    return [str(decider.decide(Category.TEXT, part, path)) for part in parts] or None
