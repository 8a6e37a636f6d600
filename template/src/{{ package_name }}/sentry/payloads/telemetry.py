# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Spans, logs and metrics: items in containers, with attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .. import privacy
from ..facts import number
from ..policy_table import Fate, Kind
from ..treatment import GONE, REMOVED, Handler, Treatment
from .attributes import Attributes, without_types
from .span_names import Names

_TEMPLATE: Final = "sentry.message.template"


class Telemetry:
    """What leaves in containers, `{"version": 2, "items": [...]}`."""

    def __init__(self, treatment: Treatment, names: Names, attributes: Attributes) -> None:
        self._names = names
        self._attributes = attributes
        self._log_fate = treatment.fate(Kind.LOG)
        self._log_text = treatment.of_kind(Kind.LOG)
        self._span_fields = treatment.handler(privacy.SPAN)
        self._log_fields = treatment.handler(privacy.LOG)
        self._metric_fields = treatment.handler(privacy.METRIC)
        self._links = treatment.handler(privacy.LINKS)
        self.spans = _container(self._span, first=self._remember)
        self.logs = _container(self._log)
        self.metrics = _container(self._metric)

    def _remember(self, value: object) -> None:
        """Segments end last, and the spans below repeat their names."""
        if isinstance(value, Mapping) and value.get("is_segment") is True:
            self._segment_name(value, without_types(value.get("attributes")))

    def _segment_name(self, span: Mapping[str, object], attributes: Mapping[str, object]) -> object:
        source = attributes.get("sentry.segment.name.source") or attributes.get("sentry.span.source")
        return self._names.transaction(span.get("name"), source)

    def _span(self, value: object) -> object:
        span = self._span_fields(_without(value, "name", "attributes", "links"))
        if not isinstance(span, dict) or not isinstance(value, Mapping):
            return GONE
        typed = value.get("attributes")
        attributes = without_types(typed)
        # A span of a library that begins a trace, which happens where requests are not traced, has no source.
        is_request = span.get("is_segment") is True and "sentry.segment.name.source" in attributes
        name = self._segment_name(value, attributes) if is_request else GONE
        if name is GONE or name == REMOVED:
            name = self._names.span(value.get("name"), attributes.get("sentry.op"), attributes)
        span["name"] = name
        span["attributes"] = self._attributes.typed(typed)
        links = self._links(value.get("links"))
        if links is not GONE:
            span["links"] = links
        return span

    def _log(self, value: object) -> object:
        log = self._log_fields(_without(value, "body", "attributes"))
        if not isinstance(log, dict) or not isinstance(value, Mapping):
            return GONE
        typed = value.get("attributes")
        own = {name: part for name, part in typed.items() if name != _TEMPLATE} if isinstance(typed, Mapping) else {}
        template = without_types(typed).get(_TEMPLATE)
        log["attributes"] = self._attributes.typed(own)
        if self._log_fate is Fate.TEMPLATE:
            log["body"] = self._log_text(template)
            return log
        log["body"] = self._log_text(value.get("body"))
        if isinstance(template, str):
            log["attributes"][_TEMPLATE] = {"value": self._log_text(template), "type": "string"}
        return log

    def _metric(self, value: object) -> object:
        metric = self._metric_fields(_without(value, "name", "attributes"))
        if not isinstance(metric, dict) or not isinstance(value, Mapping):
            return GONE
        name = self._names.chosen(value.get("name"))
        if not isinstance(name, str):
            return GONE
        return {**metric, "name": name, "attributes": self._attributes.typed(value.get("attributes"))}


def _container(handler: Handler, first: Callable[[object], None] | None = None) -> Handler:
    def apply(value: object) -> object:
        if not isinstance(value, Mapping) or not isinstance(value.get("items"), (list, tuple)):
            return GONE
        if first is not None:
            for item in value["items"]:
                first(item)
        items = [kept for kept in map(handler, value["items"]) if kept is not GONE]
        version = value.get("version")
        return {"version": version if number(version) else 2, "items": items} if items else GONE

    return apply


def _without(value: object, *names: str) -> object:
    if not isinstance(value, Mapping):
        return value
    return {name: part for name, part in value.items() if name not in names}
