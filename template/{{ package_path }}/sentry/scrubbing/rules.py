"""The walk through an item, and the rules that don't depend on the kind of item.

What may be sent of a value is decided by its rule in the allowlist. A rule is
- a category: the table in `policy.py` decides,
- a pattern: numbers and text of this shape are harmless,
- a mapping: the rule for each name,
- a list: the rule for each entry, or
- a function that gets the decider, the value, its path, and the mapping that the value is in as it
  was before it was scrubbed. It returns what may be sent, or None.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Final, TypeAlias

from .policy import Category, Method, ScrubberOptions, SensitiveKeys
from .structures import ValueScrubber
from .text import MAX_TEXT, credentials_mask, personal_mask
from .values import FILTERED, verb, without_values

Path: TypeAlias = tuple[str, ...]
Parent: TypeAlias = Mapping[str, object]
Rule: TypeAlias = (
    "Category | re.Pattern[str] | dict[str, Rule] | list[Rule] "
    "| Callable[[Decider, object, Path, Parent], object]"
)

_MAX_SHAPED: Final = 500
_MAX_NAMES: Final = 2_000

# What code names things: modules, loggers, categories, statuses. A name has no five digits in a
# row.
NAME: Final = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.:-]{0,199}")
# What the SDK writes into most fields: a name, an id of Sentry's, a number, or a time.
PLAIN: Final = re.compile(
    NAME.pattern + r"|[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{16}|\d{1,20}"
    r"|[\d.e-]{1,30}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?"
)
# No text at all.
NUMBER: Final = re.compile(r"(?!)")
_PUBLIC_KEY: Final = re.compile(r"[0-9a-f]{32}")
_TAG_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}").fullmatch
_PLACEHOLDER: Final = re.compile(r"\{\{ ?[a-z_.]{1,40} ?\}\}")
_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "double",
    str: "string",
    list: "array",
}
# What a rule returns for a None that is sent.
NULL: Final = object()


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
        is_name = category is Category.NAME and isinstance(value, str)
        if is_name and value in self.options.safe_names:
            return value
        method = self._methods.get(category.methods[self.options.policy])
        return self.note(category, value, method(value) if method else None, path)

    def note(self, category: Category, before: object, after: object, path: Path) -> object:
        """Return the value after, and report that it isn't the one before."""
        if self._removed is not None and after != before:
            self._removed(".".join(path), category, before, after)
        return after


def pseudonym(user_id: object, key: bytes) -> str | None:
    """Return 32 hexadecimal digits, the same for the same id and key. A pseudonym is its own
    pseudonym.

    The last eight digits depend on the others and on the key, so that no id is taken for a
    pseudonym.
    """
    if not isinstance(user_id, (str, int)) or isinstance(user_id, bool) or user_id == "":
        return None
    text = str(user_id)
    head = text[:24]
    if not hmac.compare_digest(ascii(text[24:]), ascii(_digits(f"check:{head}", key)[:8])):
        head = _digits(f"id:{text}", key)[:24]
    return head + _digits(f"check:{head}", key)[:8]


def _digits(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


# The walk


def follow(decider: Decider, rule: Rule, value: object, path: Path, parent: Parent) -> object:
    """Return what may be sent of a value by its rule, or None."""
    if isinstance(rule, re.Pattern):
        is_number = isinstance(value, (int, float)) and abs(value) < 2**64
        is_harmless = is_number or has_shape(value, rule)
        return value if is_harmless else unlisted(decider, value, path, parent)
    if isinstance(rule, Category):
        return decider.decide(rule, value, path)
    if isinstance(rule, dict):
        return fields(decider, value, path, parent, rules=rule)
    if isinstance(rule, list):
        if not isinstance(value, (list, tuple)):
            return unlisted(decider, value, path, parent)
        parts = (
            follow(decider, rule[0], part, (*path, str(number)), parent)
            for number, part in enumerate(value)
        )
        return [part for part in parts if part is not None]
    return rule(decider, value, path, parent)


def unlisted(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # What has no rule, or isn't of the shape that its rule expects.
    if decider.full:
        return decider.filtered.under(path[-1] if path else "", value)
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
    copy: dict[str, object] = {}
    for name, part in islice(value.items(), _MAX_NAMES):
        kept = follow(decider, rules.get(name, others), part, (*path, str(name)), beside or value)
        if kept is not None:
            place = name if name in rules else decider.usual.name(str(name))
            copy[place] = None if kept is NULL else kept
    return copy if copy and (not required or required in copy) else None


def has_shape(value: object, shape: re.Pattern[str]) -> bool:
    return (
        isinstance(value, str) and len(value) <= _MAX_SHAPED and shape.fullmatch(value) is not None
    )


def as_dict(value: object) -> dict[str, object]:
    """Return a copy of a mapping. Anything else has no names."""
    return dict(value) if isinstance(value, Mapping) else {}


# Facts about the service


def configured(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # An item may only repeat the configuration. A trace may have begun under the key of another
    # project.
    own = (decider.options.release, decider.options.environment, decider.options.public_key)
    return value if value in own or has_shape(value, _PUBLIC_KEY) else None


def never(decider: Decider, value: object, path: Path, parent: Parent) -> None:
    """Drop what the scrubber or the SDK writes itself."""


def named(
    decider: Decider,
    value: object,
    path: Path,
    parent: Parent,
    *,
    names: re.Pattern[str],
    rule: Rule,
) -> object:
    """Return what may be sent of a mapping with harmless names of this shape."""
    rules = {name: rule for name in as_dict(value) if has_shape(name, names)}
    return fields(decider, value, path, parent, rules=rules)


# What the service has named: tags, contexts, extra, attributes, breadcrumb data, fingerprints

# Beginnings of attributes that belong to the SDK and its conventions. Of these only what is listed
# is sent.
_RESERVED: Final = re.compile(
    r"(ai|app|aws|browser|cache|client|cloud|code|culture|database|db|device|enduser|error|event|exception|faas|file"
    r"|gcp|gen_ai|graphql|host|http|k8s|llm|logger|mcp|messaging|mdc|net|network|os|otel|peer|process|rpc|sentry|server"
    r"|service|session|source|subprocess|telemetry|thread|timber|tls|url|user|user_agent|vercel)(\.|\Z)"
).match
# Tokens used, and sizes of bodies.
_MEASURED: Final = re.compile(
    r"(gen_ai\.(usage|request)|http\.re(quest|sponse)|process|db\.response)\."
).match
# What was put into a text. It has no name of its own: `password=%s` names it.
_PARAMETER: Final = re.compile(r"db\.params|sentry\.message\.parameter\..*").fullmatch
_TEXTS: Final = (
    "sentry.message.template",
    "db.query.text",
    "db.statement",
    "description",
    "name",
    "message",
)


def detail(
    decider: Decider, value: object, path: Path, beside: Parent, *, prefix: str = ""
) -> object:
    """Return what may be sent of a value that the service has named.

    Its name in SAFE_KEYS begins with `prefix`.
    """
    name = path[-1]
    is_registered = f"{prefix}{name}" in decider.options.safe_keys
    if decider.strict and not is_registered:
        return decider.note(Category.DETAIL, value, None, path)
    if _PARAMETER(name) and names_a_secret(decider, beside):
        return decider.note(Category.DETAIL, value, FILTERED, path)
    kept = (decider.filtered if is_registered else decider.usual).under(name, value)
    decider.note(Category.DETAIL, value, kept, path)
    return NULL if kept is None else kept


def attribute(decider: Decider, value: object, path: Path, beside: Parent) -> object:
    name = path[-1]
    if _MEASURED(name):
        return follow(decider, NUMBER, value, path, beside)
    if _RESERVED(name) and not decider.full and name not in decider.options.safe_keys:
        return decider.note(Category.INTERNAL, value, None, path)
    return detail(decider, value, path, beside)


def own_context(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    own = partial(detail, prefix=f"{path[-1]}.")
    kept = as_dict(fields(decider, as_dict(value), path, parent, rules={}, others=own))
    is_sensitive = decider.usual.keys.match(path[-1])
    return (dict.fromkeys(kept, FILTERED) if is_sensitive else kept) or None


def tags(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # Sentry accepts names of few characters, and short values of one line. A float becomes text,
    # so it is masked as text.
    given = {
        name: str(part) if isinstance(part, float) else part
        for name, part in as_dict(value).items()
    }
    kept = as_dict(fields(decider, given, path, parent, rules={}, others=detail))
    return {
        name: str(part).replace("\n", " ")[:200]
        for name, part in kept.items()
        if _TAG_NAME(name) and part is not None
    } or None


def fingerprint(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # Under `strict` only placeholders are sent, such as `{{ default }}`.
    parts = value[:_MAX_NAMES] if isinstance(value, (list, tuple)) else ()
    if decider.strict:
        return [part for part in parts if has_shape(part, _PLACEHOLDER)] or None
    return [str(decider.decide(Category.TEXT, part, path)) for part in parts] or None


def names_a_secret(decider: Decider, beside: Parent) -> bool:
    texts = (text[:MAX_TEXT] for text in map(beside.get, _TEXTS) if isinstance(text, str))
    words = re.findall(r"[\w.-]+", " ".join(texts))
    return any(map(decider.usual.keys.match, words))


def attributes(
    decider: Decider, value: object, path: Path, parent: Parent, *, listed: dict[str, Rule]
) -> object:
    """Return what may be sent of what the SDK and the service have noted of a span or a log."""
    beside = {**parent, **as_dict(value)}
    return fields(decider, value, path, parent, rules=listed, others=attribute, beside=beside)


def typed_attributes(
    decider: Decider, value: object, path: Path, parent: Parent, *, listed: dict[str, Rule]
) -> object:
    """Do the same for attributes with their types: `{"value": 1, "type": "integer"}`."""
    kept = as_dict(attributes(decider, values_of(value), path, parent, listed=listed))
    # The type of an IntEnum is the one of its base.
    types = {
        name: next((kind for base, kind in _TYPES.items() if isinstance(part, base)), None)
        for name, part in kept.items()
    }
    return {name: {"value": kept[name], "type": kind} for name, kind in types.items() if kind}


def values_of(attributes: object) -> dict[str, object]:
    """Return attributes without the names of their types."""
    return {
        name: part["value"]
        for name, part in as_dict(attributes).items()
        if isinstance(part, Mapping) and "value" in part
    }
