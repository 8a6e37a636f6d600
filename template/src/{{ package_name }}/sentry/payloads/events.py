# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Error events and transactions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .. import privacy
from ..masking.credentials import FILTERED
from ..policy_table import Fate, Kind
from ..treatment import GONE, REMOVED, Handler, Treatment
from .attributes import Attributes
from .breadcrumbs import Breadcrumbs
from .frames import Frames
from .span_names import Names

_PLACEHOLDER: Final = re.compile(r"\{\{ ?[a-z_.]{1,40} ?\}\}").fullmatch

_NAME_OF_TAG: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}").fullmatch
_LONGEST_TAG: Final = 200

_ELSEWHERE: Final = frozenset(("transaction", "transaction_info", "_meta"))
"""The name of a transaction needs its source; `_meta` tells about values that may have changed."""


class Events:
    """Events of the types error, message and transaction."""

    def __init__(self, treatment: Treatment, frames: Frames, names: Names, attributes: Attributes) -> None:
        self._treatment = treatment
        self._strict = treatment.fate(Kind.DETAIL) is Fate.SAFE
        self._everything = treatment.fate(Kind.UNKNOWN) is Fate.CLEANED
        self._names = names
        self._attributes = attributes
        self._text = treatment.of_kind(Kind.TEXT)
        self._template = treatment.of_kind(Kind.LOG)
        self._tags = treatment.details()
        self._contexts = treatment.handlers(privacy.CONTEXTS)
        self._extra = treatment.handlers(privacy.EXTRA)
        self._trace = treatment.fields(
            {
                **treatment.handlers(privacy.TRACE),
                "op": names.operation,
                "data": attributes.plain,
                "description": names.repeated,
            }
        )
        stacktrace: dict[str, Handler] = {"stacktrace": frames.stacktrace}
        exception = treatment.fields({**treatment.handlers(privacy.EXCEPTION), **stacktrace})
        thread = treatment.fields({**treatment.handlers(privacy.THREAD_OF_EVENT), **stacktrace})
        self._fields = treatment.fields(
            {
                **treatment.handlers(privacy.EVENT),
                **stacktrace,
                "exception": treatment.fields({"values": treatment.each(exception)}),
                "threads": treatment.fields({"values": treatment.each(thread)}),
                "breadcrumbs": treatment.fields({"values": treatment.each(Breadcrumbs(treatment).breadcrumb)}),
                "request": self._request,
                "logentry": self._logentry,
                "tags": self._tags_as_text,
                "contexts": self._all_contexts,
                "extra": self._all_extra,
                "fingerprint": self._fingerprint,
                "spans": treatment.each(self._span),
            }
        )
        self._request_fields = treatment.fields(
            {
                **treatment.handlers(privacy.REQUEST),
                "headers": self._headers,
                "cookies": lambda value: FILTERED if self._everything and value else GONE,
            }
        )
        self._header_fields = treatment.fields(treatment.handlers(privacy.HEADERS))
        self._span_fields = treatment.fields(
            {
                **treatment.handlers(privacy.SPAN_OF_TRANSACTION),
                "op": names.operation,
                "tags": self._tags_as_text,
                "data": attributes.plain,
            }
        )

    def event(self, value: object) -> object:
        """An event or a transaction."""
        if not isinstance(value, Mapping):
            return GONE
        info = value.get("transaction_info")
        source = info.get("source") if isinstance(info, Mapping) else None
        event = self._fields({name: part for name, part in value.items() if name not in _ELSEWHERE})
        if not isinstance(event, dict):
            return GONE
        for name in ("user", "tags", "contexts", "threads"):
            if not event.get(name, True):
                del event[name]
        transaction = self._names.transaction(value.get("transaction"), source)
        if transaction is not GONE:
            event["transaction"] = transaction
            if isinstance(source, str) and source.isalpha():
                event["transaction_info"] = {"source": source}
        return event

    def feedback(self, value: object) -> object:
        """What a user has written. Of a strict policy nothing is left of it."""
        return GONE if self._strict else self.event(value)

    def _logentry(self, value: object) -> object:
        """The message of a log record, or of `capture_message` in a later SDK."""
        if not isinstance(value, Mapping):
            return GONE
        message, params = value.get("message"), value.get("params")
        if self._treatment.fate(Kind.LOG) is Fate.TEMPLATE:
            return {"message": self._template(message) if params else REMOVED}
        return {name: self._text(part) for name, part in value.items() if name in ("message", "formatted", "params")}

    def _request(self, value: object) -> object:
        request = self._request_fields(value)
        return request if request else GONE

    def _headers(self, value: object) -> object:
        if isinstance(value, (list, tuple)):
            value = {pair[0]: pair[1] for pair in value if isinstance(pair, (list, tuple)) and len(pair) == 2}
        if not isinstance(value, Mapping):
            return GONE
        return self._header_fields({name.lower(): part for name, part in value.items() if isinstance(name, str)})

    def _tags_as_text(self, value: object) -> object:
        """Sentry takes names of few characters, and short texts of one line. It would drop what is otherwise."""
        if not isinstance(value, Mapping):
            return GONE
        tags = self._tags(value)
        return {name: str(part).replace("\n", " ")[:_LONGEST_TAG] for name, part in tags.items() if _NAME_OF_TAG(name)}

    def _all_contexts(self, value: object) -> object:
        if not isinstance(value, Mapping):
            return GONE
        contexts: dict[str, object] = {}
        for name, context in value.items():
            if name == "trace":
                kept = self._trace(context)
            elif name in self._contexts:
                kept = self._contexts[name](context)
            elif isinstance(name, str) and isinstance(context, Mapping):
                kept = self._context(name, context)
            else:
                continue
            if kept is not GONE and kept:
                contexts[name] = kept
        return contexts

    def _context(self, name: str, context: Mapping[str, object]) -> object:
        if self._strict:
            return self._treatment.details(f"{name}.")(context)
        masked = self._tags({name: context})
        return masked.get(name, GONE)

    def _all_extra(self, value: object) -> object:
        if not isinstance(value, Mapping):
            return GONE
        own = {name: part for name, part in value.items() if name not in self._extra and name not in privacy.NOISE}
        extra = self._tags(own)
        for name, handler in self._extra.items():
            if name in value and (kept := handler(value[name])) is not GONE:
                extra[name] = kept
        return extra or GONE

    def _fingerprint(self, value: object) -> object:
        if not isinstance(value, (list, tuple)):
            return GONE
        parts = [
            part if isinstance(part, str) and _PLACEHOLDER(part) else GONE if self._strict else self._text(part)
            for part in value
        ]
        kept = [part if isinstance(part, str) else str(part) for part in parts if part is not GONE]
        return kept or GONE

    def _span(self, value: object) -> object:
        span = self._span_fields(value)
        if not isinstance(span, dict) or not isinstance(value, Mapping):
            return GONE
        data = value.get("data")
        span["description"] = self._names.span(
            value.get("description"), value.get("op"), data if isinstance(data, Mapping) else {}
        )
        return span
