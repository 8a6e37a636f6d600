"""What a situation sent, as sorted lines of text: the same lines on both sides mean the same events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .receiver import Item

CALLER_TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
"""The trace id that situations use for a caller's."""

OWN_TAGS: Final = {
    "request_id": "the layer's, of the request",
    "asgi.type": "plain only, says http or websocket",
    "runtime.name": "SDK",
}
"""Tags that are not compared, with the reason."""

NOT_COMPARED: Final = {
    "client_report": "counts what the SDK itself dropped",
    "log": "the usual init of SDK 2 sends none, and the answer `telemetry` decides about them here",
    "trace_metric": "the usual init of SDK 2 sends none",
    "profile": "answer `telemetry`",
    "profile_chunk": "answer `telemetry`",
}
"""Types of items that are not compared, with the reason."""

OWN_BREADCRUMBS: Final = {
    "http.server": "the layer's, of the request",
    "uvicorn.access": "logs each request with its query",
    "uvicorn.error": "logs an error that has been captured",
    "httplib": "of integrations, by the answers",
    "httpx2": "of integrations, by the answers",
    "query": "of integrations, by the answers",
    "subprocess": "StdlibIntegration is off",
}
"""Categories of breadcrumbs that are not compared, with the reason."""

OWN_SPANS: Final = {
    "websocket.server": "a span as long as the socket is noise; span() traces a message",
    "middleware.": "spans of each middleware are off",
    "template.render": "of Jinja, SDK 2 alone",
}
"""Kinds of spans that are not compared, with the reason."""


def lines(items: Sequence[Item]) -> list[str]:
    """What is compared of these items, sorted."""
    spans = [span for span in _spans(items) if not _own(span)]
    traces = {span["trace_id"]: _short(span["name"]) for span in spans if span["segment"]}
    shown = [*_errors(items, traces), *_traces(spans), *_sessions(items), *_check_ins(items)]
    known = {"event", "transaction", "span", "sessions", "session", "check_in", *NOT_COMPARED}
    shown += [f"item {item.type}" for item in items if item.type not in known]
    return sorted(shown)


def kept(items: Sequence[Item]) -> list[str]:
    """What every policy but `strict` keeps of these items, sorted: what went wrong and where, without its values."""
    segments = [span for span in _spans(items) if span["segment"] and not _own(span)]
    shown = [f"segment {one['op']} {_short(one['name'])} · status {one['status']}" for one in segments]
    for event in (item.body for item in items if item.type == "event"):
        exceptions = (event.get("exception") or {}).get("values") or []
        fields = {
            "error": " from ".join(str(one.get("type")) for one in reversed(exceptions)) or "message",
            "in": _short(event.get("transaction")),
            "level": event.get("level"),
            "logger": event.get("logger"),
            "handled": [(one.get("mechanism") or {}).get("handled") for one in exceptions],
            "user": "known" if (event.get("user") or {}).get("id") else "unknown",
            "method": (event.get("request") or {}).get("method"),
        }
        shown.append(" · ".join(f"{name} {value}" for name, value in fields.items()))
    return sorted([*shown, *_sessions(items), *_check_ins(items)])


def head(event: Mapping[str, Any]) -> str:
    """What went wrong: the exceptions, outermost first, or the message."""
    exceptions = (event.get("exception") or {}).get("values") or []
    if exceptions:
        return " from ".join(f"{one.get('type')}: {_short(one.get('value'))}" for one in reversed(exceptions))
    logged = event.get("logentry") or {}
    return f"message {_short(logged.get('formatted') or logged.get('message') or event.get('message'))}"


def _errors(items: Sequence[Item], traces: Mapping[str, str]) -> Iterator[str]:
    for event in (item.body for item in items if item.type == "event"):
        exceptions = (event.get("exception") or {}).get("values") or []
        mechanism = exceptions[-1].get("mechanism") or {} if exceptions else {}
        trace_id = event.get("contexts", {}).get("trace", {}).get("trace_id")
        fields = {
            "in": _short(event.get("transaction")),
            "level": event.get("level"),
            "logger": event.get("logger"),
            "handled": mechanism.get("handled"),
            "user": _without(event.get("user") or {}, ()),
            "tags": _without(event.get("tags") or {}, OWN_TAGS),
            "extra": _without(event.get("extra") or {}, ("sys.argv",)),
            "contexts": _without(event.get("contexts") or {}, ("trace", "runtime", "os", "response")),
            "fingerprint": event.get("fingerprint"),
            "breadcrumbs": [
                _short(breadcrumb.get("message"))
                for breadcrumb in (event.get("breadcrumbs") or {}).get("values") or ()
                if breadcrumb.get("category") not in OWN_BREADCRUMBS
            ],
            "trace": "caller's" if trace_id == CALLER_TRACE else traces.get(trace_id, "no segment"),
            "method": (event.get("request") or {}).get("method"),
            "query": (event.get("request") or {}).get("query_string"),
            "body": _body((event.get("request") or {}).get("data")),
        }
        shown = " · ".join(f"{name} {value}" for name, value in fields.items() if value not in (None, {}, [], ""))
        yield f"error {head(event)} · {shown}"


def _spans(items: Sequence[Item]) -> Iterator[dict[str, Any]]:
    """All spans of the two ways to send them, alike."""
    for item in items:
        if item.type == "transaction":
            trace = item.body["contexts"]["trace"]
            yield {
                **_span(trace, trace.get("op"), item.body.get("transaction"), trace.get("status"), item.trace),
                "segment": True,
            }
            for span in item.body.get("spans") or ():
                name = span.get("description")
                yield {**_span(span, span.get("op"), name, span.get("status"), item.trace), "segment": False}
        if item.type == "span":
            for span in item.body["items"]:
                op = span.get("attributes", {}).get("sentry.op", {}).get("value")
                shown = _span(span, op, span["name"], span.get("status"), item.trace)
                yield {**shown, "segment": span.get("is_segment", False)}


def _span(
    body: Mapping[str, Any], op: str | None, name: str | None, status: str | None, trace: Mapping[str, Any]
) -> dict[str, Any]:
    parent = body.get("parent_span_id")
    return {
        "trace_id": body["trace_id"],
        "span_id": body["span_id"],
        "parent": parent,
        "op": op or "",
        "name": name or "",
        "status": status,
        "rate": trace.get("sample_rate"),
        "sampling": trace,
    }


def _body(data: object) -> object:
    return _short(data) if isinstance(data, str) else data


def _own(span: Mapping[str, Any]) -> bool:
    # The usual init traces the SDK's own requests where the DSN names a port.
    return span["op"].startswith(tuple(OWN_SPANS)) or "/envelope/" in span["name"]


def _traces(spans: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = {span["span_id"]: span["name"] for span in spans}
    for span in spans:
        parent = "caller's" if span["parent"] and span["trace_id"] == CALLER_TRACE else "unknown"
        below = _short(names.get(span["parent"], parent)) if span["parent"] else None
        kind = "segment" if span["segment"] else "span"
        shown = f"{kind} {span['op']} {_short(span['name'])}"
        shown += f" · status {span['status']}" if span["status"] not in (None, "") else ""
        shown += f" · below {below}" if below else ""
        yield shown + (f" · rate {float(span['rate']):g}" if span["segment"] and span["rate"] is not None else "")


def _sessions(items: Sequence[Item]) -> Iterator[str]:
    totals: dict[str, int] = {}
    for item in items:
        if item.type == "sessions":
            for bucket in item.body["aggregates"]:
                for status, count in bucket.items():
                    if isinstance(count, int):
                        totals[status] = totals.get(status, 0) + count
        if item.type == "session":
            totals["application"] = totals.get("application", 0) + 1
    if totals:
        yield "sessions " + " ".join(f"{status} {count}" for status, count in sorted(totals.items()))


def _check_ins(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        if item.type == "check_in":
            yield f"check_in {item.body['monitor_slug']} {item.body['status']}"


def _without(values: Mapping[str, Any], names: Any) -> dict[str, Any]:
    return {name: value for name, value in sorted(values.items()) if name not in names and value is not None}


def _short(text: object) -> str:
    shown = re.sub(r"127\.0\.0\.1:\d+|0x[0-9a-f]{6,}|static-\d+", "…", str(text or "").replace("\n", " "))
    shown = re.sub(r"(Traceback \(most recent call last\):).*", r"\1…", shown)
    shown = shown.encode("utf-8", "backslashreplace").decode()
    return shown if len(shown) <= 120 else f"{shown[:100]}…"
