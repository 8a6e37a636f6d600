"""Spans as they arrived, in one shape: SDK 2 sends transactions with spans in them, SDK 3 sends each span by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .receiver import Item, Receiver


@dataclass(frozen=True, slots=True)
class Span:
    name: str
    op: str | None
    trace_id: str
    span_id: str
    parent_span_id: str | None
    is_segment: bool
    failed: bool
    data: dict[str, Any]
    dsc: dict[str, Any]
    """The trace in the header of its envelope."""


def spans_of(receiver: Receiver) -> list[Span]:
    """All spans that have arrived so far."""
    return [span for item in receiver.items() for span in spans_in(item)]


def segments_of(receiver: Receiver) -> list[Span]:
    """Those of requests and other work that began a trace or continued one in this process."""
    return [span for span in spans_of(receiver) if span.is_segment]


def spans_in(item: Item) -> Iterator[Span]:
    """Those of one item: none, if it isn't about spans."""
    dsc = item.envelope_header.get("trace", {})
    if item.type == "transaction":
        trace = item.body["contexts"]["trace"]
        status_code = item.body["contexts"].get("response", {})
        data = {**trace.get("data", {}), **{f"http.response.{name}": value for name, value in status_code.items()}}
        yield _of_transaction(trace, item.body["transaction"], data, dsc, is_segment=True)
        for span in item.body["spans"]:
            data = {**span.get("data", {}), **span.get("tags", {})}
            yield _of_transaction(span, span["description"], data, dsc, is_segment=False)
    elif item.type == "span":
        for span in item.body["items"]:
            data = {name: typed["value"] for name, typed in span["attributes"].items()}
            yield Span(
                span["name"],
                data.get("sentry.op"),
                span["trace_id"],
                span["span_id"],
                span.get("parent_span_id"),
                span["is_segment"],
                span["status"] == "error",
                data,
                dsc,
            )


def _of_transaction(span: dict[str, Any], name: str, data: dict[str, Any], dsc: Any, *, is_segment: bool) -> Span:
    failed = span.get("status") not in (None, "ok")
    parent = span.get("parent_span_id")
    return Span(name, span.get("op"), span["trace_id"], span["span_id"], parent, is_segment, failed, data, dsc)
