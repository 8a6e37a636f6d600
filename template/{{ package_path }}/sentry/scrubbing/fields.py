"""The allowlist: what may leave the process, field by field. Read it together with the table in policy.py.

A rule says what a field holds:

- `PLAIN` or another shape (a pattern, a type, a tuple of these): a harmless value of that shape;
- a `Category`: data that the table decides about;
- a dict: further fields (a pattern for a name: any name of that shape), a list: a value of that rule each;
- a name: what a rule cannot say, the method of that name in scrubber.py, which also sees the fields beside the value.

What is not listed leaves under the policy `full` only.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from .policy import Category

Shape: TypeAlias = "re.Pattern[str] | type | tuple[Shape, ...]"
Fields: TypeAlias = "dict[str | re.Pattern[str], Rule]"
Rule: TypeAlias = "Shape | Category | Fields | list[Rule] | str"

NAME: Final = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.:-]{0,199}")
"""What code names things: modules, loggers, categories, statuses. A run of five digits is no name."""
VERSION: Final = re.compile(r"[0-9][\w.+!-]{0,60}")
PLAIN: Final = (
    bool,
    float,
    NAME,
    re.compile(
        r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{16}|\d{1,20}|[\d.e-]{1,30}"
        r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?"
    ),
)
"""What the SDK itself writes into a field: a flag, a number, a name, an id or a time."""

# What somebody else may have chosen has a shape of its own.
TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")
METHOD: Final = re.compile("CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE|WEBSOCKET")
MEDIA_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}(; ?charset=[\w-]{1,20})?")
ROUTE: Final = re.compile(r"(?!.*\d{5})([A-Z]{3,9} )?(/[\w./{}:~-]{0,250}|\(no route\))")
"""The template of a route, with or without the method in front."""
FUNCTION: Final = re.compile(r"[\w.<>$]{1,250}")
THREAD: Final = re.compile(
    r"MainThread|AnyIO worker thread|(Thread|Dummy|asyncio|ThreadPoolExecutor)-\d{1,6}(_\d{1,6})?( \(\w{1,60}\))?"
    r"|sentry[\w.-]{1,60}"
)
PROCESS: Final = re.compile(r"MainProcess|(Spawn|Fork|ForkServer)?(Pool)?(Process|Worker)-[\d:]{1,20}")
OPERATION: Final = re.compile(
    r"(ai|app|browser|cache|console|cron|db|default|event|file|function|gen_ai|graphql|grpc|http|mcp|message|middleware"
    r"|process|queue|rpc|serialize|socket|subprocess|task|template|topic|ui|view|websocket)(\.[a-z_.]{1,60})?"
)
"""`op` of a span, https://develop.sentry.dev/sdk/telemetry/traces/span-operations/"""


def _plain(*names: str) -> Fields:
    return dict.fromkeys(names, PLAIN)


RUNTIME: Final[Fields] = {"name": NAME, "version": VERSION}
SDK: Final[Fields] = {**RUNTIME, "packages": [RUNTIME], "integrations": [NAME]}
ORIGIN: Final[Fields] = {
    **_plain("event_id", "timestamp", "platform"),
    **dict.fromkeys(("release", "environment"), "configured"),
    "sdk": SDK,
}
TRACE: Final[Fields] = {
    **_plain("span_id", "parent_span_id", "status", "origin", "sampled", "client_sample_rate", "is_segment"),
    "trace_id": TRACE_ID,
}
USER: Final[Fields] = {
    "id": Category.USER_ID,
    **dict.fromkeys(("username", "name", "email", "ip_address"), Category.USER),
}

# Errors, messages, and transactions, which are events with spans

FRAME: Final[Fields] = {
    # The scrubber adds the source lines of the service's own frames.
    **_plain("module", "lineno", "colno", "in_app"),
    "filename": "file",
    "function": FUNCTION,
    "abs_path": Category.PATH,
    "vars": Category.INTERNAL,
}
STACKTRACE: Final[Fields] = {"frames": ["frame"]}
EXCEPTION: Final[Fields] = {
    **_plain("module", "thread_id"),
    "type": re.compile(r"[\w.<>\[\], ]{1,250}"),
    "value": Category.TEXT,
    "stacktrace": STACKTRACE,
    "mechanism": {
        **_plain("type", "handled", "synthetic", "is_exception_group", "exception_id", "parent_id"),
        "source": re.compile(r"__(cause|context)__|exceptions\[\d{1,4}\]"),
    },
}
BREADCRUMB: Final[Fields] = {
    **_plain("type", "category", "level", "timestamp", "event_id"),
    "message": "crumb_message",
    "data": "crumb_data",
}
CALL: Final[Fields] = {
    # The data of a breadcrumb about an outgoing call.
    **dict.fromkeys(("method", "http.method", "http.request.method"), METHOD),
    **_plain("status_code", "http.response.status_code"),
    **dict.fromkeys(("http.query", "http.fragment"), Category.REQUEST),
    "url": Category.OUTGOING,
}
HEADERS: Final[Fields] = {"content-type": MEDIA_TYPE, "content-length": PLAIN}
"""Of the request's headers only these are collected, except under `full`."""
CONTEXTS: Final[Fields] = {
    # What is not listed is the service's own, as tags are.
    "trace": {**TRACE, "op": "operation", "data": "data", "description": "known_name"},
    **dict.fromkeys(("runtime", "os"), RUNTIME),
    "profile": _plain("profile_id", "profiler_id"),
    "response": _plain("status_code"),
    "flags": {"values": [_plain("flag", "result")]},
    "dramatiq": {"data": Category.INTERNAL},
}
EXTRA: Final[Fields] = {
    "sys.argv": Category.INTERNAL,
    "celery-job": {"task_name": NAME, "args": Category.INTERNAL, "kwargs": Category.INTERNAL},
    "dramatiq_message_id": PLAIN,
}
SPAN_OF_TRANSACTION: Final[Fields] = {
    **TRACE,
    **_plain("start_timestamp", "timestamp", "same_process_as_parent", "segment_id", "exclusive_time"),
    "op": "operation",
    "description": "span_name",
    "tags": "tags",
    "data": "data",
}
EVENT: Final[Fields] = {
    **ORIGIN,
    **_plain("type", "level", "logger", "start_timestamp"),
    "transaction": "transaction",
    "transaction_info": {"source": NAME},
    "message": Category.TEXT,
    "logentry": {"message": "entry_text", "formatted": Category.DETAIL, "params": Category.DETAIL},
    "exception": {"values": [EXCEPTION]},
    "threads": {"values": [{**_plain("id", "crashed", "current", "main"), "name": THREAD, "stacktrace": STACKTRACE}]},
    "breadcrumbs": {"values": [BREADCRUMB]},
    "user": USER,
    "request": {
        "method": METHOD,
        "headers": HEADERS,
        **dict.fromkeys(("url", "query_string", "data", "env"), Category.REQUEST),
    },
    "tags": "tags",
    "contexts": "contexts",
    "extra": "extra",
    "fingerprint": "fingerprint",
    "spans": [SPAN_OF_TRANSACTION],
    "modules": {re.compile(r"[\w.-]{1,100}"): VERSION},
    "server_name": Category.INTERNAL,
}

# Spans, logs and metrics: containers of items with attributes

SPAN: Final[Fields] = {
    **TRACE,
    **_plain("start_timestamp", "end_timestamp"),
    "name": "span_name",
    "attributes": "attributes",
    "links": [{**_plain("span_id", "sampled"), "trace_id": TRACE_ID}],
}
LOG: Final[Fields] = {
    **_plain("timestamp", "level", "severity_number", "span_id"),
    "trace_id": TRACE_ID,
    "body": "log_body",
    "attributes": "attributes",
}
METRIC: Final[Fields] = {
    **_plain("timestamp", "span_id", "type", "value", "unit"),
    "trace_id": TRACE_ID,
    "name": Category.NAME,
    "attributes": "attributes",
}
RESERVED: Final = re.compile(
    r"(ai|app|aws|browser|cache|client|cloud|code|culture|database|db|device|enduser|error|event|exception|faas|file"
    r"|gcp|gen_ai|graphql|host|http|k8s|llm|logger|mcp|messaging|mdc|net|network|os|otel|peer|process|rpc|sentry|server"
    r"|service|session|source|subprocess|telemetry|thread|timber|tls|url|user|user_agent|vercel)(\.|\Z)"
)
"""Beginnings of attributes that belong to the SDK and its conventions. Of these only the following leave."""
ATTRIBUTES: Final[Fields] = {
    **_plain("sentry.origin", "sentry.platform", "sentry.profiler_id", "sentry.sdk.name", "sentry.sdk.version"),
    **_plain("sentry.segment.id", "sentry.segment.name.source", "sentry.span.source", "sentry.status"),
    **_plain("sentry.trace_lifecycle", "sentry.trace.parent_span_id", "sentry.severity_number", "sentry.severity_text"),
    **_plain("sentry.is_localhost", "code.line.number", "http.response.status_code", "logger.name", "process.pid"),
    **_plain("process.runtime.name", "process.runtime.version", "thread.id", "server.port", "cache.hit"),
    **_plain("cache.item_size", "db.system", "db.system.name", "db.operation", "db.operation.name", "db.driver.name"),
    **_plain("messaging.system", "messaging.destination.name", "messaging.message.id"),
    **_plain("messaging.message.retry.count", "messaging.message.receive.latency", "gen_ai.system"),
    **_plain("gen_ai.provider.name", "gen_ai.operation.name", "gen_ai.operation.type", "gen_ai.response.streaming"),
    **_plain("gen_ai.cost.total_tokens"),
    # Tokens used, sizes of bodies.
    re.compile(r"(gen_ai\.(usage|request)|http\.re(quest|sponse)|process|db\.response)\..*"): float,
    **dict.fromkeys(("sentry.environment", "sentry.release"), "configured"),
    "sentry.op": "operation",
    "sentry.sdk.integrations": [NAME],
    "sentry.segment.name": "known_name",
    "sentry.transaction": "known_name",
    "code.file.path": "file",
    "code.function.name": FUNCTION,
    "http.request.method": METHOD,
    "http.route": ROUTE,
    "process.executable.name": PROCESS,
    "thread.name": THREAD,
    "sentry.message.template": Category.LOG,
    **dict.fromkeys(("db.query.text", "db.statement"), Category.STATEMENT),
    **dict.fromkeys(("db.namespace", "db.name", "gen_ai.request.model", "gen_ai.response.model"), Category.DETAIL),
    "gen_ai.response.finish_reasons": [NAME],
    **dict.fromkeys(("gen_ai.conversation.id", "user.id"), Category.USER_ID),
    **dict.fromkeys(("user.name", "user.email", "user.ip_address"), Category.USER),
    "url.full": Category.OUTGOING,
}

SESSION_ATTRIBUTES: Final[Fields] = {
    **dict.fromkeys(("release", "environment"), "configured"),
    "ip_address": Category.USER,
    "user_agent": Category.REQUEST,
}
PROFILE_CHUNK: Final[Fields] = {
    **ORIGIN,
    **_plain("chunk_id", "profiler_id", "version"),
    **dict.fromkeys(("client_sdk", "os", "runtime"), RUNTIME),
    "device": _plain("architecture"),
    "profile": {
        "samples": [_plain("timestamp", "thread_id", "stack_id", "elapsed_since_start_ns")],
        "stacks": [[float]],
        "frames": ["profile_frame"],
        "thread_metadata": {re.compile(r"\d{1,20}"): {"name": THREAD, "priority": float}},
    },
}
CHECK_IN: Final[Fields] = {
    **ORIGIN,
    **_plain("type", "check_in_id", "monitor_slug", "status", "duration"),
    "contexts": {"trace": TRACE},
    "monitor_config": {
        **_plain("checkin_margin", "max_runtime", "failure_issue_threshold", "recovery_threshold"),
        "schedule": {**_plain("type", "unit"), "value": (float, re.compile(r"[\w */,@#?-]{1,100}"))},
        "timezone": re.compile(r"[A-Za-z_+/0-9-]{1,50}"),
    },
}
ITEMS: Final[Fields] = {
    **dict.fromkeys(("event", "transaction", "feedback"), EVENT),
    "span": {"version": float, "items": "spans"},
    "log": {"version": float, "items": [LOG]},
    "trace_metric": {"version": float, "items": ["metric"]},
    "profile_chunk": PROFILE_CHUNK,
    "session": {
        **_plain("sid", "init", "started", "timestamp", "status", "duration", "errors"),
        "did": Category.USER_ID,
        "attrs": SESSION_ATTRIBUTES,
    },
    "sessions": {
        "attrs": SESSION_ATTRIBUTES,
        "aggregates": [{**_plain("started", "exited", "errored", "abnormal", "crashed"), "did": Category.USER_ID}],
    },
    "check_in": CHECK_IN,
    "client_report": {"timestamp": PLAIN, "discarded_events": [_plain("reason", "category", "quantity")]},
}

# Around the items

ENVELOPE: Final[Fields] = {
    **_plain("event_id", "sent_at"),
    "sdk": SDK,
    "trace": {
        # From the caller's baggage.
        **dict.fromkeys(("sample_rate", "sample_rand", "org_id"), re.compile(r"[\d.e-]{1,30}")),
        "sampled": re.compile("true|false"),
        "trace_id": TRACE_ID,
        **dict.fromkeys(("public_key", "release", "environment"), "configured"),
    },
}
ITEM_HEADER: Final[Fields] = {
    **_plain("type", "item_count", "platform"),
    "content_type": re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}"),
}
