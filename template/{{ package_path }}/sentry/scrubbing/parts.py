"""Rules for parts of items: frames with source lines, names of spans, messages of log records."""

from __future__ import annotations

import linecache
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from .policy import LOG_TEMPLATE, Category
from .rules import (
    NAME,
    Decider,
    Fields,
    Parent,
    Rule,
    as_dict,
    decided,
    details,
    has_shape,
    pairs_of,
    plain,
    shaped,
    values_of,
)
from .values import FILTERED

# Frames of stack traces and profiles

_FILE: Final = re.compile(r"(?!.*\.\.)([\w./+-]{1,300}|<[\w ./-]{1,100}>)")
_INSTALLED: Final = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/", re.DOTALL)
_CONTEXT_LINES: Final = 5
# Lines above and below that are searched for credentials too: a value in brackets may begin or end
# there.
_SEARCHED_LINES: Final = 50
# Characters of all these lines. Where there are more, the file was generated.
_MAX_SOURCE: Final = 32_768

function: Final = shaped(re.compile(r"[\w.<>$]{1,250}"))


def file(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # Named from the project or the installed package on, for the folders above may name a person.
    name = value.replace("\\", "/") if isinstance(value, str) else ""
    if name.startswith("/") or name[1:2] == ":":
        for root in decider.options.source_roots:
            name = name.removeprefix(f"{root}/")
        name = _INSTALLED.sub("", name, count=1)
        if name.startswith("/") or name[1:2] == ":":
            name = name.rpartition("/")[2]
    return name if has_shape(name, _FILE) else decider.note(Category.PATH, value, None, path)


_LINES: Final = dict.fromkeys(("context_line", "pre_context", "post_context"))
_FRAME: Final = Fields(
    {
        "module": plain,
        "lineno": plain,
        "colno": plain,
        "in_app": plain,
        "filename": file,
        "function": function,
        "abs_path": decided(Category.PATH),
        "vars": decided(Category.INTERNAL),
    }
)


def profile_frame(decider: Decider, value: object, path: str, parent: Parent) -> dict[str, object]:
    # The stacks of a profile count the frames, so none may be missing.
    fields = value if isinstance(value, Mapping) else {}
    # The variables of frameworks are the request, with all its headers.
    left_out = _LINES if fields.get("in_app") is True else {*_LINES, "vars"}
    kept = {name: part for name, part in fields.items() if name not in left_out}
    return as_dict(_FRAME(decider, kept, path, parent)) or {"function": "<unknown>"}


def frame(decider: Decider, value: object, path: str, parent: Parent) -> object:
    copy = profile_frame(decider, value, path, parent)
    name, number = copy.get("filename"), copy.get("lineno")
    if copy.get("module") == "__main__":
        # The SDK names the file of a script or of `python -m` without its folder.
        name = file(decider, as_dict(value).get("abs_path"), path, parent) or name
        copy["filename"] = name
    if copy.get("in_app") is True and isinstance(name, str) and isinstance(number, int):
        copy.update(_source_lines(decider, name, number))
    return copy


# An error comes back to the same few lines.
@lru_cache(maxsize=512)
def _source_lines(decider: Decider, name: str, number: int) -> dict[str, object]:
    """Return the fields of a frame for the lines around a line, counted from 1; none for other
    files.

    The SDK would read the lines of every frame, which is most of what an error costs. It is told to
    read none.
    """
    files = (f"{root}/{name}" for root in decider.options.source_roots if name.endswith(".py"))
    lines = next((found for file in files if (found := linecache.getlines(file))), [])
    first, end = max(0, number - 1 - _CONTEXT_LINES), min(len(lines), number + _CONTEXT_LINES)
    begin, at = max(0, first - _SEARCHED_LINES), number - 1 - first
    text = "".join(lines[begin : end + _SEARCHED_LINES]).replace("\r", "")
    is_readable = 0 < number <= len(lines) and len(text) <= _MAX_SOURCE
    shown = decider.filtered.without_values(text if is_readable else "").split("\n")
    kept = decider.filtered.mask("\n".join(shown[first - begin : end - begin])).split("\n")
    if not is_readable or len(kept) != end - first:
        return {}
    return {"pre_context": kept[:at], "context_line": kept[at], "post_context": kept[at + 1 :]}


# Names that libraries choose, and messages

# Sources of transaction names that come from code; `url` is a raw path, `custom` is anything.
_FROM_CODE: Final = frozenset(("route", "component", "view", "task"))
# The template of a route, with or without the method before it.
ROUTE: Final = re.compile(r"(?!.*\d{5})([A-Z]{3,9} )?(/[\w./{}:~-]{0,250}|\(no route\))")
# The method of a request or the command of a cache, before what it is about.
_COMMAND: Final = re.compile(r"[A-Z]{2,20}(?= |\Z)")
_DATABASE: Final = re.compile(r":memory:|[\w$+-][\w.$:+-]{0,99}")
# https://develop.sentry.dev/sdk/telemetry/traces/span-operations/
_OPERATION: Final = re.compile(
    r"(ai|app|browser|cache|console|cron|db|default|event|file|function|gen_ai|graphql|grpc|http|mcp|message|middleware"
    r"|process|queue|rpc|serialize|socket|subprocess|task|template|topic|ui|view|websocket)(\.[a-z_.]{1,60})?"
)
# Categories of breadcrumbs whose messages are keys and command lines.
_COMMANDS: Final = frozenset(("redis", "subprocess"))
# Attributes with what was put into a text, and attributes and fields beside them with that text.
_PARAMETER: Final = re.compile(r"db\.params|sentry\.message\.parameter\..*").fullmatch
_MAX_TEXT: Final = 8_192
_TEXTS: Final = (
    "sentry.message.template",
    "db.query.text",
    "db.statement",
    "description",
    "name",
    "message",
)


def transaction(decider: Decider, value: object, path: str, event: Parent) -> object:
    return _name_from(decider, value, as_dict(event.get("transaction_info")).get("source"), path)


def known_name(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # An item of this kind doesn't tell the source of the name.
    return (
        value if str(value) in decider.known_names else decider.decide(Category.NAME, value, path)
    )


def operation(decider: Decider, value: object, path: str, parent: Parent) -> object:
    return value if has_shape(value, _OPERATION) else decider.decide(Category.NAME, value, path)


def database(decider: Decider, value: object, path: str, parent: Parent) -> object:
    # The name of a database of SQLite is a path on the machine.
    is_name = decider.full or has_shape(value, _DATABASE)
    return decider.decide(Category.DETAIL if is_name else Category.PATH, value, path)


def span_name(decider: Decider, value: object, path: str, span: Parent) -> object:
    attributes = values_of(span.get("attributes")) or as_dict(span.get("data"))
    # A span of a library that begins a trace, where requests aren't traced, has no source.
    source = attributes.get("sentry.segment.name.source")
    from_code = span.get("is_segment") is True and source
    name = _name_from(decider, value, source, path) if from_code else None
    if name is None:
        op = operation(decider, span.get("op") or attributes.get("sentry.op"), path, span)
        name = _library_name(decider, value, str(op or ""), attributes, path) or op
    # A span without a name would be lost, so it has at least its operation.
    return name if isinstance(name, str) else "span"


def segments_first(rule: Rule) -> Rule:
    """Return the rule for a batch of spans.

    Child spans repeat their segment's name, so segments are processed first.
    """

    def spans(decider: Decider, value: object, path: str, parent: Parent) -> object:
        for span in value if isinstance(value, (list, tuple)) else ():
            if isinstance(span, Mapping) and span.get("is_segment") is True:
                span_name(decider, span.get("name"), path, span)
        return rule(decider, value, path, parent)

    return spans


def command(decider: Decider, value: object, path: str) -> object:
    # The first word of what a cache or a process was told.
    match = _COMMAND.match(value) if isinstance(value, str) else None
    decider.note(Category.INTERNAL, value, None, path)
    return match[0] if match else None


def _name_from(decider: Decider, name: object, source: object, path: str) -> object:
    if source in _FROM_CODE and (has_shape(name, ROUTE) or has_shape(name, NAME)):
        decider.known_names.add(str(name))
        return name
    is_path = source == "url" and not decider.full
    return decider.decide(Category.REQUEST if is_path else Category.NAME, name, path)


def _library_name(
    decider: Decider, name: object, op: str, attributes: Mapping[str, object], path: str
) -> object:
    system = (attributes.get("db.system"), attributes.get("db.system.name"))
    if not decider.full:
        is_call = op.startswith("http") and decider.strict
        if is_call or op.startswith(("cache", "db.redis")) or "redis" in system:
            return command(decider, name, path)
        is_query = op == "db" or op.startswith("db.sql") or "db.query.text" in attributes
        if is_query and name not in decider.options.safe_names:
            return decider.decide(Category.STATEMENT, name, path)
    return decider.decide(Category.NAME, name, path)


def entry_text(decider: Decider, value: object, path: str, entry: Parent) -> object:
    # Under `strict` only a record with arguments has a format string to send.
    has_template = bool(entry.get("params")) or not decider.strict
    return decider.decide(Category.LOG if has_template else Category.TEXT, value, path)


def entry_parameters(decider: Decider, value: object, path: str, entry: Parent) -> object:
    # Arguments have no names: the format string names them, as `password=%s` does.
    if _names_a_secret(decider, entry.get("message")):
        return decider.note(Category.DETAIL, value, None, path)
    return decider.decide(Category.DETAIL, value, path)


def log_body(decider: Decider, value: object, path: str, log: Parent) -> object:
    template = values_of(log.get("attributes")).get("sentry.message.template")
    return decider.decide(Category.LOG, template if decider.strict else value, path)


def breadcrumb_message(decider: Decider, value: object, path: str, breadcrumb: Parent) -> object:
    # The category tells whether it is the message of a log record, a query, or a call.
    category = breadcrumb.get("category")
    if category == "query":
        return decider.decide(Category.STATEMENT, value, path)
    if category in _COMMANDS and not decider.full:
        return command(decider, value, path)
    template = as_dict(breadcrumb.get("data")).get(LOG_TEMPLATE)
    return decider.decide(Category.LOG, template if decider.strict else value, path)


def breadcrumb_data(call: Rule) -> Rule:
    """Return the rule for the data of a breadcrumb, with the rule for an outgoing call."""

    def data(decider: Decider, value: object, path: str, breadcrumb: Parent) -> object:
        if breadcrumb.get("type") == "http":
            return call(decider, value, path, breadcrumb)
        if not decider.full and breadcrumb.get("category") in (*_COMMANDS, "query"):
            return decider.note(Category.INTERNAL, value, None, path)
        pairs = {name: part for name, part in pairs_of(value) if name != LOG_TEMPLATE}
        return details(decider, pairs, path)

    return without_parameters(data)


def without_parameters(rule: Rule) -> Rule:
    """Return a rule that also removes what was put into a text that names something sensitive."""

    def attributes(decider: Decider, value: object, path: str, parent: Parent) -> object:
        kept = as_dict(rule(decider, value, path, parent))
        parameters = [name for name in kept if _PARAMETER(name)]
        texts = map({**parent, **dict(pairs_of(value))}.get, _TEXTS) if parameters else ()
        if _names_a_secret(decider, *texts):
            kept.update(dict.fromkeys(parameters, FILTERED))
        return kept or None

    return attributes


def _names_a_secret(decider: Decider, *texts: object) -> bool:
    shown = (text[:_MAX_TEXT] for text in texts if isinstance(text, str))
    words = re.findall(r"[\w.-]+", " ".join(shown))
    return any(map(decider.usual.keys.match, words))
