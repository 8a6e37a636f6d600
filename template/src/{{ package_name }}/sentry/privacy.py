# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What may leave the process, field by field: the allowlists. Read it together with the table in policy_table.py.

A field is a *fact* (a value of a harmless shape: a time, an id, a level), or data of a *kind* that the table decides
about, or has fields of its own. What is not listed here leaves under the policy `full` only. gate.py applies this to
everything on its way out; payloads/ holds what a list cannot say.
"""

from __future__ import annotations

import re
from typing import Final

from .facts import (
    COUNT,
    EXCEPTION_TYPE,
    ID,
    LEVEL,
    MEDIA_TYPE,
    METHOD,
    NAME,
    PROCESS,
    ROUTE,
    SPAN_ID,
    THREAD,
    TIME,
    TRACE_ID,
    VERSION,
    flag,
    like,
    number,
    one_of,
)
from .policy_table import Kind
from .treatment import Each, Named, Own, Rule

_crontab: Final = like(r"[\w */,@#?-]{1,100}")


def _schedule(value: object) -> bool:
    """The line of a crontab, or the number of an interval's units."""
    return number(value) or _crontab(value)


NOISE: Final = frozenset(("asctime", "color_message"))
"""What log formatters leave on a record. It is no news, and it repeats the message."""

# WHAT EVERYTHING CARRIES ------------------------------------------------------------------------

SDK: Final[Rule] = {
    "name": NAME,
    "version": VERSION,
    "packages": Each({"name": like(r"pypi:[\w.-]{1,80}"), "version": VERSION}),
    "integrations": Each(NAME),
}
ORIGIN: Final[dict[str, Rule]] = {
    "event_id": ID,
    "timestamp": TIME,
    "platform": one_of("python"),
    "release": Own.RELEASE,
    "environment": Own.ENVIRONMENT,
    "sdk": SDK,
}
TRACE: Final[dict[str, Rule]] = {
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
    "parent_span_id": SPAN_ID,
    "status": NAME,
    "origin": NAME,
    "sampled": flag,
    "client_sample_rate": number,
}
USER: Final[Rule] = {
    "id": Kind.USER_ID,
    "username": Kind.USER,
    "name": Kind.USER,
    "email": Kind.USER,
    "ip_address": Kind.USER,
}

# EVENTS: errors, messages, and transactions, which are events with spans ------------------------

EVENT: Final[dict[str, Rule]] = {
    **ORIGIN,
    "type": one_of("default", "error", "transaction", "feedback"),
    "level": LEVEL,
    "logger": NAME,
    "message": Kind.TEXT,
    "user": USER,
    "start_timestamp": TIME,
    "modules": Named(like(r"[\w.-]{1,100}"), VERSION),
    "measurements": Named(NAME, {"value": number, "unit": NAME}),
    "server_name": Kind.INTERNAL,
}
REQUEST: Final[dict[str, Rule]] = {
    "method": METHOD,
    "url": Kind.REQUEST,
    "query_string": Kind.REQUEST,
    "data": Kind.REQUEST,
    "env": Kind.REQUEST,
}
HEADERS: Final[dict[str, Rule]] = {
    "content-type": MEDIA_TYPE,
    "content-length": COUNT,
}
EXCEPTION: Final[dict[str, Rule]] = {
    "type": EXCEPTION_TYPE,
    "value": Kind.TEXT,
    "module": NAME,
    "thread_id": COUNT,
    "mechanism": {
        "type": NAME,
        "handled": flag,
        "synthetic": flag,
        "is_exception_group": flag,
        "exception_id": number,
        "parent_id": number,
        "source": like(r"__(cause|context)__|exceptions\[\d{1,4}\]"),
    },
}
THREAD_OF_EVENT: Final[dict[str, Rule]] = {
    "id": COUNT,
    "name": THREAD,
    "crashed": flag,
    "current": flag,
    "main": flag,
}
FRAME: Final[dict[str, Rule]] = {
    # payloads/frames.py adds the file, relative to the project, and the source lines of the service's own frames.
    "function": like(r"[\w.<>$]{1,250}"),
    "module": NAME,
    "lineno": number,
    "colno": number,
    "in_app": flag,
    "abs_path": Kind.PATH,
    "vars": Kind.INTERNAL,
}
BREADCRUMB: Final[dict[str, Rule]] = {
    "type": NAME,
    "category": NAME,
    "level": LEVEL,
    "timestamp": TIME,
    "event_id": ID,
}
CALL: Final[dict[str, Rule]] = {
    # The data of a breadcrumb about an outgoing call.
    "method": METHOD,
    "http.method": METHOD,
    "http.request.method": METHOD,
    "status_code": COUNT,
    "http.response.status_code": COUNT,
    "url": Kind.OUTGOING,
    "http.query": Kind.REQUEST,
    "http.fragment": Kind.REQUEST,
}
CONTEXTS: Final[dict[str, Rule]] = {
    # payloads/events.py adds `trace`. What is not listed is the service's own, as tags are.
    "runtime": {"name": NAME, "version": VERSION},
    "os": {"name": NAME, "version": VERSION},
    "profile": {"profile_id": ID, "profiler_id": ID},
    "response": {"status_code": COUNT},
    "flags": {"values": Each({"flag": NAME, "result": flag})},
    "dramatiq": {"data": Kind.INTERNAL},
}
EXTRA: Final[dict[str, Rule]] = {
    "sys.argv": Kind.INTERNAL,
    "celery-job": {"task_name": NAME, "args": Kind.INTERNAL, "kwargs": Kind.INTERNAL},
    "dramatiq_message_id": ID,
}
SPAN_OF_TRANSACTION: Final[dict[str, Rule]] = {
    **TRACE,
    "start_timestamp": TIME,
    "timestamp": TIME,
    "same_process_as_parent": flag,
    "is_segment": flag,
    "segment_id": SPAN_ID,
    "exclusive_time": number,
    "measurements": Named(NAME, {"value": number, "unit": NAME}),
}

# SPANS, LOGS AND METRICS: containers of items with attributes -----------------------------------

SPAN: Final[dict[str, Rule]] = {
    **TRACE,
    "is_segment": flag,
    "start_timestamp": number,
    "end_timestamp": number,
}
LINKS: Final[Rule] = Each({"trace_id": TRACE_ID, "span_id": SPAN_ID, "sampled": flag})
LOG: Final[dict[str, Rule]] = {
    "timestamp": number,
    "level": LEVEL,
    "severity_number": number,
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
}
METRIC: Final[dict[str, Rule]] = {
    "timestamp": number,
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
    "type": one_of("counter", "gauge", "distribution"),
    "value": number,
    "unit": NAME,
}

RESERVED: Final = re.compile(
    r"(ai|app|aws|browser|cache|client|cloud|code|culture|database|db|device|enduser|error|event|exception|faas|file"
    r"|gcp|gen_ai|graphql|host|http|k8s|llm|logger|mcp|messaging|mdc|net|network|os|otel|peer|process|rpc|sentry|server"
    r"|service|session|source|subprocess|telemetry|thread|timber|tls|url|user|user_agent|vercel)(\.|\Z)"
)
"""Beginnings of attributes that belong to the SDK and its conventions. Of these only the following leave."""

ATTRIBUTES: Final[dict[str, Rule]] = {
    "sentry.environment": Own.ENVIRONMENT,
    "sentry.release": Own.RELEASE,
    "sentry.origin": NAME,
    "sentry.platform": one_of("python"),
    "sentry.profiler_id": ID,
    "sentry.sdk.name": NAME,
    "sentry.sdk.version": VERSION,
    "sentry.sdk.integrations": Each(NAME),
    "sentry.segment.id": SPAN_ID,
    "sentry.segment.name.source": NAME,
    "sentry.span.source": NAME,
    "sentry.status": NAME,
    "sentry.trace_lifecycle": NAME,
    "sentry.trace.parent_span_id": SPAN_ID,
    "sentry.severity_number": number,
    "sentry.severity_text": LEVEL,
    "sentry.is_localhost": flag,
    "code.function.name": like(r"[\w.<>$]{1,250}"),
    "code.line.number": number,
    "http.request.method": METHOD,
    "http.response.status_code": COUNT,
    "http.route": ROUTE,
    "logger.name": NAME,
    "process.executable.name": PROCESS,
    "process.pid": number,
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
    "db.namespace": Kind.DETAIL,
    "db.name": Kind.DETAIL,
    "db.query.text": Kind.STATEMENT,
    "db.statement": Kind.STATEMENT,
    "cache.hit": flag,
    "cache.item_size": number,
    "messaging.system": NAME,
    "messaging.destination.name": NAME,
    "messaging.message.id": ID,
    "messaging.message.retry.count": number,
    "messaging.message.receive.latency": number,
    "gen_ai.system": NAME,
    "gen_ai.provider.name": NAME,
    "gen_ai.operation.name": NAME,
    "gen_ai.operation.type": NAME,
    "gen_ai.request.model": Kind.DETAIL,
    "gen_ai.response.model": Kind.DETAIL,
    "gen_ai.response.streaming": flag,
    "gen_ai.response.finish_reasons": Each(NAME),
    "gen_ai.conversation.id": Kind.USER_ID,
    "gen_ai.cost.total_tokens": number,
    "user.id": Kind.USER_ID,
    "user.name": Kind.USER,
    "user.email": Kind.USER,
    "user.ip_address": Kind.USER,
    "url.full": Kind.OUTGOING,
}
NUMBERS: Final = ("gen_ai.usage.", "gen_ai.request.", "http.response.", "http.request.", "process.", "db.response.")
"""Beginnings of attributes that leave wherever they are numbers: tokens used, sizes of bodies."""

# THE OTHERS -------------------------------------------------------------------------------------

_SESSION_ATTRIBUTES: Final[Rule] = {
    "release": Own.RELEASE,
    "environment": Own.ENVIRONMENT,
    "ip_address": Kind.USER,
    "user_agent": Kind.REQUEST,
}
SESSIONS: Final[dict[str, Rule]] = {
    "attrs": _SESSION_ATTRIBUTES,
    "aggregates": Each(
        {
            "started": TIME,
            "did": Kind.USER_ID,
            "exited": number,
            "errored": number,
            "abnormal": number,
            "crashed": number,
        }
    ),
}
SESSION: Final[dict[str, Rule]] = {
    "sid": ID,
    "did": Kind.USER_ID,
    "init": flag,
    "started": TIME,
    "timestamp": TIME,
    "status": NAME,
    "duration": number,
    "errors": number,
    "attrs": _SESSION_ATTRIBUTES,
}
CHECK_IN: Final[dict[str, Rule]] = {
    **ORIGIN,
    "type": one_of("check_in"),
    "check_in_id": ID,
    "monitor_slug": NAME,
    "status": one_of("ok", "in_progress", "error", "missed", "timeout"),
    "duration": number,
    "contexts": {"trace": TRACE},
    "monitor_config": {
        "schedule": {"type": NAME, "value": _schedule, "unit": NAME},
        "timezone": like(r"[A-Za-z_+/0-9-]{1,50}"),
        "checkin_margin": number,
        "max_runtime": number,
        "failure_issue_threshold": number,
        "recovery_threshold": number,
    },
}
CLIENT_REPORT: Final[dict[str, Rule]] = {
    "timestamp": TIME,
    "discarded_events": Each({"reason": NAME, "category": NAME, "quantity": number}),
}
PROFILE: Final[dict[str, Rule]] = {
    "samples": Each({"timestamp": number, "thread_id": COUNT, "stack_id": number, "elapsed_since_start_ns": COUNT}),
    "stacks": Each(Each(number)),
    "thread_metadata": Named(COUNT, {"name": THREAD, "priority": number}),
}
PROFILE_CHUNK: Final[dict[str, Rule]] = {
    **ORIGIN,
    "chunk_id": ID,
    "profiler_id": ID,
    "client_sdk": {"name": NAME, "version": VERSION},
    "version": VERSION,
    "device": {"architecture": NAME},
    "os": {"name": NAME, "version": VERSION},
    "runtime": {"name": NAME, "version": VERSION},
    "transactions": Each(
        {
            "id": ID,
            "trace_id": TRACE_ID,
            "active_thread_id": COUNT,
            "relative_start_ns": COUNT,
            "relative_end_ns": COUNT,
        }
    ),
}

# AROUND THE ITEMS -------------------------------------------------------------------------------

ENVELOPE: Final[dict[str, Rule]] = {
    "event_id": ID,
    "sent_at": TIME,
    "sdk": SDK,
    "trace": {
        "trace_id": TRACE_ID,
        "public_key": Own.PUBLIC_KEY,
        "sample_rate": like(r"[\d.e-]{1,30}"),
        "sample_rand": like(r"[\d.e-]{1,30}"),
        "sampled": one_of("true", "false"),
        "release": Own.RELEASE,
        "environment": Own.ENVIRONMENT,
        "org_id": COUNT,
    },
}
ITEM_HEADER: Final[dict[str, Rule]] = {
    "type": NAME,
    "content_type": like(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}"),
    "item_count": number,
    "platform": one_of("python"),
}
