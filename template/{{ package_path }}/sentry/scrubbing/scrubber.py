"""Applies a policy to an item: walks it along the allowlist and does with each value what the table says."""

from __future__ import annotations

import hashlib
import hmac
import json
import linecache
import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from sentry_sdk.envelope import Item, PayloadRef

from . import fields
from .credentials import FILTERED, credentials_mask, personal_mask
from .fields import Fields, Rule, Shape
from .names import SensitiveKeys
from .policy import LOG_TEMPLATE, Category, Method, ScrubberOptions
from .sql import verb, without_values
from .structures import ValueScrubber

Parent = Mapping[str, object]
Removed = Callable[[str, Category, object, object], None]
"""Called with path, category, value before and value after (None: not sent) for each value that changes."""

_CONTEXT_LINES: Final = 5
_MAX_SHAPED: Final = 500
_MAX_TAG: Final = 200
_TAG_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}").fullmatch
_PLACEHOLDER: Final = re.compile(r"\{\{ ?[a-z_.]{1,40} ?\}\}").fullmatch
_FILE: Final = re.compile(r"(?!.*\.\.)([\w./+-]{1,300}|<[\w ./-]{1,100}>)").fullmatch
_INSTALLED: Final = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/", re.DOTALL)
_COMMAND: Final = re.compile(r"[A-Z]{2,20}(?= |\Z)").match
"""The method of a request or the command of a cache, in front of what it is about."""
_FROM_CODE: Final = frozenset(("route", "component", "view", "task"))
"""Sources of transaction names that come from code; `url` is a raw path, `custom` is anything."""
_COMMANDS: Final = frozenset(("redis", "subprocess"))
"""Categories of breadcrumbs whose messages are keys and command lines."""
_TYPES: Final[dict[type, str]] = {bool: "boolean", int: "integer", float: "double", str: "string", list: "array"}


class Scrubber:
    """One policy for one process. What it returns is new; what it is given stays as it is.

    A method with the name of a rule in fields.py takes a value, its path and the mapping around it. It returns what may
    leave of the value, or None.
    """

    def __init__(self, options: ScrubberOptions, removed: Removed | None = None) -> None:
        keys = SensitiveKeys(options.sensitive_keys)
        self._options: Final = options
        self._removed: Final = removed
        self._strict: Final = options.policy == "strict"
        self._full: Final = options.policy == "full"
        self._masked: Final = ValueScrubber(personal_mask(keys, options.masks), keys)
        self._filtered: Final = ValueScrubber(credentials_mask(keys), keys)
        self._known_names: Final[set[str]] = set()
        # An error comes back to the same few lines.
        self._source_lines: Final = lru_cache(maxsize=512)(self._read_source_lines)
        methods: dict[Method, Callable[[object], object]] = {
            Method.FILTER: self._filtered.value,
            Method.MASK: self._masked.value,
            Method.HASH: self._pseudonym,
            Method.TEMPLATE: lambda value: value if str(value) in options.log_templates else FILTERED,
            Method.VERB: lambda value: verb(str(value)),
            Method.STATEMENT: lambda value: self._masked.value(without_values(str(value))),
            Method.HOST: lambda value: self._masked.value(value) if "://" in str(value) else None,
            Method.REPLACE: lambda value: FILTERED,
        }
        self._methods: Final = {category: methods.get(category.method(options.policy)) for category in Category}

    def item(self, item: Item) -> Item | None:
        """Return the scrubbed item, or None to drop it.

        Raises:
            Exception: scrubbing failed; the item must not leave.
        """
        kind = str(item.headers.get("type"))
        rule = fields.ITEMS.get(kind)
        # Of feedback, which a user has written, nothing would be left.
        if (kind == "span" and not self._options.tracing) or (kind == "feedback" and self._strict):
            return None
        if rule is None:
            payload = self._unknown_item(item)
        else:
            # What the SDK makes is an object; what others make may be bytes.
            value = item.payload.json if item.payload.json is not None else json.loads(item.get_bytes())
            payload = self._apply(rule, value, "", {})
        if payload is None or (isinstance(payload, dict) and payload.get("items") == []):
            return None
        headers = _as_dict(self._fields(fields.ITEM_HEADER, item.headers, "header"))
        headers.pop("length", None)
        if isinstance(payload, bytes):
            return Item(payload=payload, headers=headers)
        if isinstance(payload, dict) and isinstance(payload.get("items"), list):
            headers["item_count"] = len(payload["items"])
        return Item(payload=PayloadRef(json=payload), headers=headers)

    def envelope_headers(self, headers: Mapping[str, object]) -> dict[str, object]:
        """Return what may stand above the items of an envelope."""
        return _as_dict(self._fields(fields.ENVELOPE, headers, "envelope"))

    def _unknown_item(self, item: Item) -> object:
        """Return an attachment or an item of a later SDK: JSON or text, filtered."""
        if not self._full:
            return self._drop(Category.UNKNOWN, item.payload.json or "(bytes)", "")
        if item.payload.json is not None:
            return self._filtered.value(item.payload.json)
        try:
            return self._filtered.mask(item.get_bytes().decode("utf-8")).encode()
        except UnicodeDecodeError:
            return None

    # The walk along the rules

    def _apply(self, rule: Rule, value: object, path: str, parent: Parent) -> object:
        """Return what may leave of a value, or None to drop it."""
        if isinstance(rule, (tuple, re.Pattern, type)):
            return value if _matches(rule, value) else self._unlisted("", value, path)
        if isinstance(rule, dict):
            return self._fields(rule, value, path)
        if isinstance(rule, str):
            scrub: Callable[[object, str, Parent], object] = getattr(self, f"_{rule}")
            return scrub(value, path, parent)
        if isinstance(rule, Category):
            return self._category(rule, value, path)
        if not isinstance(value, (list, tuple)):
            return self._unlisted("", value, path)
        parts = (self._apply(rule[0], part, f"{path}.{number}", parent) for number, part in enumerate(value))
        return [part for part in parts if part is not None]

    def _fields(self, rules: Fields, value: object, path: str) -> object:
        if not isinstance(value, Mapping):
            return self._unlisted("", value, path)
        copy: dict[str, object] = {}
        for name, part in value.items():
            if isinstance(name, str):
                rule, place = _rule(rules, name), f"{path}.{name}" if path else name
                kept = self._unlisted(name, part, place) if rule is None else self._apply(rule, part, place, value)
                if kept is not None:
                    copy[name] = kept
        return copy or None

    def _category(self, category: Category, value: object, path: str) -> object:
        if category is Category.NAME and isinstance(value, str) and value in self._options.safe_names:
            return value
        method = self._methods[category]
        after = None if method is None else method(value)
        if self._removed is not None and after != value:
            self._removed(path, category, value, after)
        return after

    def _unlisted(self, name: str, value: object, path: str) -> object:
        return self._filtered.under(name, value) if self._full else self._drop(Category.UNKNOWN, value, path)

    def _drop(self, category: Category, value: object, path: str) -> object:
        """Return None, and tell that the value is not sent."""
        if self._removed is not None and value is not None:
            self._removed(path, category, value, None)
        return None

    def _details(self, value: object, path: str, prefix: str = "") -> dict[str, object]:
        """Return what may leave of values that the service has named itself."""
        copy: dict[str, object] = {}
        for name, part in value.items() if isinstance(value, Mapping) else ():
            if not isinstance(name, str):
                continue
            registered = f"{prefix}{name}" in self._options.safe_keys
            place = f"{path}.{name}"
            if self._strict and not registered:
                self._drop(Category.DETAIL, part, place)
                continue
            scrubber = self._filtered if registered or self._full else self._masked
            scrubbed = copy[scrubber.mask(name)] = scrubber.under(name, part)
            if self._removed is not None and scrubbed != part:
                self._removed(place, Category.DETAIL, part, scrubbed)
        return copy

    def _listed_and_details(self, rules: Fields, value: object, path: str) -> dict[str, object]:
        """Return what may leave of a mapping that the SDK and the service both write into."""
        pairs = value if isinstance(value, Mapping) else {}
        listed = {name: part for name, part in pairs.items() if _rule(rules, name) is not None}
        details = {name: part for name, part in pairs.items() if name not in listed}
        return {**_as_dict(self._fields(rules, listed, path)), **self._details(details, path)}

    def _configured(self, value: object, path: str, parent: Parent) -> object:
        """A value of the configuration, which an item may only repeat. A trace may have begun under another key."""
        if value in (self._options.release, self._options.environment, self._options.public_key):
            return value
        return value if path.endswith("public_key") and _matches(fields.TRACE_ID, value) else None

    def _entry_text(self, value: object, path: str, entry: Parent) -> object:
        """The message of a log record. Under `strict` only a record with arguments has a format string to send."""
        category = Category.LOG if entry.get("params") or not self._strict else Category.TEXT
        return self._category(category, value, path)

    def _tags(self, value: object, path: str, parent: Parent) -> object:
        """Tags as Sentry takes them: names of few characters, and short texts of one line."""
        pairs = value.items() if isinstance(value, Mapping) else ()
        # A float becomes a text, so it is masked as one.
        tags = self._details({name: str(part) if isinstance(part, float) else part for name, part in pairs}, path)
        return {name: str(part).replace("\n", " ")[:_MAX_TAG] for name, part in tags.items() if _TAG_NAME(name)} or None

    def _contexts(self, value: object, path: str, parent: Parent) -> object:
        contexts: dict[str, object] = {}
        for name, context in value.items() if isinstance(value, Mapping) else ():
            place = f"{path}.{name}"
            if name in fields.CONTEXTS:
                contexts[name] = self._apply(fields.CONTEXTS[name], context, place, parent)
            elif isinstance(name, str) and isinstance(context, Mapping):
                shown = name if self._strict else self._masked.mask(name)
                contexts[shown] = self._details(context, place, f"{name}.")
        return {name: context for name, context in contexts.items() if context} or None

    def _extra(self, value: object, path: str, parent: Parent) -> object:
        return self._listed_and_details(fields.EXTRA, value, path) or None

    def _fingerprint(self, value: object, path: str, parent: Parent) -> object:
        parts = value if isinstance(value, (list, tuple)) else ()
        if self._strict:
            return [part for part in parts if isinstance(part, str) and _PLACEHOLDER(part)] or None
        return [str(self._category(Category.TEXT, part, path)) for part in parts] or None

    def _crumb_message(self, value: object, path: str, crumb: Parent) -> object:
        """The message of a log record, a query or a call: the category of the breadcrumb says which."""
        category, data = crumb.get("category"), crumb.get("data")
        if category == "query":
            return self._category(Category.STATEMENT, value, path)
        if category in _COMMANDS and not self._full:
            return self._command(value, path)
        if self._strict:
            value = data.get(LOG_TEMPLATE) if isinstance(data, Mapping) else None
        return self._category(Category.LOG, value, path)

    def _crumb_data(self, value: object, path: str, crumb: Parent) -> object:
        if crumb.get("type") == "http":
            return self._fields(fields.CALL, value, path)
        if crumb.get("category") in (*_COMMANDS, "query") and not self._full:
            return self._drop(Category.INTERNAL, value, path)
        pairs = value.items() if isinstance(value, Mapping) else ()
        return self._details({name: part for name, part in pairs if name != LOG_TEMPLATE}, path) or None

    def _command(self, value: object, path: str) -> object:
        command = _COMMAND(value) if isinstance(value, str) else None
        self._drop(Category.INTERNAL, value, path)
        return command[0] if command else None

    def _frame(self, value: object, path: str, parent: Parent) -> object:
        """A frame, with the source lines where it is the service's own."""
        frame = self._profile_frame(value, path, parent)
        file, number = frame.get("filename"), frame.get("lineno")
        if frame.get("in_app") is True and isinstance(number, int) and isinstance(file, str):
            frame.update(self._source_lines(file, number))
        return frame

    def _profile_frame(self, value: object, path: str, parent: Parent) -> dict[str, object]:
        """A frame without source lines. The stacks of a profile count the frames, so none may be missing."""
        unknown: dict[str, object] = {"function": "<unknown>"}
        if not isinstance(value, Mapping):
            return unknown
        left_out = ["context_line", "pre_context", "post_context"]
        if value.get("in_app") is not True:
            # The variables of the frameworks are the request, with all its headers.
            left_out.append("vars")
        kept = {name: part for name, part in value.items() if name not in left_out}
        kept["filename"] = value.get("filename") or value.get("abs_path")
        return _as_dict(self._fields(fields.FRAME, kept, path)) or unknown

    def _file(self, value: object, path: str, parent: Parent) -> object:
        """A file as the project or the installed package calls it. The folders above it may name a person."""
        if not isinstance(value, str):
            return None
        file = value.replace("\\", "/")
        if file.startswith("/") or file[1:2] == ":":
            for root in self._options.source_roots:
                file = file.removeprefix(f"{root}/")
            file = _INSTALLED.sub("", file, count=1)
            if file.startswith("/") or file[1:2] == ":":
                file = file.rpartition("/")[2]
        return file if _FILE(file) else self._drop(Category.PATH, value, path)

    def _read_source_lines(self, file: str, number: int) -> dict[str, object]:
        """Return the fields of a frame for the lines around a line, counted from 1; none for files of others.

        The SDK would read the lines of every frame, which is most of what an error costs. It is told to read none.
        """
        for root in self._options.source_roots if file.endswith(".py") else ():
            lines = linecache.getlines(f"{root}/{file}")
            if 0 < number <= len(lines):
                first = max(0, number - 1 - _CONTEXT_LINES)
                shown = [line.rstrip("\r\n") for line in lines[first : number + _CONTEXT_LINES]]
                kept = self._filtered.mask("\n".join(shown)).split("\n")
                at = number - 1 - first
                if len(kept) == len(shown):
                    return {"pre_context": kept[:at], "context_line": kept[at], "post_context": kept[at + 1 :]}
        return {}

    # Names of transactions and spans: libraries put URLs, statements and keys into them

    def _transaction(self, value: object, path: str, event: Parent) -> object:
        info = event.get("transaction_info")
        return self._name_from(value, info.get("source") if isinstance(info, Mapping) else None, path)

    def _name_from(self, name: object, source: object, path: str) -> object:
        """Return the name of a transaction or segment, by where the SDK has it from."""
        if source in _FROM_CODE and isinstance(name, str) and _matches((fields.ROUTE, fields.NAME), name):
            self._known_names.add(name)
            return name
        if source == "url" and not self._full:
            return self._drop(Category.REQUEST, name, path)
        return self._category(Category.NAME, name, path)

    def _known_name(self, value: object, path: str, parent: Parent) -> object:
        """The name of a transaction in an item that does not tell its source."""
        return value if str(value) in self._known_names else self._category(Category.NAME, value, path)

    def _operation(self, value: object, path: str, parent: Parent) -> object:
        return value if _matches(fields.OPERATION, value) else self._category(Category.NAME, value, path)

    def _span_name(self, value: object, path: str, span: Parent) -> object:
        """The name of a span. There is always one: at worst its operation."""
        attributes = _plain(span["attributes"]) if "attributes" in span else _as_dict(span.get("data"))
        # A span of a library that begins a trace, which happens where requests are not traced, has no source.
        source = attributes.get("sentry.segment.name.source")
        name = self._name_from(value, source, path) if span.get("is_segment") is True and source else None
        if name is None:
            op = self._operation(span.get("op") or attributes.get("sentry.op"), path, span)
            name = self._library_name(value, op if isinstance(op, str) else "", attributes, path) or op
        return name if isinstance(name, str) else "span"

    def _library_name(self, name: object, op: str, attributes: Mapping[str, object], path: str) -> object:
        system = (attributes.get("db.system"), attributes.get("db.system.name"))
        if not self._full:
            if op.startswith(("cache", "db.redis")) or "redis" in system or (op.startswith("http") and self._strict):
                return self._command(name, path)
            is_query = op == "db" or op.startswith("db.sql") or "db.query.text" in attributes
            if is_query and name not in self._options.safe_names:
                return self._category(Category.STATEMENT, name, path)
        return self._category(Category.NAME, name, path)

    def _spans(self, value: object, path: str, parent: Parent) -> object:
        """A batch of spans. Segments end last, and the spans below repeat their names, so segments are read first."""
        for span in value if isinstance(value, (list, tuple)) else ():
            if isinstance(span, Mapping) and span.get("is_segment") is True:
                self._span_name(span.get("name"), path, span)
        return self._apply([fields.SPAN], value, path, parent)

    def _log_body(self, value: object, path: str, log: Parent) -> object:
        template = _plain(log.get("attributes")).get("sentry.message.template")
        return self._category(Category.LOG, template if self._strict else value, path)

    def _metric(self, value: object, path: str, parent: Parent) -> object:
        metric = _as_dict(self._fields(fields.METRIC, value, path))
        return metric if isinstance(metric.get("name"), str) else None

    def _attributes(self, value: object, path: str, parent: Parent) -> object:
        """Attributes that carry the name of their type, an IntEnum that of its base: `{"value": ..., "type": ...}`."""
        plain = _as_dict(self._data(_plain(value), path, parent))
        types = {name: [_TYPES[base] for base in type(part).__mro__ if base in _TYPES] for name, part in plain.items()}
        return {name: {"value": plain[name], "type": found[0]} for name, found in types.items() if found}

    def _data(self, value: object, path: str, parent: Parent) -> object:
        """Attributes that are their values: the SDK's by their list, all others as the service's own."""
        attributes: dict[str, object] = {}
        for name, part in value.items() if isinstance(value, Mapping) else ():
            foreign = fields.RESERVED.match(name) and name not in self._options.safe_keys and not self._full
            if foreign and _rule(fields.ATTRIBUTES, name) is None:
                self._drop(Category.INTERNAL, part, f"{path}.{name}")
            else:
                attributes[name] = part
        return self._listed_and_details(fields.ATTRIBUTES, attributes, path)

    def _pseudonym(self, value: object) -> object:
        is_id = isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""
        return pseudonym(str(value), self._options.user_id_key) if is_id else None


def pseudonym(user_id: str, key: bytes) -> str:
    """Return 32 hexadecimal digits, the same for the same id and key, by HMAC-SHA256; a pseudonym is its own pseudonym.

    The last eight digits are made of the others and of the key, so that no id can be taken for a pseudonym.
    """

    def digits(text: str, number: int) -> str:
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:number]

    head = user_id[:24]
    if not hmac.compare_digest(user_id[24:].encode("utf-8", "surrogatepass"), digits(f"check:{head}", 8).encode()):
        head = digits(f"id:{user_id}", 24)
    return head + digits(f"check:{head}", 8)


def _matches(shape: Shape, value: object) -> bool:
    """Return whether a value has the shape of a rule."""
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and len(value) <= _MAX_SHAPED and shape.fullmatch(value) is not None
    if isinstance(shape, tuple):
        return any(_matches(part, value) for part in shape)
    if shape is bool:
        return isinstance(value, bool)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _rule(rules: Fields, name: str) -> Rule | None:
    return rules.get(name) or next(
        (rule for key, rule in rules.items() if isinstance(key, re.Pattern) and key.fullmatch(name)), None
    )


def _plain(typed: object) -> dict[str, object]:
    """Return attributes without the names of their types."""
    if not isinstance(typed, Mapping):
        return {}
    return {
        name: part["value"]
        for name, part in typed.items()
        if isinstance(name, str) and isinstance(part, Mapping) and "value" in part
    }


def _as_dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
