"""The allowlist, what may be sent field by field, and the scrubber that follows it.

Each field has a rule, which is a function: those of `rules.py` for harmless values of a shape and
for what the table of `policy.py` decides about, those of `parts.py` for what depends on the fields
beside it. Fields that aren't listed are sent under the policy `full` only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from sentry_sdk.envelope import Item, PayloadRef

from .parts import (
    ROUTE,
    breadcrumb_data,
    breadcrumb_message,
    database,
    entry_parameters,
    entry_text,
    file,
    frame,
    function,
    known_name,
    log_body,
    operation,
    profile_frame,
    segments_first,
    span_name,
    transaction,
    without_parameters,
)
from .policy import Category, ScrubberOptions
from .rules import (
    NAME,
    Decider,
    Fields,
    Removed,
    Rule,
    as_dict,
    configured,
    contexts,
    decided,
    fingerprint,
    list_of,
    listed_or_detail,
    number,
    plain,
    shaped,
    tags,
    typed,
)

# Shapes of harmless values

_NAME: Final = shaped(NAME)
_VERSION: Final = shaped(re.compile(r"[0-9][\w.+!-]{0,60}"))
_TRACE_ID: Final = shaped(re.compile(r"[0-9a-f]{32}"))
_METHOD: Final = shaped(
    re.compile("CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE|WEBSOCKET")
)
_THREAD: Final = shaped(
    re.compile(
        r"MainThread|AnyIO worker thread"
        r"|(Thread|Dummy|asyncio|ThreadPoolExecutor)-\d{1,6}(_\d{1,6})?( \(\w{1,60}\))?"
        r"|sentry[\w.-]{1,60}"
    )
)
_DECIMAL: Final = shaped(re.compile(r"[\d.e-]{1,30}"))

# What the table decides about

_DETAIL: Final = decided(Category.DETAIL)
_INTERNAL: Final = decided(Category.INTERNAL)
_REQUEST: Final = decided(Category.REQUEST)
_USER: Final = decided(Category.USER)
_USER_ID: Final = decided(Category.USER_ID)

# Attributes of spans, logs, and metrics, and data of transactions

# Beginnings of attributes that belong to the SDK and its conventions. Of these only the following
# are sent.
_RESERVED: Final = re.compile(
    r"(ai|app|aws|browser|cache|client|cloud|code|culture|database|db|device|enduser|error|event|exception|faas|file"
    r"|gcp|gen_ai|graphql|host|http|k8s|llm|logger|mcp|messaging|mdc|net|network|os|otel|peer|process|rpc|sentry|server"
    r"|service|session|source|subprocess|telemetry|thread|timber|tls|url|user|user_agent|vercel)(\.|\Z)"
)

_ATTRIBUTES: Final = Fields(
    {
        "cache.hit": plain,
        "cache.item_size": plain,
        "code.file.path": file,
        "code.function.name": function,
        "code.line.number": plain,
        "db.driver.name": plain,
        "db.name": database,
        "db.namespace": database,
        "db.operation": plain,
        "db.operation.name": plain,
        "db.query.text": decided(Category.STATEMENT),
        "db.statement": decided(Category.STATEMENT),
        "db.system": plain,
        "db.system.name": plain,
        "gen_ai.conversation.id": _USER_ID,
        "gen_ai.cost.total_tokens": plain,
        "gen_ai.operation.name": plain,
        "gen_ai.operation.type": plain,
        "gen_ai.provider.name": plain,
        "gen_ai.request.model": _DETAIL,
        "gen_ai.response.finish_reasons": list_of(_NAME),
        "gen_ai.response.model": _DETAIL,
        "gen_ai.response.streaming": plain,
        "gen_ai.system": plain,
        "http.request.method": _METHOD,
        "http.response.status_code": plain,
        "http.route": shaped(ROUTE),
        "logger.name": plain,
        "messaging.destination.name": plain,
        "messaging.message.id": plain,
        "messaging.message.receive.latency": plain,
        "messaging.message.retry.count": plain,
        "messaging.system": plain,
        "process.executable.name": shaped(
            re.compile(r"MainProcess|(Spawn|Fork|ForkServer)?(Pool)?(Process|Worker)-[\d:]{1,20}")
        ),
        "process.pid": plain,
        "process.runtime.name": plain,
        "process.runtime.version": plain,
        "sentry.environment": configured,
        "sentry.is_localhost": plain,
        "sentry.message.template": decided(Category.LOG),
        "sentry.op": operation,
        "sentry.origin": plain,
        "sentry.platform": plain,
        "sentry.profiler_id": plain,
        "sentry.release": configured,
        "sentry.sdk.integrations": list_of(_NAME),
        "sentry.sdk.name": plain,
        "sentry.sdk.version": plain,
        "sentry.segment.id": plain,
        "sentry.segment.name": known_name,
        "sentry.segment.name.source": plain,
        "sentry.severity_number": plain,
        "sentry.severity_text": plain,
        "sentry.span.source": plain,
        "sentry.status": plain,
        "sentry.trace.parent_span_id": plain,
        "sentry.trace_lifecycle": plain,
        "sentry.transaction": known_name,
        "server.port": plain,
        "thread.id": plain,
        "thread.name": _THREAD,
        "url.full": decided(Category.OUTGOING),
        "user.email": _USER,
        "user.id": _USER_ID,
        "user.ip_address": _USER,
        "user.name": _USER,
    },
    {
        # Tokens used, and sizes of bodies.
        re.compile(
            r"(gen_ai\.(usage|request)|http\.re(quest|sponse)|process|db\.response)\..*"
        ): number,
    },
)
_DATA: Final = without_parameters(listed_or_detail(_ATTRIBUTES, _RESERVED))
_TYPED_ATTRIBUTES: Final = typed(_DATA)

# What items have in common

_RUNTIME: Final = Fields(
    {
        "name": _NAME,
        "version": _VERSION,
    }
)
_SDK: Final = Fields(
    {
        "name": _NAME,
        "version": _VERSION,
        "packages": list_of(_RUNTIME),
        "integrations": list_of(_NAME),
    }
)
_ORIGIN: Final[dict[str, Rule]] = {
    "event_id": plain,
    "timestamp": plain,
    "platform": plain,
    "release": configured,
    "environment": configured,
    "sdk": _SDK,
}
_TRACE: Final[dict[str, Rule]] = {
    "trace_id": _TRACE_ID,
    "span_id": plain,
    "parent_span_id": plain,
    "status": plain,
    "origin": plain,
    "sampled": plain,
    "client_sample_rate": plain,
    "is_segment": plain,
}
_SESSION_ATTRIBUTES: Final = Fields(
    {
        "release": configured,
        "environment": configured,
        "ip_address": _USER,
        "user_agent": _REQUEST,
    }
)

# Errors, messages, and transactions, which are events with spans

# Only these headers of the request are collected, except under `full`.
HEADERS: Final[dict[str, Rule]] = {
    "content-type": shaped(re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}(; ?charset=[\w-]{1,20})?")),
    "content-length": plain,
}

_STACKTRACE: Final = Fields({"frames": list_of(frame)})
_EXCEPTION: Final = Fields(
    {
        "module": plain,
        "thread_id": plain,
        "type": shaped(re.compile(r"[\w.<>\[\], ]{1,250}")),
        "value": decided(Category.TEXT),
        "stacktrace": _STACKTRACE,
        "mechanism": Fields(
            {
                "type": plain,
                "handled": plain,
                "synthetic": plain,
                "is_exception_group": plain,
                "exception_id": plain,
                "parent_id": plain,
                "source": shaped(re.compile(r"__(cause|context)__|exceptions\[\d{1,4}\]")),
            }
        ),
    }
)

_BREADCRUMB: Final = Fields(
    {
        "type": plain,
        "category": plain,
        "level": plain,
        "timestamp": plain,
        "event_id": plain,
        "message": breadcrumb_message,
        "data": breadcrumb_data(
            Fields(
                {
                    "method": _METHOD,
                    "http.method": _METHOD,
                    "http.request.method": _METHOD,
                    "status_code": plain,
                    "http.response.status_code": plain,
                    "http.query": _REQUEST,
                    "http.fragment": _REQUEST,
                    "url": decided(Category.OUTGOING),
                }
            )
        ),
    }
)
# Other contexts are the service's own, as tags are.
_CONTEXTS: Final[dict[str, Rule]] = {
    "trace": Fields({**_TRACE, "op": operation, "data": _DATA, "description": known_name}),
    "runtime": _RUNTIME,
    "os": _RUNTIME,
    "profile": Fields({"profile_id": plain, "profiler_id": plain}),
    "response": Fields({"status_code": plain}),
    "flags": Fields({"values": list_of(Fields({"flag": plain, "result": plain}))}),
    "dramatiq": Fields({"data": _INTERNAL}),
}

_SPAN_OF_TRANSACTION: Final = Fields(
    {
        **_TRACE,
        "start_timestamp": plain,
        "timestamp": plain,
        "same_process_as_parent": plain,
        "segment_id": plain,
        "exclusive_time": plain,
        "op": operation,
        "description": span_name,
        "tags": tags,
        "data": _DATA,
    }
)
_EVENT: Final = Fields(
    {
        **_ORIGIN,
        "type": plain,
        "level": plain,
        "logger": plain,
        "start_timestamp": plain,
        "transaction": transaction,
        "transaction_info": Fields({"source": _NAME}),
        "message": decided(Category.TEXT),
        "logentry": Fields(
            {"message": entry_text, "formatted": _DETAIL, "params": entry_parameters}
        ),
        "exception": Fields({"values": list_of(_EXCEPTION)}),
        "threads": Fields(
            {
                "values": list_of(
                    Fields(
                        {
                            "id": plain,
                            "crashed": plain,
                            "current": plain,
                            "main": plain,
                            "name": _THREAD,
                            "stacktrace": _STACKTRACE,
                        }
                    )
                )
            }
        ),
        "breadcrumbs": Fields({"values": list_of(_BREADCRUMB)}),
        "user": Fields(
            {"id": _USER_ID, "username": _USER, "name": _USER, "email": _USER, "ip_address": _USER}
        ),
        "request": Fields(
            {
                "method": _METHOD,
                "headers": Fields(HEADERS),
                "url": _REQUEST,
                "query_string": _REQUEST,
                "data": _REQUEST,
                "env": _REQUEST,
            }
        ),
        "tags": tags,
        "contexts": contexts(_CONTEXTS),
        "extra": listed_or_detail(
            Fields(
                {
                    "sys.argv": _INTERNAL,
                    "celery-job": Fields(
                        {"task_name": _NAME, "args": _INTERNAL, "kwargs": _INTERNAL}
                    ),
                    "dramatiq_message_id": plain,
                }
            )
        ),
        "fingerprint": fingerprint,
        "spans": list_of(_SPAN_OF_TRANSACTION),
        "modules": Fields({}, {re.compile(r"[\w.-]{1,100}"): _VERSION}),
        "server_name": _INTERNAL,
    }
)

# Kinds of items, and what is around them

ITEMS: Final[dict[str, Rule]] = {
    "event": _EVENT,
    "transaction": _EVENT,
    "feedback": _EVENT,
    "span": Fields(
        {
            "version": number,
            "items": segments_first(
                list_of(
                    Fields(
                        {
                            **_TRACE,
                            "start_timestamp": plain,
                            "end_timestamp": plain,
                            "name": span_name,
                            "attributes": _TYPED_ATTRIBUTES,
                            "links": list_of(
                                Fields({"trace_id": _TRACE_ID, "span_id": plain, "sampled": plain})
                            ),
                        }
                    )
                )
            ),
        }
    ),
    "log": Fields(
        {
            "version": number,
            "items": list_of(
                Fields(
                    {
                        "timestamp": plain,
                        "level": plain,
                        "severity_number": plain,
                        "span_id": plain,
                        "trace_id": _TRACE_ID,
                        "body": log_body,
                        "attributes": _TYPED_ATTRIBUTES,
                    }
                )
            ),
        }
    ),
    "trace_metric": Fields(
        {
            "version": number,
            "items": list_of(
                Fields(
                    {
                        "timestamp": plain,
                        "span_id": plain,
                        "type": plain,
                        "value": plain,
                        "unit": plain,
                        "trace_id": _TRACE_ID,
                        "name": decided(Category.NAME),
                        "attributes": _TYPED_ATTRIBUTES,
                    },
                    required="name",
                )
            ),
        }
    ),
    "profile_chunk": Fields(
        {
            **_ORIGIN,
            "chunk_id": plain,
            "profiler_id": plain,
            "version": plain,
            "client_sdk": _RUNTIME,
            "os": _RUNTIME,
            "runtime": _RUNTIME,
            "device": Fields({"architecture": plain}),
            "profile": Fields(
                {
                    "samples": list_of(
                        Fields(
                            {
                                "timestamp": plain,
                                "thread_id": plain,
                                "stack_id": plain,
                                "elapsed_since_start_ns": plain,
                            }
                        ),
                        None,
                    ),
                    "stacks": list_of(list_of(number), None),
                    "frames": list_of(profile_frame, None),
                    "thread_metadata": Fields(
                        {}, {re.compile(r"\d{1,20}"): Fields({"name": _THREAD, "priority": number})}
                    ),
                }
            ),
        }
    ),
    "session": Fields(
        {
            "sid": plain,
            "did": _USER_ID,
            "init": plain,
            "started": plain,
            "timestamp": plain,
            "status": plain,
            "duration": plain,
            "errors": plain,
            "attrs": _SESSION_ATTRIBUTES,
        }
    ),
    "sessions": Fields(
        {
            "attrs": _SESSION_ATTRIBUTES,
            "aggregates": list_of(
                Fields(
                    {
                        "started": plain,
                        "did": _USER_ID,
                        "exited": plain,
                        "errored": plain,
                        "abnormal": plain,
                        "crashed": plain,
                    }
                )
            ),
        }
    ),
    "check_in": Fields(
        {
            **_ORIGIN,
            "type": plain,
            "check_in_id": plain,
            "monitor_slug": plain,
            "status": plain,
            "duration": plain,
            "contexts": Fields({"trace": Fields(_TRACE)}),
            "monitor_config": Fields(
                {
                    "checkin_margin": plain,
                    "max_runtime": plain,
                    "failure_issue_threshold": plain,
                    "recovery_threshold": plain,
                    "schedule": Fields(
                        {
                            "type": plain,
                            "unit": plain,
                            "value": shaped(re.compile(r"[\w */,@#?-]{1,100}")),
                        }
                    ),
                    "timezone": shaped(re.compile(r"[A-Za-z_+/0-9-]{1,50}")),
                }
            ),
        }
    ),
    "client_report": Fields(
        {
            "timestamp": plain,
            "discarded_events": list_of(
                Fields({"reason": plain, "category": plain, "quantity": plain})
            ),
        }
    ),
}
ITEM_HEADER: Final = Fields(
    {
        "type": plain,
        "item_count": plain,
        "platform": plain,
        "content_type": shaped(re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}")),
    }
)
ENVELOPE: Final = Fields(
    {
        "event_id": plain,
        "sent_at": plain,
        "sdk": _SDK,
        # From the caller's baggage.
        "trace": Fields(
            {
                "trace_id": _TRACE_ID,
                "public_key": configured,
                "release": configured,
                "environment": configured,
                "sample_rate": _DECIMAL,
                "sample_rand": _DECIMAL,
                "sampled": shaped(re.compile("true|false")),
                "org_id": _DECIMAL,
            }
        ),
    }
)


# The scrubber

# Bytes of an attachment that isn't JSON. What is larger isn't searched within the time that a
# request may cost.
_MAX_ATTACHMENT: Final = 1 << 20


class Scrubber:
    """One policy for one process. What it returns is new; what it is given stays as it is.

    Args:
        options: the policy, and what it has to know of the service.
        removed: called with each value that isn't sent as it was.
    """

    def __init__(self, options: ScrubberOptions, removed: Removed | None = None) -> None:
        self._decider: Final = Decider(options, removed)

    def item(self, item: Item) -> Item | None:
        """Return the scrubbed item, or None to drop it.

        Raises:
            Exception: scrubbing failed; the item must not be sent.
        """
        decider, kind = self._decider, str(item.headers.get("type"))
        # Of feedback, which a user has written, nothing would be left.
        if (kind == "span" and not decider.options.tracing) or (
            kind == "feedback" and decider.strict
        ):
            return None
        decider.filtered.begin()
        decider.masked.begin()
        if (rule := ITEMS.get(kind)) is None:
            payload = _unknown_item(decider, item)
        else:
            # What the SDK makes is an object; what others make may be bytes.
            value = (
                item.payload.json if item.payload.json is not None else json.loads(item.get_bytes())
            )
            payload = rule(decider, value, "", {})
        if payload is None or as_dict(payload).get("items") == []:
            return None
        headers = as_dict(ITEM_HEADER(decider, item.headers, "header", {}))
        headers.pop("length", None)
        if isinstance(payload, bytes):
            return Item(payload=payload, headers=headers)
        if isinstance(items := as_dict(payload).get("items"), list):
            headers["item_count"] = len(items)
        return Item(payload=PayloadRef(json=payload), headers=headers)

    def envelope_headers(self, headers: Mapping[str, object]) -> dict[str, object]:
        """Return what may be sent of the headers of an envelope."""
        return as_dict(ENVELOPE(self._decider, headers, "envelope", {}))


def _unknown_item(decider: Decider, item: Item) -> object:
    """Return what may be sent of an attachment or of an item that only a later SDK has."""
    if not decider.full:
        return decider.note(Category.UNKNOWN, item.payload.json or "(bytes)", None, "")
    if item.payload.json is not None:
        return decider.filtered.value(item.payload.json)
    try:
        text = item.get_bytes()[:_MAX_ATTACHMENT].decode("utf-8")
    except UnicodeDecodeError:
        return None
    # Line by line, because a mask cuts what is too long for a message. A key has many lines.
    lines = decider.filtered.without_values(text).splitlines(keepends=True)
    masked = "".join(map(decider.filtered.mask, lines))
    return None if "PRIVATE KEY" in text else masked.encode()
