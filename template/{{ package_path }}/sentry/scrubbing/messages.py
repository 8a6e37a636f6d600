"""Rules for messages of log records and breadcrumbs, and for what was put into them."""

from __future__ import annotations

import re
from typing import Final

from .decider import Decider
from .details import details, pairs_of, values_of
from .policy import LOG_TEMPLATE, Category
from .rules import Parent, Rule, as_dict
from .spans import command
from .values import FILTERED

# Categories of breadcrumbs whose messages are keys and command lines.
_COMMANDS: Final = frozenset(("redis", "subprocess"))
# Attributes with what was put into a text, attributes with that text, and fields beside the attributes with it.
_PARAMETER: Final = re.compile(r"db\.params|sentry\.message\.parameter\..*").fullmatch
_TEXTS: Final = ("sentry.message.template", "db.query.text", "db.statement")
_FIELDS: Final = ("description", "name", "message")
_WORD: Final = re.compile(r"[\w.-]+")
_MAX_TEXT: Final = 8_192


def entry_text(decider: Decider, value: object, path: str, entry: Parent) -> object:
    """The message of a log record. Under `strict` only a record with arguments has a format string to send."""
    has_template = bool(entry.get("params")) or not decider.strict
    return decider.decide(Category.LOG if has_template else Category.TEXT, value, path)


def entry_parameters(decider: Decider, value: object, path: str, entry: Parent) -> object:
    """The arguments of a log record, unless its format string names something sensitive: `password=%s`."""
    is_sensitive = _names_a_secret(decider, entry.get("message"))
    return decider.drop(Category.DETAIL, value, path) if is_sensitive else decider.decide(Category.DETAIL, value, path)


def log_body(decider: Decider, value: object, path: str, log: Parent) -> object:
    """The message of a log item."""
    template = values_of(log.get("attributes")).get("sentry.message.template")
    return decider.decide(Category.LOG, template if decider.strict else value, path)


def crumb_message(decider: Decider, value: object, path: str, crumb: Parent) -> object:
    """The message of a log record, a query, or a call: the category of the breadcrumb tells which."""
    category = crumb.get("category")
    if category == "query":
        return decider.decide(Category.STATEMENT, value, path)
    if category in _COMMANDS and not decider.full:
        return command(decider, value, path)
    template = as_dict(crumb.get("data")).get(LOG_TEMPLATE)
    return decider.decide(Category.LOG, template if decider.strict else value, path)


def crumb_data(call: Rule) -> Rule:
    """Return the rule for the data of a breadcrumb, with the rule for an outgoing call."""

    def data(decider: Decider, value: object, path: str, crumb: Parent) -> object:
        if crumb.get("type") == "http":
            return call(decider, value, path, crumb)
        if not decider.full and crumb.get("category") in (*_COMMANDS, "query"):
            return decider.drop(Category.INTERNAL, value, path)
        pairs = {name: part for name, part in pairs_of(value) if name != LOG_TEMPLATE}
        return details(decider, pairs, path)

    return without_parameters(data)


def without_parameters(rule: Rule) -> Rule:
    """Return a rule for attributes that also removes what was put into a text that names something sensitive."""

    def attributes(decider: Decider, value: object, path: str, parent: Parent) -> object:
        kept = as_dict(rule(decider, value, path, parent))
        if parameters := [name for name in kept if _PARAMETER(name)]:
            texts = (*map(dict(pairs_of(value)).get, _TEXTS), *map(parent.get, _FIELDS))
            if _names_a_secret(decider, *texts):
                kept.update(dict.fromkeys(parameters, FILTERED))
        return kept or None

    return attributes


def _names_a_secret(decider: Decider, *texts: object) -> bool:
    words = (word for text in texts if isinstance(text, str) for word in _WORD.findall(text[:_MAX_TEXT]))
    return any(map(decider.usual.keys.match, words))
