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
    PLAIN,
    Decider,
    Parent,
    Path,
    Rule,
    as_dict,
    detail,
    fields,
    follow,
    has_shape,
    names_a_secret,
    never,
    values_of,
)

# Frames of stack traces and profiles

_FILE: Final = re.compile(r"(?!.*\.\.)([\w./+-]{1,300}|<[\w ./-]{1,100}>)")
_INSTALLED: Final = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/", re.DOTALL)
_CONTEXT_LINES: Final = 5
# Lines above and below that are searched for credentials too: a value in brackets may begin or end
# there.
_SEARCHED_LINES: Final = 50
# Characters of all these lines. Where there are more, the file was generated.
_MAX_SOURCE: Final = 32_768

FUNCTION: Final = re.compile(r"[\w.<>$]{1,250}")


def file(decider: Decider, value: object, path: Path, frame: Parent) -> object:
    # Named from the project or the installed package on, for the folders above may name a person.
    # The SDK names the file of a script or of `python -m` without its folder.
    full = frame.get("abs_path", value) if frame.get("module") == "__main__" else value
    name = full.replace("\\", "/") if isinstance(full, str) else ""
    for root in decider.options.source_roots:
        name = name.removeprefix(f"{root}/")
    name = _INSTALLED.sub("", name, count=1)
    if name.startswith("/") or name[1:2] == ":":
        name = name.rpartition("/")[2]
    return name if has_shape(name, _FILE) else decider.note(Category.PATH, value, None, path)


def variables(decider: Decider, value: object, path: Path, frame: Parent) -> object:
    # Those of frameworks are the request, with all its headers.
    is_own = frame.get("in_app") is True
    return decider.decide(Category.INTERNAL, value, path) if is_own else None


_FRAME: Final[dict[str, Rule]] = {
    "module": PLAIN,
    "lineno": PLAIN,
    "colno": PLAIN,
    "in_app": PLAIN,
    "filename": file,
    "function": FUNCTION,
    "abs_path": Category.PATH,
    "vars": variables,
    # `frame()` reads them itself.
    "context_line": never,
    "pre_context": never,
    "post_context": never,
}


def profile_frame(decider: Decider, value: object, path: Path, parent: Parent) -> dict[str, object]:
    # The stacks of a profile count the frames, so none may be missing.
    kept = fields(decider, as_dict(value), path, parent, rules=_FRAME)
    return as_dict(kept) or {"function": "<unknown>"}


def frame(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    copy = profile_frame(decider, value, path, parent)
    name, number = copy.get("filename"), copy.get("lineno")
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


def transaction(decider: Decider, value: object, path: Path, event: Parent) -> object:
    return _name_from(decider, value, as_dict(event.get("transaction_info")).get("source"), path)


def known_name(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # An item of this kind doesn't tell the source of the name.
    is_known = str(value) in decider.known_names
    return value if is_known else decider.decide(Category.NAME, value, path)


def operation(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    return value if has_shape(value, _OPERATION) else decider.decide(Category.NAME, value, path)


def database(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # The name of a database of SQLite is a path on the machine.
    is_name = decider.full or has_shape(value, _DATABASE)
    return decider.decide(Category.DETAIL if is_name else Category.PATH, value, path)


def span_name(decider: Decider, value: object, path: Path, span: Parent) -> object:
    data = _data_of(span)
    # A span of a library that begins a trace, where requests aren't traced, has no source.
    source = data.get("sentry.segment.name.source")
    from_code = span.get("is_segment") is True and source
    name = _name_from(decider, value, source, path) if from_code else None
    if name is None:
        op = operation(decider, span.get("op") or data.get("sentry.op"), path, span)
        name = _library_name(decider, value, str(op or ""), data, path) or op
    # A span without a name would be lost, so it has at least its operation.
    return name if isinstance(name, str) else "span"


def segments_first(
    decider: Decider, value: object, path: Path, parent: Parent, *, span: Rule
) -> object:
    # Child spans repeat their segment's name, so segments are processed first.
    for one in value if isinstance(value, (list, tuple)) else ():
        if isinstance(one, Mapping) and one.get("is_segment") is True:
            span_name(decider, one.get("name"), path, one)
    return follow(decider, [span], value, path, parent)


def _name_from(decider: Decider, name: object, source: object, path: Path) -> object:
    if source in _FROM_CODE and (has_shape(name, ROUTE) or has_shape(name, NAME)):
        decider.known_names.add(str(name))
        return name
    is_path = source == "url" and not decider.full
    return decider.decide(Category.REQUEST if is_path else Category.NAME, name, path)


def _library_name(decider: Decider, name: object, op: str, data: Parent, path: Path) -> object:
    is_redis = "redis" in (data.get("db.system"), data.get("db.system.name"))
    is_call = op.startswith("http") and decider.strict
    if is_call or is_redis or op.startswith(("cache", "db.redis")):
        return _command(decider, name, path)
    is_query = op == "db" or op.startswith("db.sql") or "db.query.text" in data
    if is_query and name not in decider.options.safe_names:
        return decider.decide(Category.STATEMENT, name, path)
    return decider.decide(Category.NAME, name, path)


def _command(decider: Decider, value: object, path: Path) -> object:
    # The first word of what a cache or a process was told.
    if decider.full:
        return decider.decide(Category.NAME, value, path)
    match = _COMMAND.match(value) if isinstance(value, str) else None
    decider.note(Category.INTERNAL, value, None, path)
    return match[0] if match else None


def message(decider: Decider, value: object, path: Path, entry: Parent) -> object:
    # Of a log record, or of a breadcrumb: its category tells a query and a call from a record.
    if entry.get("category") == "query":
        return decider.decide(Category.STATEMENT, value, path)
    if entry.get("category") in _COMMANDS:
        return _command(decider, value, path)
    template = _data_of(entry).get(LOG_TEMPLATE)
    return decider.decide(Category.LOG, template if decider.strict else value, path)


def parameters(decider: Decider, value: object, path: Path, entry: Parent) -> object:
    if names_a_secret(decider, entry):
        return decider.note(Category.DETAIL, value, None, path)
    return decider.decide(Category.DETAIL, value, path)


def breadcrumb_data(
    decider: Decider, value: object, path: Path, breadcrumb: Parent, *, call: dict[str, Rule]
) -> object:
    if breadcrumb.get("type") == "http":
        return fields(decider, value, path, breadcrumb, rules=call)
    if not decider.full and breadcrumb.get("category") in (*_COMMANDS, "query"):
        return decider.note(Category.INTERNAL, value, None, path)
    rules: dict[str, Rule] = {LOG_TEMPLATE: never}
    beside = {**breadcrumb, **as_dict(value)}
    return fields(decider, value, path, breadcrumb, rules=rules, others=detail, beside=beside)


def _data_of(entry: Parent) -> Parent:
    # Logs and spans on their own have attributes; breadcrumbs and parts of transactions have data.
    return values_of(entry.get("attributes")) or as_dict(entry.get("data"))
