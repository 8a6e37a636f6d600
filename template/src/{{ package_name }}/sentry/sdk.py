# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The one place that knows how sentry-sdk 2 and 3 differ. Everything else is written against both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, cast

import sentry_sdk
from sentry_sdk import traces
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations import logging as logging_module
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.utils import event_from_exception

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

MAJOR: Final = int(sentry_sdk.VERSION.partition(".")[0])

AttributeValue = str | bool | int | float

_NO_SPAN: Final = traces.NoOpStreamedSpan(sampled=False)


def lifecycle_options(*, streaming: bool, logs: bool) -> dict[str, Any]:
    """Options that exist in SDK 2 only. In SDK 3 spans are always streamed and logs are always on."""
    if MAJOR >= 3:
        return {}
    if streaming:
        return {"enable_logs": logs, "trace_lifecycle": "stream"}
    return {"enable_logs": logs, "trace_lifecycle": "static", "stream_gen_ai_spans": False}


def streams_spans(*, preferred: bool) -> bool:
    """Whether spans leave one by one (SDK 3 knows nothing else) or as one transaction."""
    return preferred or MAJOR >= 3


def logging_integration(*, breadcrumbs: int, events: int, logs: int | None) -> Integration:
    """Records from these levels become breadcrumbs, events and Sentry logs; None sends no logs."""
    options: dict[str, Any]
    if MAJOR >= 3:
        options = {"breadcrumb_level": breadcrumbs, "event_level": events, "level": logs}
    else:
        options = {"level": breadcrumbs, "event_level": events, "sentry_logs_level": logs}
    return LoggingIntegration(**options)


def ignore_logger(name: str) -> None:
    """Take nothing from this logger: no breadcrumb, no event, no Sentry log."""
    if MAJOR >= 3:
        kinds = ("ignore_logger_for_events", "ignore_logger")
    else:
        kinds = ("ignore_logger", "ignore_logger_for_sentry_logs")
    for kind in kinds:
        getattr(logging_module, kind)(name)


def web_integrations(*, transaction_style: str, http_spans: bool) -> list[Integration]:
    """Starlette and FastAPI, configured alike: each of them handles a part of the same request.

    Args:
        transaction_style: "endpoint" or "url"; SDK 3 always names a request by its route.
        http_spans: whether the integrations begin a span for every request.
    """
    from sentry_sdk.integrations.fastapi import FastApiIntegration
    from sentry_sdk.integrations.starlette import StarletteIntegration

    from .web import LeanStarletteIntegration

    options: dict[str, Any] = {} if http_spans else {"http_methods_to_capture": ()}
    if MAJOR < 3:
        options["transaction_style"] = transaction_style
    starlette = StarletteIntegration if http_spans else LeanStarletteIntegration
    return [starlette(**options), FastApiIntegration(**options)]


def without_doubles(libraries: list[Integration]) -> list[Integration]:
    """LangChain and Pydantic AI call a model with its provider's own client: one call must not be reported twice.

    SDK 3 sees to that itself, call by call. SDK 2 only leaves the providers out when it has chosen the integrations.
    """
    frameworks, providers = {"langchain", "pydantic_ai"}, {"anthropic", "openai"}
    if MAJOR >= 3 or not any(library.identifier in frameworks for library in libraries):
        return libraries
    return [library for library in libraries if library.identifier not in providers]


def begins_http_spans() -> bool:
    """Whether the SDK itself begins the span of a request: for transactions, where it knows how to."""
    options = sentry_sdk.get_client().options
    return not is_streaming() and options["traces_sampler"] is not None


def is_streaming() -> bool:
    """Whether this process sends its spans one by one."""
    return MAJOR >= 3 or sentry_sdk.get_client().options["trace_lifecycle"] == "stream"


def start_span(name: str, attributes: Mapping[str, AttributeValue]) -> AbstractContextManager[object]:
    """A span below the current one, or the first of a new trace. `sentry.op` among the attributes is its kind."""
    if is_streaming():
        return traces.start_span(name=name, attributes=dict(attributes))
    sdk_2 = cast("Any", sentry_sdk)
    start = sdk_2.start_span if sdk_2.get_current_span() else sdk_2.start_transaction
    span = start(op=attributes.get("sentry.op"), name=name)
    for key, value in attributes.items():
        span.set_data(key, value)
    return cast("AbstractContextManager[object]", span)


def capture_unhandled(error: Exception) -> None:
    """Report an error that nobody handles: it makes the request's session a crashed one."""
    options: dict[str, Any] = {} if MAJOR >= 3 else {"client_options": sentry_sdk.get_client().options}
    event, hint = event_from_exception(error, mechanism={"type": "starlette", "handled": False}, **options)
    sentry_sdk.capture_event(event, hint=hint)


def sample_rand(trace_id: str) -> float | None:
    """The number from 0 to 1 that the SDK will compare with the sample rate of a trace that begins here.

    None when this SDK does not tell: then the SDK has to be asked by starting the span.
    """
    try:
        from sentry_sdk.tracing_utils import _generate_sample_rand
    except ImportError:
        return None
    return _generate_sample_rand(trace_id)


def leave_untraced() -> None:
    """Put what stands for a request that is not traced into the current scope, until that scope ends.

    The spans of libraries are dropped below it. Without it one of them would begin a trace of its own, and give its
    name to the errors. The SDK makes the same object itself, after a transaction's worth of work.
    """
    scope = sentry_sdk.get_current_scope()
    span = _NO_SPAN
    if sentry_sdk.get_client().options["traces_sampler"] is not None:
        # Outgoing calls take their headers from it: the trace, and that it is not kept.
        trace_id = scope.get_active_propagation_context().trace_id
        span = traces.NoOpStreamedSpan(trace_id=trace_id, sampled=False)
    setattr(scope, "span" if MAJOR >= 3 else "streamed_span", span)


def in_kept_span() -> bool:
    """Whether what happens now belongs to a span that will be sent."""
    span = _current_span()
    return span is not None and bool(span.sampled)


def _current_span() -> Any:
    return traces.get_current_span() if is_streaming() else cast("Any", sentry_sdk).get_current_span()


def describe_span(attributes: Mapping[str, AttributeValue]) -> None:
    """Add attributes to the current span."""
    span = _current_span()
    describe = span.set_attribute if is_streaming() else span.set_data
    for name, value in attributes.items():
        describe(name, value)


def with_request(event: Event, hint: Hint, *, asgi_scope: Mapping[str, Any]) -> Event:
    """An event processor that adds the request, as far as the options let the SDK collect it."""
    try:
        from sentry_sdk.integrations._asgi_common import _get_request_data, _RootPathInPath
    except ImportError:
        # Not part of the SDK's interface: an error without its request is better than none.
        return event
    request = _get_request_data(asgi_scope, root_path_in_path=_RootPathInPath.EITHER)
    event["request"] = {**event.get("request", {}), **request}
    return event
