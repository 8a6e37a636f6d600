"""Where sentry-sdk 2 and 3 differ. Everything else is written against both."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, cast

import sentry_sdk
from sentry_sdk import traces, tracing_utils
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations import logging as logging_module
from sentry_sdk.utils import event_from_exception

if TYPE_CHECKING:
    from sentry_sdk.types import Event

logger = logging.getLogger(__name__)

MAJOR: Final = int(sentry_sdk.VERSION.partition(".")[0])

AttributeValue = str | bool | int | float

_SDK_2: Final = cast("Any", sentry_sdk)
_NO_SPAN: Final = traces.NoOpStreamedSpan(sampled=False)


def lifecycle_options(*, streaming: bool, logs: bool) -> dict[str, Any]:
    """Return options that exist in SDK 2 only. In SDK 3 spans are always streamed and logs are always on."""
    if MAJOR >= 3:
        return {}
    if streaming:
        return {"enable_logs": logs, "trace_lifecycle": "stream"}
    return {"enable_logs": logs, "trace_lifecycle": "static", "stream_gen_ai_spans": False}


def logging_integration(*, breadcrumbs: int, events: int, logs: int | None) -> Integration:
    """Records from these levels become breadcrumbs, events and Sentry logs; None sends no logs."""
    names = ("breadcrumb_level", "level") if MAJOR >= 3 else ("level", "sentry_logs_level")
    levels: Any = dict(zip(names, (breadcrumbs, logs), strict=True))
    return logging_module.LoggingIntegration(event_level=events, **levels)


def ignore_logger(name: str) -> None:
    """Take nothing from this logger: no breadcrumb, no event, no Sentry log."""
    logging_module.ignore_logger(name)
    getattr(logging_module, "ignore_logger_for_events" if MAJOR >= 3 else "ignore_logger_for_sentry_logs")(name)


def web_integrations(transaction_style: str, status_codes: Set[int], middleware: Any) -> list[Integration]:
    """Return the integrations of Starlette and FastAPI: each of them handles a part of the same request.

    HTTPExceptions with one of the status codes are reported. The middleware does the work of the SDK's own, for a third
    of its cost. SDK 3 always names a request by its route, whatever the style ("endpoint", "url").
    """
    from fastapi import FastAPI
    from sentry_sdk.integrations import starlette
    from sentry_sdk.integrations.fastapi import FastApiIntegration
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.exceptions import ExceptionMiddleware

    def wrapped(build: Any) -> Any:
        return lambda app: middleware(build(app))

    class StarletteIntegration(starlette.StarletteIntegration):
        """What remains: errors that a handler answers, such as HTTPException(503), names and bodies of requests."""

        @staticmethod
        def setup_once() -> None:
            call, init = Starlette.__call__, Middleware.__init__
            starlette.StarletteIntegration.setup_once()
            Starlette.__call__, Middleware.__init__ = call, init  # type: ignore[method-assign]
            # FastAPI builds its stack itself.
            for kind in (Starlette, FastAPI):
                setattr(kind, "build_middleware_stack", wrapped(kind.build_middleware_stack))  # noqa: B010
            # What Middleware would have done to this one.
            starlette.patch_exception_middleware(ExceptionMiddleware)

    options: dict[str, Any] = {"failed_request_status_codes": status_codes}
    if MAJOR < 3:
        options["transaction_style"] = transaction_style
    return [StarletteIntegration(**options), FastApiIntegration(**options)]


def without_doubles(libraries: list[Integration]) -> list[Integration]:
    """LangChain and Pydantic AI call a model with its provider's own client: one call must not be reported twice.

    SDK 3 sees to that itself, call by call. SDK 2 only leaves the providers out when it has chosen the integrations.
    """
    frameworks = any(library.identifier in ("langchain", "pydantic_ai") for library in libraries)
    doubled = ("anthropic", "openai") if MAJOR < 3 and frameworks else ()
    return [library for library in libraries if library.identifier not in doubled]


# Spans


def is_streaming() -> bool:
    """Return whether this process sends its spans one by one, instead of as transactions."""
    return MAJOR >= 3 or sentry_sdk.get_client().options["trace_lifecycle"] == "stream"


def start_span(name: str, attributes: Mapping[str, AttributeValue]) -> AbstractContextManager[object]:
    """Start a span below the current one, or the first of a new trace. `sentry.op` among the attributes is its kind."""
    if is_streaming():
        return traces.start_span(name=name, attributes=dict(attributes))
    start = _SDK_2.start_span if _SDK_2.get_current_span() else _SDK_2.start_transaction
    span = start(op=attributes.get("sentry.op"), name=name)
    set_attributes(span, attributes)
    return cast("AbstractContextManager[object]", span)


def start_request_span(
    name: str, asgi_scope: Mapping[str, Any], headers: Mapping[str, str]
) -> AbstractContextManager[Any]:
    """Start the span of a request. The trace of the headers has been continued already where spans are streamed."""
    op, origin, source = "http.server", "auto.http.starlette", "route"
    if is_streaming():
        sentry_sdk.Scope.set_custom_sampling_context({"asgi_scope": asgi_scope})
        attributes: dict[str, Any] = {"sentry.op": op, "sentry.origin": origin, "sentry.segment.name.source": source}
        attributes["http.request.method"] = asgi_scope["method"]
        return traces.start_span(name=name, attributes=attributes, parent_span=None)
    transaction = _SDK_2.continue_trace(headers, op=op, name=name, source=source, origin=origin)
    span = _SDK_2.start_transaction(transaction, custom_sampling_context={"asgi_scope": asgi_scope})
    return cast("AbstractContextManager[Any]", span)


def set_attributes(span: Any, attributes: Mapping[str, AttributeValue]) -> None:
    set_attribute = span.set_attribute if is_streaming() else span.set_data
    for name, value in attributes.items():
        set_attribute(name, value)


def describe_request(span: Any, route: str | None, status: int | None) -> None:
    """Note on the span of a request which route has answered, and with which status code."""
    if route is not None:
        set_attributes(span, {"http.route": route})
    if status is None:
        return
    if is_streaming():
        span.set_attribute("http.response.status_code", status)
        span.status = "error" if status >= 400 else "ok"
    else:
        span.set_http_status(status)


def sample_rand(trace_id: str) -> float | None:
    """Return the number from 0 to 1 that the SDK will compare with the sample rate of a trace that begins here.

    None when this SDK does not tell: then the SDK has to be asked by starting the span.
    """
    generate: Callable[[str], float] | None = getattr(tracing_utils, "_generate_sample_rand", None)
    return generate and generate(trace_id)


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


def warn_about_old_spans() -> None:
    """Log once, after a fork too, that `sentry_sdk.start_span()` or `start_transaction()` of SDK 2 sends nothing."""
    tracing = sentry_sdk.get_client().options["traces_sampler"] is not None
    if MAJOR >= 3 or not tracing or not is_streaming() or sentry_sdk.Scope.start_span.__module__ == __name__:
        return
    originals = {name: getattr(sentry_sdk.Scope, name) for name in ("start_span", "start_transaction")}

    def warn(scope: sentry_sdk.Scope, *arguments: Any, **options: Any) -> Any:
        for name, function in originals.items():
            setattr(sentry_sdk.Scope, name, function)
        logger.warning("sentry_sdk.start_span() sends nothing here: use span(name, op) of %s.", __package__)
        return originals["start_span"](scope, *arguments, **options)

    for name in originals:
        setattr(sentry_sdk.Scope, name, warn)


def capture_unhandled(error: Exception) -> None:
    """Report an error that nobody handles: it makes the request's session a crashed one."""
    options: dict[str, Any] = {} if MAJOR >= 3 else {"client_options": sentry_sdk.get_client().options}
    event, hint = event_from_exception(error, mechanism={"type": "starlette", "handled": False}, **options)
    sentry_sdk.capture_event(event, hint=hint)


def add_request(event: Event, asgi_scope: Mapping[str, Any]) -> None:
    """Add the request to an event, as far as the options let the SDK collect it."""
    try:
        from sentry_sdk.integrations._asgi_common import _get_request_data, _RootPathInPath
    except ImportError:
        # Not part of the SDK's interface: an error without its request is better than none.
        return
    request = _get_request_data(asgi_scope, root_path_in_path=_RootPathInPath.EITHER)
    event["request"] = {**event.get("request", {}), **request}
