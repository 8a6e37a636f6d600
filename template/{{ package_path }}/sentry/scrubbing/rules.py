"""The rules of the allowlist that are functions, and the shapes that several fields have."""

from __future__ import annotations

import linecache
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Final

from .policy import LOG_TEMPLATE, Category
from .values import FILTERED, MAX_TEXT
from .walk import NULL, Decider, Parent, Path, Rule, as_dict, fields, follow, has_shape

# Facts

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
TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")


def configured(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # An item may only repeat the configuration. A trace may have begun under the key of another
    # project, which looks like an id.
    own = (decider.options.release, decider.options.environment, decider.options.public_key)
    return value if value in own or has_shape(value, TRACE_ID) else None


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
    # A mapping with harmless names of this shape.
    rules = {name: rule for name in as_dict(value) if has_shape(name, names)}
    return fields(decider, value, path, parent, rules=rules)


def repeated(decider: Decider, value: object, path: Path, parent: Parent, *, rule: Rule) -> object:
    # What is the same in most items: a frame, the packages, the integrations. To look it up saves
    # 1 ms for an error. A frame with variables can't be looked up.
    if isinstance(value, (dict, list)):
        with suppress(TypeError):
            parts = value.items() if isinstance(value, dict) else value
            return _kept(decider, rule, path, type(value), tuple(parts))
    return follow(decider, rule, value, path, parent)


@lru_cache(maxsize=1024)
def _kept(
    decider: Decider, rule: Rule, path: Path, kind: type, parts: tuple[object, ...]
) -> object:
    return follow(decider, rule, kind(parts), path, {})


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
_PLACEHOLDER: Final = re.compile(r"\{\{ ?[a-z_.]{1,40} ?\}\}")
_TYPES: Final[Mapping[type, str]] = {
    str: "string",
    # Before `int`, which it is too.
    bool: "boolean",
    int: "integer",
    float: "double",
    list: "array",
}


def detail(
    decider: Decider, value: object, path: Path, beside: Parent, *, prefix: str = ""
) -> object:
    """Return what may be sent of a value that the service has named.

    Its name in SAFE_KEYS begins with `prefix`.
    """
    name = path[1]
    is_registered = f"{prefix}{name}" in decider.options.safe_keys
    if decider.strict and not is_registered:
        return decider.note(Category.DETAIL, value, None, path)
    if _PARAMETER(name) and names_a_secret(decider, beside):
        return decider.note(Category.DETAIL, value, FILTERED, path)
    kept = (decider.filtered if is_registered else decider.usual).under(name, value)
    decider.note(Category.DETAIL, value, kept, path)
    return NULL if kept is None else kept


def attribute(decider: Decider, value: object, path: Path, beside: Parent) -> object:
    name = path[1]
    if _MEASURED(name):
        return follow(decider, NUMBER, value, path, beside)
    if _RESERVED(name) and not decider.full and name not in decider.options.safe_keys:
        return decider.note(Category.INTERNAL, value, None, path)
    return detail(decider, value, path, beside)


def own_context(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    own = partial(detail, prefix=f"{path[1]}.")
    kept = as_dict(fields(decider, value, path, parent, rules={}, others=own))
    is_sensitive = decider.usual.keys.match(path[1])
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
        if re.fullmatch(r"[A-Za-z0-9_.:-]{1,200}", name) and part is not None
    } or None


def fingerprint(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # Under `strict` only placeholders are sent, such as `{{ default }}`.
    parts = value if isinstance(value, (list, tuple)) else ()
    if decider.strict:
        return [part for part in parts if has_shape(part, _PLACEHOLDER)] or None
    return [str(decider.decide(Category.TEXT, part, path)) for part in parts] or None


def names_a_secret(decider: Decider, beside: Parent) -> bool:
    texts = (text[:MAX_TEXT] for text in map(beside.get, _TEXTS) if isinstance(text, str))
    return any(map(decider.usual.keys.match, re.findall(r"[\w.-]+", " ".join(texts))))


def attributes(
    decider: Decider, value: object, path: Path, parent: Parent, *, listed: Mapping[str, Rule]
) -> object:
    # What the SDK and the service have noted of a span or a log.
    return fields(
        decider,
        value,
        path,
        parent,
        rules=listed,
        others=attribute,
        beside={**parent, **as_dict(value)},
    )


def typed_attributes(
    decider: Decider, value: object, path: Path, parent: Parent, *, listed: Mapping[str, Rule]
) -> object:
    # The same with types: `{"value": 1, "type": "integer"}`.
    kept = as_dict(attributes(decider, values_of(value), path, parent, listed=listed))
    # The type of an IntEnum is the one of its base.
    types = {
        name: _TYPES.get(type(part))
        or next((kind for base, kind in _TYPES.items() if isinstance(part, base)), None)
        for name, part in kept.items()
    }
    return {name: {"value": kept[name], "type": kind} for name, kind in types.items() if kind}


def values_of(attributes: object) -> dict[str, object]:
    """Return attributes without the names of their types."""
    return {
        name: part["value"]
        for name, part in as_dict(attributes).items()
        if isinstance(part, dict) and "value" in part
    }


# Frames of stack traces and profiles

_FILE: Final = re.compile(r"(?!.*\.\.)([\w./+-]{1,300}|<[\w ./-]{1,100}>)")
_INSTALLED: Final = re.compile(
    r"\A(?:/|\w:).*/(?:site-packages|dist-packages|lib/python3\.\d+)/", re.DOTALL
)
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
    return decider.decide(Category.INTERNAL, value, path) if frame.get("in_app") is True else None


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
    return as_dict(follow(decider, _FRAME, value, path, parent)) or {"function": "<unknown>"}


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

# The template of a route, with or without the method before it.
ROUTE: Final = re.compile(r"(?!.*\d{5})([A-Z]{3,9} )?(/[\w./{}:~-]{0,250}|\(no route\))")
_DATABASE: Final = re.compile(r":memory:|[\w$+-][\w.$:+-]{0,99}")
# https://develop.sentry.dev/sdk/telemetry/traces/span-operations/
_OPERATION: Final = re.compile(
    r"(ai|app|browser|cache|console|cron|db|default|event|file|function|gen_ai|graphql|grpc|http|mcp|message|middleware"
    r"|process|queue|rpc|serialize|socket|subprocess|task|template|topic|ui|view|websocket)(\.[a-z_.]{1,60})?"
)
# Categories of breadcrumbs whose messages are keys and command lines.
_COMMANDS: Final = ("redis", "subprocess")


def transaction(decider: Decider, value: object, path: Path, event: Parent) -> object:
    return _name_from(decider, value, as_dict(event.get("transaction_info")).get("source"), path)


def known_name(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # An item of this kind doesn't tell the source of the name.
    return (
        value if str(value) in decider.known_names else decider.decide(Category.NAME, value, path)
    )


def operation(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    return value if has_shape(value, _OPERATION) else decider.decide(Category.NAME, value, path)


def database(decider: Decider, value: object, path: Path, parent: Parent) -> object:
    # The name of a database of SQLite is a path on the machine.
    return decider.decide(
        Category.DETAIL if decider.full or has_shape(value, _DATABASE) else Category.PATH,
        value,
        path,
    )


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
    # Child spans repeat their segment's name, so segments are processed first. One span by itself
    # begins with its name.
    for one in value if isinstance(value, (list, tuple)) and len(value) > 1 else ():
        if isinstance(one, Mapping) and one.get("is_segment") is True:
            span_name(decider, one.get("name"), path, one)
    return follow(decider, [span], value, path, parent)


def _name_from(decider: Decider, name: object, source: object, path: Path) -> object:
    # Of the other sources, `url` is a raw path and `custom` is anything.
    from_code = source in ("route", "component", "view", "task")
    if from_code and (has_shape(name, ROUTE) or has_shape(name, NAME)):
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
    return decider.decide(Category.STATEMENT if is_query else Category.NAME, name, path)


def _command(decider: Decider, value: object, path: Path) -> object:
    # The method of a request or the command of a cache, without what it is about.
    if decider.full:
        return decider.decide(Category.NAME, value, path)
    match = re.match(r"[A-Z]{2,20}(?= |\Z)", value) if isinstance(value, str) else None
    decider.note(Category.INTERNAL, value, None, path)
    return match[0] if match else None


def message(decider: Decider, value: object, path: Path, entry: Parent) -> object:
    # Of a log record, or of a breadcrumb: its category tells a query and a call from a record.
    if entry.get("category") == "query":
        return decider.decide(Category.STATEMENT, value, path)
    if entry.get("category") in _COMMANDS:
        return _command(decider, value, path)
    text = _data_of(entry).get(LOG_TEMPLATE) if decider.strict else value
    return decider.decide(Category.LOG, text, path)


def parameters(decider: Decider, value: object, path: Path, entry: Parent) -> object:
    if names_a_secret(decider, entry):
        return decider.note(Category.DETAIL, value, None, path)
    return decider.decide(Category.DETAIL, value, path)


def breadcrumb_data(
    decider: Decider, value: object, path: Path, breadcrumb: Parent, *, call: Mapping[str, Rule]
) -> object:
    if breadcrumb.get("type") == "http":
        return fields(decider, value, path, breadcrumb, rules=call)
    if not decider.full and breadcrumb.get("category") in (*_COMMANDS, "query"):
        return decider.note(Category.INTERNAL, value, None, path)
    return fields(
        decider,
        value,
        path,
        breadcrumb,
        rules={LOG_TEMPLATE: never},
        others=detail,
        beside={**breadcrumb, **as_dict(value)},
    )


def _data_of(entry: Parent) -> Parent:
    # Logs and spans on their own have attributes; breadcrumbs and parts of transactions have data.
    return values_of(entry.get("attributes")) or as_dict(entry.get("data"))
