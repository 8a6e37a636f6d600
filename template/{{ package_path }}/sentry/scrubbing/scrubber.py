"""The allowlist, what may be sent field by field, and the scrubber that follows it.

Each field has a rule; `walk.py` says what rules there are. Fields that aren't listed are sent under
the policy `full` only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from sentry_sdk.envelope import Item, PayloadRef

from .policy import Category
from .rules import (
    FUNCTION,
    NAME,
    NUMBER,
    PLAIN,
    ROUTE,
    TRACE_ID,
    attributes,
    breadcrumb_data,
    configured,
    database,
    detail,
    file,
    fingerprint,
    frame,
    known_name,
    message,
    named,
    never,
    operation,
    own_context,
    parameters,
    profile_frame,
    repeated,
    segments_first,
    span_name,
    tags,
    transaction,
    typed_attributes,
)
from .walk import Decider, Rule, Whole, as_dict, fields, follow

# Shapes of harmless values

_VERSION: Final = re.compile(r"[0-9][\w.+!-]{0,60}")
_METHOD: Final = re.compile("CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE|WEBSOCKET")
_THREAD: Final = re.compile(
    r"MainThread|AnyIO worker thread"
    r"|(Thread|Dummy|asyncio|ThreadPoolExecutor)-\d{1,6}(_\d{1,6})?( \(\w{1,60}\))?"
    r"|sentry[\w.-]{1,60}"
)
_DECIMAL: Final = re.compile(r"[\d.e-]{1,30}")

# Attributes of spans, logs, and metrics, and data of transactions

_ATTRIBUTES: Final[dict[str, Rule]] = {
    "cache.hit": PLAIN,
    "cache.item_size": PLAIN,
    "code.file.path": file,
    "code.function.name": FUNCTION,
    "code.line.number": PLAIN,
    "db.driver.name": PLAIN,
    "db.name": database,
    "db.namespace": database,
    "db.operation": PLAIN,
    "db.operation.name": PLAIN,
    "db.query.text": Category.STATEMENT,
    "db.statement": Category.STATEMENT,
    "db.system": PLAIN,
    "db.system.name": PLAIN,
    "gen_ai.conversation.id": Category.USER_ID,
    "gen_ai.cost.total_tokens": PLAIN,
    "gen_ai.operation.name": PLAIN,
    "gen_ai.operation.type": PLAIN,
    "gen_ai.provider.name": PLAIN,
    "gen_ai.request.model": Category.DETAIL,
    "gen_ai.response.finish_reasons": [NAME],
    "gen_ai.response.model": Category.DETAIL,
    "gen_ai.response.streaming": PLAIN,
    "gen_ai.system": PLAIN,
    "http.request.method": _METHOD,
    "http.response.status_code": PLAIN,
    "http.route": ROUTE,
    "logger.name": PLAIN,
    "messaging.destination.name": PLAIN,
    "messaging.message.id": PLAIN,
    "messaging.message.receive.latency": PLAIN,
    "messaging.message.retry.count": PLAIN,
    "messaging.system": PLAIN,
    "process.executable.name": re.compile(
        r"MainProcess|(Spawn|Fork|ForkServer)?(Pool)?(Process|Worker)-[\d:]{1,20}"
    ),
    "process.pid": PLAIN,
    "process.runtime.name": PLAIN,
    "process.runtime.version": PLAIN,
    "sentry.environment": configured,
    "sentry.is_localhost": PLAIN,
    "sentry.message.template": Category.LOG,
    "sentry.op": operation,
    "sentry.origin": PLAIN,
    "sentry.platform": PLAIN,
    "sentry.profiler_id": PLAIN,
    "sentry.release": configured,
    "sentry.sdk.integrations": partial(repeated, rule=(NAME,)),
    "sentry.sdk.name": PLAIN,
    "sentry.sdk.version": PLAIN,
    "sentry.segment.id": PLAIN,
    "sentry.segment.name": known_name,
    "sentry.segment.name.source": PLAIN,
    "sentry.severity_number": PLAIN,
    "sentry.severity_text": PLAIN,
    "sentry.span.source": PLAIN,
    "sentry.status": PLAIN,
    "sentry.trace.parent_span_id": PLAIN,
    "sentry.trace_lifecycle": PLAIN,
    "sentry.transaction": known_name,
    "server.port": PLAIN,
    "thread.id": PLAIN,
    "thread.name": _THREAD,
    "url.full": Category.OUTGOING,
    "user.email": Category.USER,
    "user.id": Category.USER_ID,
    "user.ip_address": Category.USER,
    "user.name": Category.USER,
}
_DATA: Final = partial(attributes, listed=_ATTRIBUTES)
_TYPED_ATTRIBUTES: Final = partial(typed_attributes, listed=_ATTRIBUTES)

# What items have in common

_RUNTIME: Final[dict[str, Rule]] = {
    "name": NAME,
    "version": _VERSION,
}
_SDK: Final[dict[str, Rule]] = {
    "name": NAME,
    "version": _VERSION,
    "packages": [_RUNTIME],
    "integrations": partial(repeated, rule=(NAME,)),
}
_ORIGIN: Final[dict[str, Rule]] = {
    "event_id": PLAIN,
    "timestamp": PLAIN,
    "platform": PLAIN,
    "release": configured,
    "environment": configured,
    "sdk": _SDK,
}
_TRACE: Final[dict[str, Rule]] = {
    "trace_id": TRACE_ID,
    "span_id": PLAIN,
    "parent_span_id": PLAIN,
    "status": PLAIN,
    "origin": PLAIN,
    "sampled": PLAIN,
    "client_sample_rate": PLAIN,
    "is_segment": PLAIN,
}
_SESSION_ATTRIBUTES: Final[dict[str, Rule]] = {
    "release": configured,
    "environment": configured,
    "ip_address": Category.USER,
    "user_agent": Category.REQUEST,
}

# Errors, messages, and transactions, which are events with spans

_STACKTRACE: Final[dict[str, Rule]] = {"frames": [partial(repeated, rule=frame)]}

_EVENT: Final[dict[str, Rule]] = {
    **_ORIGIN,
    "type": PLAIN,
    "level": PLAIN,
    "logger": PLAIN,
    "start_timestamp": PLAIN,
    "transaction": transaction,
    "transaction_info": {"source": NAME},
    "message": Category.TEXT,
    "logentry": {"message": Category.LOG, "formatted": Category.DETAIL, "params": parameters},
    "exception": {
        "values": [
            {
                "module": PLAIN,
                "thread_id": PLAIN,
                "type": re.compile(r"[\w.<>\[\], ]{1,250}"),
                "value": Category.TEXT,
                "stacktrace": _STACKTRACE,
                "mechanism": {
                    "type": PLAIN,
                    "handled": PLAIN,
                    "synthetic": PLAIN,
                    "is_exception_group": PLAIN,
                    "exception_id": PLAIN,
                    "parent_id": PLAIN,
                    "source": re.compile(r"__(cause|context)__|exceptions\[\d{1,4}\]"),
                },
            }
        ]
    },
    "threads": {
        "values": [
            {
                "id": PLAIN,
                "crashed": PLAIN,
                "current": PLAIN,
                "main": PLAIN,
                "name": _THREAD,
                "stacktrace": _STACKTRACE,
            }
        ]
    },
    "breadcrumbs": {
        "values": [
            {
                "type": PLAIN,
                "category": PLAIN,
                "level": PLAIN,
                "timestamp": PLAIN,
                "event_id": PLAIN,
                "message": message,
                "data": partial(
                    breadcrumb_data,
                    call={
                        "method": _METHOD,
                        "http.method": _METHOD,
                        "http.request.method": _METHOD,
                        "status_code": PLAIN,
                        "http.response.status_code": PLAIN,
                        "http.query": Category.REQUEST,
                        "http.fragment": Category.REQUEST,
                        "url": Category.OUTGOING,
                    },
                ),
            }
        ]
    },
    "user": {
        "id": Category.USER_ID,
        "username": Category.USER,
        "name": Category.USER,
        "email": Category.USER,
        "ip_address": Category.USER,
    },
    "request": {
        "method": _METHOD,
        # Only these are collected, except under `full`.
        "headers": {
            "content-type": re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}(; ?charset=[\w-]{1,20})?"),
            "content-length": PLAIN,
        },
        "url": Category.REQUEST,
        "query_string": Category.REQUEST,
        "data": Category.REQUEST,
        "env": Category.REQUEST,
    },
    "tags": tags,
    # Other contexts are the service's own, as tags are.
    "contexts": partial(
        fields,
        rules={
            "trace": {**_TRACE, "op": operation, "data": _DATA, "description": known_name},
            "runtime": _RUNTIME,
            "os": _RUNTIME,
            "profile": {"profile_id": PLAIN, "profiler_id": PLAIN},
            "response": {"status_code": PLAIN},
            "flags": {"values": [{"flag": PLAIN, "result": PLAIN}]},
            "dramatiq": {"data": Category.INTERNAL},
        },
        others=own_context,
    ),
    "extra": partial(
        fields,
        others=detail,
        rules={
            "sys.argv": Category.INTERNAL,
            "celery-job": {
                "task_name": NAME,
                "args": Category.INTERNAL,
                "kwargs": Category.INTERNAL,
            },
            "dramatiq_message_id": PLAIN,
        },
    ),
    "fingerprint": fingerprint,
    "spans": [
        {
            **_TRACE,
            "start_timestamp": PLAIN,
            "timestamp": PLAIN,
            "same_process_as_parent": PLAIN,
            "segment_id": PLAIN,
            "exclusive_time": PLAIN,
            "op": operation,
            "description": span_name,
            "tags": tags,
            "data": _DATA,
        }
    ],
    "modules": partial(
        repeated,
        rule=partial(named, names=re.compile(r"[\w.-]{1,100}"), rule=_VERSION),
    ),
    "server_name": Category.INTERNAL,
}

# Kinds of items, and what is around them

ITEMS: Final[dict[str, Rule]] = {
    "event": _EVENT,
    "transaction": _EVENT,
    "feedback": _EVENT,
    "span": {
        "version": NUMBER,
        "items": partial(
            segments_first,
            span={
                **_TRACE,
                "start_timestamp": PLAIN,
                "end_timestamp": PLAIN,
                "name": span_name,
                "attributes": _TYPED_ATTRIBUTES,
                "links": [{"trace_id": TRACE_ID, "span_id": PLAIN, "sampled": PLAIN}],
            },
        ),
    },
    "log": {
        "version": NUMBER,
        "items": [
            {
                "timestamp": PLAIN,
                "level": PLAIN,
                "severity_number": PLAIN,
                "span_id": PLAIN,
                "trace_id": TRACE_ID,
                "body": message,
                "attributes": _TYPED_ATTRIBUTES,
            }
        ],
    },
    "trace_metric": {
        "version": NUMBER,
        "items": [
            partial(
                fields,
                required="name",
                rules={
                    "timestamp": PLAIN,
                    "span_id": PLAIN,
                    "type": PLAIN,
                    "value": PLAIN,
                    "unit": PLAIN,
                    "trace_id": TRACE_ID,
                    "name": Category.NAME,
                    "attributes": _TYPED_ATTRIBUTES,
                },
            )
        ],
    },
    "profile_chunk": {
        **_ORIGIN,
        "chunk_id": PLAIN,
        "profiler_id": PLAIN,
        "version": PLAIN,
        "client_sdk": _RUNTIME,
        "os": _RUNTIME,
        "runtime": _RUNTIME,
        "device": {"architecture": PLAIN},
        "profile": {
            "samples": Whole(
                [
                    {
                        "timestamp": PLAIN,
                        "thread_id": PLAIN,
                        "stack_id": PLAIN,
                        "elapsed_since_start_ns": PLAIN,
                    }
                ]
            ),
            "stacks": Whole([[NUMBER]]),
            "frames": Whole([profile_frame]),
            "thread_metadata": partial(
                named,
                names=re.compile(r"\d{1,20}"),
                rule={"name": _THREAD, "priority": NUMBER},
            ),
        },
    },
    "session": {
        "sid": PLAIN,
        "did": Category.USER_ID,
        "init": PLAIN,
        "started": PLAIN,
        "timestamp": PLAIN,
        "status": PLAIN,
        "duration": PLAIN,
        "errors": PLAIN,
        "attrs": _SESSION_ATTRIBUTES,
    },
    "sessions": {
        "attrs": _SESSION_ATTRIBUTES,
        "aggregates": [
            {
                "started": PLAIN,
                "did": Category.USER_ID,
                "exited": PLAIN,
                "errored": PLAIN,
                "abnormal": PLAIN,
                "crashed": PLAIN,
            }
        ],
    },
    "check_in": {
        **_ORIGIN,
        "type": PLAIN,
        "check_in_id": PLAIN,
        "monitor_slug": PLAIN,
        "status": PLAIN,
        "duration": PLAIN,
        "contexts": {"trace": _TRACE},
        "monitor_config": {
            "checkin_margin": PLAIN,
            "max_runtime": PLAIN,
            "failure_issue_threshold": PLAIN,
            "recovery_threshold": PLAIN,
            "schedule": {
                "type": PLAIN,
                "unit": PLAIN,
                "value": re.compile(r"[\w */,@#?-]{1,100}"),
            },
            "timezone": re.compile(r"[A-Za-z_+/0-9-]{1,50}"),
        },
    },
    "client_report": {
        "timestamp": PLAIN,
        "discarded_events": [{"reason": PLAIN, "category": PLAIN, "quantity": PLAIN}],
    },
}
ITEM_HEADER: Final[dict[str, Rule]] = {
    "type": PLAIN,
    "item_count": PLAIN,
    "length": never,
    "platform": PLAIN,
    "content_type": re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}"),
}
ENVELOPE: Final[dict[str, Rule]] = {
    "event_id": PLAIN,
    "sent_at": PLAIN,
    "sdk": _SDK,
    # From the caller's baggage.
    "trace": {
        "trace_id": TRACE_ID,
        "public_key": configured,
        "release": configured,
        "environment": configured,
        "sample_rate": _DECIMAL,
        "sample_rand": _DECIMAL,
        "sampled": re.compile("true|false"),
        "org_id": _DECIMAL,
    },
}

# The scrubber

# Bytes of an attachment that isn't JSON. What is larger isn't searched within the time that a
# request may cost.
_MAX_ATTACHMENT: Final = 1 << 20


class Scrubber(Decider):
    """One policy for one process. What it returns is new; what it is given stays as it is."""

    def item(self, item: Item) -> Item | None:
        """Return the scrubbed item, or None to drop it.

        Raises:
            Exception: scrubbing failed; the item must not be sent.
        """
        kind = str(item.headers.get("type"))
        # Of feedback, which a user has written, nothing would be left.
        if (kind == "span" and not self.options.tracing) or (kind == "feedback" and self.strict):
            return None
        self.filtered.begin_item()
        self.masked.begin_item()
        if kind in ITEMS:
            # What the SDK makes is an object; what others make may be bytes.
            value = item.payload.json or json.loads(item.get_bytes())
            payload = follow(self, ITEMS[kind], value, (None, ""), {})
        else:
            payload = self._unknown_item(item)
        items = as_dict(payload).get("items")
        if payload is None or items == []:
            return None
        headers = as_dict(follow(self, ITEM_HEADER, item.headers, (None, "header"), {}))
        if isinstance(items, list):
            headers["item_count"] = len(items)
        return Item(payload if isinstance(payload, bytes) else PayloadRef(json=payload), headers)

    def envelope_headers(self, headers: Mapping[str, object]) -> dict[str, object]:
        """Return what may be sent of the headers of an envelope."""
        return as_dict(follow(self, ENVELOPE, headers, (None, "envelope"), {}))

    def _unknown_item(self, item: Item) -> object:
        # An attachment, or an item that only a later SDK has.
        payload = item.payload.json
        if not self.full:
            return self.note(Category.UNKNOWN, payload or "(bytes)", None, (None, ""))
        if payload is not None:
            return self.filtered.value(payload)
        try:
            text = item.get_bytes()[:_MAX_ATTACHMENT].decode("utf-8")
        except UnicodeDecodeError:
            return None
        # Line by line, because a mask cuts what is too long for a message. A key has many lines.
        lines = self.filtered.without_values(text).splitlines(keepends=True)
        return None if "PRIVATE KEY" in text else "".join(map(self.filtered.mask, lines)).encode()
