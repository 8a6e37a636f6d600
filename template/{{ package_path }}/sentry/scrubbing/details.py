"""Rules for what the service has named itself: tags, contexts, extra, attributes, fingerprints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Final

from .decider import Decider
from .policy import Category
from .rules import Fields, Parent, Rule, as_dict
from .values import FILTERED

# Values in one mapping; Sentry keeps 200 tags.
_MAX_DETAILS: Final = 500
_MAX_TAG: Final = 200
_TAG_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}").fullmatch
_PLACEHOLDER: Final = re.compile(r"\{\{ ?[a-z_.]{1,40} ?\}\}").fullmatch
_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "double",
    str: "string",
    list: "array",
}


def pairs_of(value: object) -> list[tuple[str, object]]:
    """Return names and values of a mapping, as many as may be sent."""
    pairs = islice(value.items(), _MAX_DETAILS) if isinstance(value, Mapping) else ()
    return [(name, part) for name, part in pairs if isinstance(name, str)]


def details(decider: Decider, value: object, path: str, prefix: str = "") -> dict[str, object]:
    """Return what may be sent of values that the service has named.

    Their names in SAFE_KEYS begin with `prefix`.
    """
    pairs = [
        (name, part, decider.detail(name, f"{prefix}{name}", part, f"{path}.{name}"))
        for name, part in pairs_of(value)
    ]
    return {
        decider.usual.name(name): after
        for name, before, after in pairs
        if after is not None or (before is None and not decider.strict)
    }


def tags(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # Sentry accepts names of few characters, and short values of one line. A float becomes text,
    # so it is masked as text.
    texts = {name: str(part) if isinstance(part, float) else part for name, part in pairs_of(value)}
    kept = details(decider, texts, path).items()
    return {
        name: str(part).replace("\n", " ")[:_MAX_TAG] for name, part in kept if _TAG_NAME(name)
    } or None


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
                decider.drop(Category.INTERNAL, part, f"{path}.{name}")
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
    parts = value[:_MAX_DETAILS] if isinstance(value, (list, tuple)) else ()
    if decider.strict:
        return [part for part in parts if isinstance(part, str) and _PLACEHOLDER(part)] or None
    return [str(decider.decide(Category.TEXT, part, path)) for part in parts] or None
