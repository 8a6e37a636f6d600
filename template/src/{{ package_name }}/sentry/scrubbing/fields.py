"""The allowlist: what may leave the process, field by field. Read it together with the table in policy.py.

A rule says what a field holds:

- a pattern, `bool`, `float` (any number), a set of words, or a tuple of these: a harmless value of that shape;
- a `Category`: data that the table decides about;
- a dict: further fields (a pattern for a name: any name of that shape), a list: a value of that rule each;
- a name: what a rule cannot say, the method of that name in scrubber.py.

What is not listed leaves under the policy `full` only.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from .policy import Category

Shape: TypeAlias = "re.Pattern[str] | type | frozenset[str] | tuple[Shape, ...]"
Fields: TypeAlias = "dict[str | re.Pattern[str], Rule]"
Rule: TypeAlias = "Shape | Category | Fields | list[Rule] | str"

# Shapes

ID: Final = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")
SPAN_ID: Final = re.compile(r"[0-9a-f]{16}")
TIME: Final = (float, re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?"))
COUNT: Final = (float, re.compile(r"\d{1,20}"))
DECIMAL: Final = re.compile(r"[\d.e-]{1,30}")
LEVEL: Final = frozenset(("fatal", "critical", "error", "warning", "warn", "info", "debug", "trace", "log"))
METHOD: Final = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE", "WEBSOCKET")
)
PYTHON: Final = frozenset(("python",))
VERSION: Final = re.compile(r"[0-9][\w.+!-]{0,60}")
NAME: Final = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.:-]{0,199}")
"""What code names things: modules, loggers, categories, statuses. A run of five digits is no name."""
ROUTE: Final = re.compile(r"(?!.*\d{5})([A-Z]{3,9} )?(/[\w./{}:~-]{0,250}|\(no route\))")
"""The template of a route, with or without the method in front."""
FUNCTION: Final = re.compile(r"[\w.<>$]{1,250}")
MEDIA_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}(; ?charset=[\w-]{1,20})?")
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

# Parts of several items

SDK: Final[Fields] = {
    "name": NAME,
    "version": VERSION,
    "packages": [{"name": re.compile(r"pypi:[\w.-]{1,80}"), "version": VERSION}],
    "integrations": [NAME],
}
ORIGIN: Final[Fields] = {
    "event_id": ID,
    "timestamp": TIME,
    "platform": PYTHON,
    "release": "release",
    "environment": "environment",
    "sdk": SDK,
}
TRACE: Final[Fields] = {
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
    "parent_span_id": SPAN_ID,
    "status": NAME,
    "origin": NAME,
    "sampled": bool,
    "client_sample_rate": float,
}
USER: Final[Fields] = {
    "id": Category.USER_ID,
    "username": Category.USER,
    "name": Category.USER,
    "email": Category.USER,
    "ip_address": Category.USER,
}
RUNTIME: Final[Fields] = {"name": NAME, "version": VERSION}
MEASUREMENTS: Final[Fields] = {NAME: {"value": float, "unit": NAME}}

# Errors, messages, and transactions, which are events with spans

STACKTRACE: Final[Fields] = {"frames": ["frame"]}
FRAME: Final[Fields] = {
    # The scrubber adds the file, relative to the project, and the source lines of the service's own frames.
    "function": FUNCTION,
    "module": NAME,
    "lineno": float,
    "colno": float,
    "in_app": bool,
    "abs_path": Category.PATH,
    "vars": Category.INTERNAL,
}
EXCEPTION: Final[Fields] = {
    "type": re.compile(r"[\w.<>\[\], ]{1,250}"),
    "value": Category.TEXT,
    "module": NAME,
    "thread_id": COUNT,
    "stacktrace": STACKTRACE,
    "mechanism": {
        "type": NAME,
        "handled": bool,
        "synthetic": bool,
        "is_exception_group": bool,
        "exception_id": float,
        "parent_id": float,
        "source": re.compile(r"__(cause|context)__|exceptions\[\d{1,4}\]"),
    },
}
THREAD_OF_EVENT: Final[Fields] = {
    "id": COUNT,
    "name": THREAD,
    "crashed": bool,
    "current": bool,
    "main": bool,
    "stacktrace": STACKTRACE,
}
BREADCRUMB: Final[Fields] = {
    # The scrubber adds message and data, by category.
    "type": NAME,
    "category": NAME,
    "level": LEVEL,
    "timestamp": TIME,
    "event_id": ID,
}
CALL: Final[Fields] = {
    # The data of a breadcrumb about an outgoing call.
    "method": METHOD,
    "http.method": METHOD,
    "http.request.method": METHOD,
    "status_code": COUNT,
    "http.response.status_code": COUNT,
    "url": Category.OUTGOING,
    "http.query": Category.REQUEST,
    "http.fragment": Category.REQUEST,
}
HEADERS: Final[Fields] = {"content-type": MEDIA_TYPE, "content-length": COUNT}
"""Of the request's headers only these are collected, except under `full`."""

CONTEXTS: Final[Fields] = {
    # What is not listed is the service's own, as tags are.
    "trace": {**TRACE, "op": "operation", "data": "data", "description": "transaction_name"},
    "runtime": RUNTIME,
    "os": RUNTIME,
    "profile": {"profile_id": ID, "profiler_id": ID},
    "response": {"status_code": COUNT},
    "flags": {"values": [{"flag": NAME, "result": bool}]},
    "dramatiq": {"data": Category.INTERNAL},
}
EXTRA: Final[Fields] = {
    "sys.argv": Category.INTERNAL,
    "celery-job": {"task_name": NAME, "args": Category.INTERNAL, "kwargs": Category.INTERNAL},
    "dramatiq_message_id": ID,
}
LOG_NOISE: Final = frozenset(("asctime", "color_message"))
"""What log formatters leave on a record: it repeats the message."""

SPAN_OF_TRANSACTION: Final[Fields] = {
    **TRACE,
    "start_timestamp": TIME,
    "timestamp": TIME,
    "same_process_as_parent": bool,
    "is_segment": bool,
    "segment_id": SPAN_ID,
    "exclusive_time": float,
    "measurements": MEASUREMENTS,
    "op": "operation",
    "tags": "tags",
    "data": "data",
}
EVENT: Final[Fields] = {
    **ORIGIN,
    "type": frozenset(("default", "error", "transaction", "feedback")),
    "level": LEVEL,
    "logger": NAME,
    "message": Category.TEXT,
    "logentry": "logentry",
    "exception": {"values": [EXCEPTION]},
    "threads": {"values": [THREAD_OF_EVENT]},
    "stacktrace": STACKTRACE,
    "breadcrumbs": {"values": ["breadcrumb"]},
    "user": USER,
    "request": {
        "method": METHOD,
        "headers": "headers",
        "url": Category.REQUEST,
        "query_string": Category.REQUEST,
        "data": Category.REQUEST,
        "env": Category.REQUEST,
    },
    "tags": "tags",
    "contexts": "contexts",
    "extra": "extra",
    "fingerprint": "fingerprint",
    "start_timestamp": TIME,
    "spans": ["span"],
    "modules": {re.compile(r"[\w.-]{1,100}"): VERSION},
    "measurements": MEASUREMENTS,
    "server_name": Category.INTERNAL,
}

# Spans, logs and metrics: containers of items with attributes

SPAN: Final[Fields] = {
    **TRACE,
    "is_segment": bool,
    "start_timestamp": float,
    "end_timestamp": float,
    "attributes": "attributes",
    "links": [{"trace_id": TRACE_ID, "span_id": SPAN_ID, "sampled": bool}],
}
LOG: Final[Fields] = {
    "timestamp": float,
    "level": LEVEL,
    "severity_number": float,
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
}
METRIC: Final[Fields] = {
    "timestamp": float,
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
    "type": frozenset(("counter", "gauge", "distribution")),
    "name": Category.NAME,
    "value": float,
    "unit": NAME,
    "attributes": "attributes",
}

RESERVED: Final = re.compile(
    r"(ai|app|aws|browser|cache|client|cloud|code|culture|database|db|device|enduser|error|event|exception|faas|file"
    r"|gcp|gen_ai|graphql|host|http|k8s|llm|logger|mcp|messaging|mdc|net|network|os|otel|peer|process|rpc|sentry|server"
    r"|service|session|source|subprocess|telemetry|thread|timber|tls|url|user|user_agent|vercel)(\.|\Z)"
)
"""Beginnings of attributes that belong to the SDK and its conventions. Of these only the following leave."""

ATTRIBUTES: Final[Fields] = {
    "sentry.environment": "environment",
    "sentry.release": "release",
    "sentry.op": "operation",
    "sentry.origin": NAME,
    "sentry.platform": PYTHON,
    "sentry.profiler_id": ID,
    "sentry.sdk.name": NAME,
    "sentry.sdk.version": VERSION,
    "sentry.sdk.integrations": [NAME],
    "sentry.segment.id": SPAN_ID,
    "sentry.segment.name": "transaction_name",
    "sentry.segment.name.source": NAME,
    "sentry.span.source": NAME,
    "sentry.status": NAME,
    "sentry.trace_lifecycle": NAME,
    "sentry.trace.parent_span_id": SPAN_ID,
    "sentry.transaction": "transaction_name",
    "sentry.severity_number": float,
    "sentry.severity_text": LEVEL,
    "sentry.is_localhost": bool,
    "code.file.path": "file",
    "code.function.name": FUNCTION,
    "code.line.number": float,
    "http.request.method": METHOD,
    "http.response.status_code": COUNT,
    "http.route": ROUTE,
    "logger.name": NAME,
    "process.executable.name": PROCESS,
    "process.pid": float,
    "process.runtime.name": NAME,
    "process.runtime.version": VERSION,
    "thread.id": COUNT,
    "thread.name": THREAD,
    "server.port": COUNT,
    "db.system": NAME,
    "db.system.name": NAME,
    # The command of Redis or the verb of a statement.
    "db.operation": NAME,
    "db.operation.name": NAME,
    "db.driver.name": NAME,
    "db.namespace": Category.DETAIL,
    "db.name": Category.DETAIL,
    "db.query.text": Category.STATEMENT,
    "db.statement": Category.STATEMENT,
    "cache.hit": bool,
    "cache.item_size": float,
    "messaging.system": NAME,
    "messaging.destination.name": NAME,
    "messaging.message.id": ID,
    "messaging.message.retry.count": float,
    "messaging.message.receive.latency": float,
    "gen_ai.system": NAME,
    "gen_ai.provider.name": NAME,
    "gen_ai.operation.name": NAME,
    "gen_ai.operation.type": NAME,
    "gen_ai.request.model": Category.DETAIL,
    "gen_ai.response.model": Category.DETAIL,
    "gen_ai.response.streaming": bool,
    "gen_ai.response.finish_reasons": [NAME],
    "gen_ai.conversation.id": Category.USER_ID,
    "gen_ai.cost.total_tokens": float,
    "user.id": Category.USER_ID,
    "user.name": Category.USER,
    "user.email": Category.USER,
    "user.ip_address": Category.USER,
    "url.full": Category.OUTGOING,
    # Tokens used, sizes of bodies.
    re.compile(r"(gen_ai\.(usage|request)|http\.re(quest|sponse)|process|db\.response)\..*"): float,
}

# The other items

SESSION_ATTRIBUTES: Final[Fields] = {
    "release": "release",
    "environment": "environment",
    "ip_address": Category.USER,
    "user_agent": Category.REQUEST,
}
PROFILE_CHUNK: Final[Fields] = {
    **ORIGIN,
    "chunk_id": ID,
    "profiler_id": ID,
    "client_sdk": RUNTIME,
    "version": VERSION,
    "device": {"architecture": NAME},
    "os": RUNTIME,
    "runtime": RUNTIME,
    "transactions": [
        {
            "id": ID,
            "trace_id": TRACE_ID,
            "active_thread_id": COUNT,
            "relative_start_ns": COUNT,
            "relative_end_ns": COUNT,
        }
    ],
    "profile": {
        "samples": [{"timestamp": float, "thread_id": COUNT, "stack_id": float, "elapsed_since_start_ns": COUNT}],
        "stacks": [[float]],
        "frames": ["profile_frame"],
        "thread_metadata": {re.compile(r"\d{1,20}"): {"name": THREAD, "priority": float}},
    },
}
ITEMS: Final[Fields] = {
    "event": "event",
    "transaction": "event",
    "feedback": "event",
    "span": {"version": float, "items": "spans"},
    "log": {"version": float, "items": ["log"]},
    "trace_metric": {"version": float, "items": ["metric"]},
    "profile": PROFILE_CHUNK,
    "profile_chunk": PROFILE_CHUNK,
    "session": {
        "sid": ID,
        "did": Category.USER_ID,
        "init": bool,
        "started": TIME,
        "timestamp": TIME,
        "status": NAME,
        "duration": float,
        "errors": float,
        "attrs": SESSION_ATTRIBUTES,
    },
    "sessions": {
        "attrs": SESSION_ATTRIBUTES,
        "aggregates": [
            {
                "started": TIME,
                "did": Category.USER_ID,
                "exited": float,
                "errored": float,
                "abnormal": float,
                "crashed": float,
            }
        ],
    },
    "check_in": {
        **ORIGIN,
        "type": frozenset(("check_in",)),
        "check_in_id": ID,
        "monitor_slug": NAME,
        "status": frozenset(("ok", "in_progress", "error", "missed", "timeout")),
        "duration": float,
        "contexts": {"trace": TRACE},
        "monitor_config": {
            "schedule": {"type": NAME, "value": (float, re.compile(r"[\w */,@#?-]{1,100}")), "unit": NAME},
            "timezone": re.compile(r"[A-Za-z_+/0-9-]{1,50}"),
            "checkin_margin": float,
            "max_runtime": float,
            "failure_issue_threshold": float,
            "recovery_threshold": float,
        },
    },
    "client_report": {
        "timestamp": TIME,
        "discarded_events": [{"reason": NAME, "category": NAME, "quantity": float}],
    },
}

# Around the items

ENVELOPE: Final[Fields] = {
    "event_id": ID,
    "sent_at": TIME,
    "sdk": SDK,
    "trace": {
        "trace_id": TRACE_ID,
        "public_key": "public_key",
        "sample_rate": DECIMAL,
        "sample_rand": DECIMAL,
        "sampled": frozenset(("true", "false")),
        "release": "release",
        "environment": "environment",
        "org_id": COUNT,
    },
}
ITEM_HEADER: Final[Fields] = {
    "type": NAME,
    "content_type": re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}"),
    "item_count": float,
    "platform": PYTHON,
}
