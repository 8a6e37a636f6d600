"""Where sentry-sdk 2 and 3 differ, and what of the SDK isn't public. Everything else is written against both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import sentry_sdk
from sentry_sdk import traces
from sentry_sdk.integrations import DidNotEnable, Integration
from sentry_sdk.integrations import logging as logging_module
from sentry_sdk.integrations._asgi_common import _get_request_attributes, _get_request_data, _RootPathInPath
from sentry_sdk.integrations.asgi import _asgi_middleware_applied
from sentry_sdk.utils import event_from_exception

from .scrubbing.transport import ScrubbingTransport

if TYPE_CHECKING:
    from sentry_sdk.types import Event
    from starlette.types import ASGIApp, Receive, Scope, Send

MAJOR: Final = int(sentry_sdk.VERSION.partition(".")[0])

AttributeValue = str | bool | int | float

ROUTED: Final = "sentry.routed"
"""The key of an ASGI scope for the path of its mounts and the route that was selected last."""

GENERIC_NAMES: Final = ("generic FastAPI request", "generic Starlette request")
"""What the SDK calls a request whose route it doesn't find."""

_SDK_2: Final = cast("Any", sentry_sdk)


def foreign_client() -> str | None:
    """Return a sentence when the active client isn't the layer's, so that nothing is scrubbed."""
    client = sentry_sdk.get_client()
    if not client.is_active() or isinstance(client.transport, ScrubbingTransport):
        return None
    return "sentry_sdk.init() was called after init_sentry(), and nothing is scrubbed. Remove that call."


def lifecycle_options(*, logs: bool) -> dict[str, Any]:
    """Return options that exist in SDK 2 only. In SDK 3 spans are always streamed and logs are always on."""
    return {} if MAJOR >= 3 else {"enable_logs": logs, "trace_lifecycle": "static", "stream_gen_ai_spans": False}


def logging_integration(*, breadcrumbs: int, events: int, logs: int | None) -> Integration:
    """Records from these levels become breadcrumbs, events and Sentry logs; None sends no logs."""
    names = ("breadcrumb_level", "level") if MAJOR >= 3 else ("level", "sentry_logs_level")
    levels: Any = dict(zip(names, (breadcrumbs, logs), strict=True))
    return logging_module.LoggingIntegration(event_level=events, **levels)


def ignore_logger(name: str) -> None:
    """Take nothing from this logger: no breadcrumb, no event, no Sentry log."""
    logging_module.ignore_logger(name)
    getattr(logging_module, "ignore_logger_for_events" if MAJOR >= 3 else "ignore_logger_for_sentry_logs")(name)


def web_integrations(
    transaction_style: str, status_codes: Set[int], middleware: Callable[[ASGIApp], ASGIApp]
) -> list[Integration]:
    """Return the integrations of Starlette and FastAPI: each of them handles a part of the same request.

    Args:
        transaction_style: "endpoint" or "url". SDK 3 always names a request by its route.
        status_codes: an HTTPException with one of them is reported.
        middleware: takes the place of the SDK's own around every application.
    """
    try:
        from sentry_sdk.integrations import starlette
    except DidNotEnable:
        # A worker may have no web framework.
        return []
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.exceptions import ExceptionMiddleware

    class StarletteIntegration(starlette.StarletteIntegration):
        """The SDK's integration, with another middleware around applications and no wrappers around theirs."""

        @staticmethod
        def setup_once() -> None:
            call, init = Starlette.__call__, Middleware.__init__
            starlette.StarletteIntegration.setup_once()

            async def call_with_middleware(self: Starlette, scope: Scope, receive: Receive, send: Send) -> None:
                await middleware(partial(call, self))(scope, receive, send)

            Starlette.__call__, Middleware.__init__ = call_with_middleware, init  # type: ignore[method-assign]
            # What Middleware.__init__ would have done to this one.
            starlette.patch_exception_middleware(ExceptionMiddleware)
            _note_routes()

    options: dict[str, Any] = {"failed_request_status_codes": status_codes}
    if MAJOR < 3:
        options["transaction_style"] = transaction_style
    integrations: list[Integration] = [StarletteIntegration(**options)]
    try:
        from sentry_sdk.integrations.fastapi import FastApiIntegration
    except DidNotEnable:
        # Starlette alone.
        return integrations
    return [*integrations, FastApiIntegration(**options)]


def _note_routes() -> None:
    """Let routes and mounts note in the ASGI scope that they were selected. FastAPI notes only routes of its own."""
    from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute

    def noting(kind: type[BaseRoute]) -> Callable[..., Any]:
        handle = kind.handle

        async def handle_and_note(route: BaseRoute, scope: Scope, receive: Receive, send: Send) -> None:
            mounts, _ = scope.get(ROUTED, ("", None))
            scope[ROUTED] = (mounts + route.path if isinstance(route, Mount) else mounts, route)
            await handle(route, scope, receive, send)

        return handle_and_note

    for kind in (Route, WebSocketRoute, Mount, Host):
        setattr(kind, "handle", noting(kind))  # noqa: B010


@contextmanager
def no_further_middleware() -> Iterator[None]:
    """Keep a SentryAsgiMiddleware around a mounted application from reporting the same request."""
    token = _asgi_middleware_applied.set(True)
    try:
        yield
    finally:
        _asgi_middleware_applied.reset(token)


def without_doubles(libraries: list[Integration]) -> list[Integration]:
    """LangChain and Pydantic AI call a model with its provider's own client: one call must not be reported twice.

    SDK 3 sees to that itself, call by call. SDK 2 only leaves the providers out when it has chosen the integrations.
    """
    frameworks = any(library.identifier in ("langchain", "pydantic_ai") for library in libraries)
    doubled = ("anthropic", "openai") if MAJOR < 3 and frameworks else ()
    return [library for library in libraries if library.identifier not in doubled]


# Spans


def start_span(name: str, attributes: Mapping[str, AttributeValue]) -> AbstractContextManager[object]:
    """Start a span below the current one, or the first of a new trace. `sentry.op` among the attributes is its kind."""
    if MAJOR >= 3:
        return traces.start_span(name=name, attributes=dict(attributes))
    start = _SDK_2.start_span if _SDK_2.get_current_span() else _SDK_2.start_transaction
    span = start(op=attributes.get("sentry.op"), name=name)
    for key, value in attributes.items():
        span.set_data(key, value)
    return cast("AbstractContextManager[object]", span)


def start_request_span(
    name: str, asgi_scope: Mapping[str, Any], headers: Mapping[str, str]
) -> AbstractContextManager[Any]:
    """Continue the trace of the headers or begin one, and start the span of a request or WebSocket in it."""
    op, origin, source = f"{asgi_scope['type']}.server", "auto.http.starlette", "route"
    sampling = {"asgi_scope": asgi_scope}
    span: AbstractContextManager[Any]
    if MAJOR < 3:
        transaction = _SDK_2.continue_trace(headers, op=op, name=name, source=source, origin=origin)
        with _sample_rate_of_the_caller():
            span = _SDK_2.start_transaction(transaction, custom_sampling_context=sampling)
        return span
    traces.continue_trace(dict(headers))
    sentry_sdk.Scope.set_custom_sampling_context(sampling)
    attributes: dict[str, Any] = {"sentry.op": op, "sentry.origin": origin, "sentry.segment.name.source": source}
    attributes.update(_request_attributes(asgi_scope))
    scope = sentry_sdk.get_current_scope()
    if sentry_sdk.get_client().options["traces_sampler"] is None:
        # The SDK would follow a caller that traces, and the scrubber would drop the spans.
        trace = scope.get_active_propagation_context()
        return traces.NoOpStreamedSpan(
            name=name,
            attributes=attributes,
            scope=scope,
            trace_id=trace.trace_id,
            parent_span_id=trace.parent_span_id,
            baggage=trace.baggage,
            sampled=trace.parent_sampled,
        )
    with _sample_rate_of_the_caller():
        span = traces.start_span(name=name, attributes=attributes, parent_span=None)
    return span


@contextmanager
def _sample_rate_of_the_caller() -> Iterator[None]:
    """Keep the rate of a caller that has decided. The SDK replaces it by what traces_sampler() returns.

    Sentry weighs spans by it: https://develop.sentry.dev/sdk/telemetry/traces/dynamic-sampling-context/
    """
    context = sentry_sdk.get_current_scope().get_active_propagation_context()
    if context.baggage is None or context.parent_sampled is None:
        yield
        return
    items = dict(context.baggage.sentry_items)
    yield
    context.baggage.sentry_items.clear()
    context.baggage.sentry_items.update(items)


def _request_attributes(asgi_scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what describes a request on its span: under the policy `full` all that the SDK collects."""
    if sentry_sdk.get_client().options["data_collection"]["url_query_params"]["mode"] == "off":
        return {"http.request.method": asgi_scope["method"]} if "method" in asgi_scope else {}
    return _get_request_attributes(asgi_scope, root_path_in_path=_RootPathInPath.EITHER)


def finish_request_span(span: Any, route: str | None, status: int | None) -> None:
    """Note on the span of a request which route was selected, and with which status code it was answered."""
    if route is not None:
        (span.set_attribute if MAJOR >= 3 else span.set_data)("http.route", route)
    if status is None:
        return
    if MAJOR >= 3:
        span.set_attribute("http.response.status_code", status)
        span.status = "error" if status >= 400 else "ok"
    else:
        span.set_http_status(status)


# Events


def capture_unhandled(error: Exception) -> None:
    """Report an error that nothing handles: it makes the request's session a crashed one."""
    options: dict[str, Any] = {} if MAJOR >= 3 else {"client_options": sentry_sdk.get_client().options}
    event, hint = event_from_exception(error, mechanism={"type": "starlette", "handled": False}, **options)
    sentry_sdk.capture_event(event, hint=hint)


def add_request(event: Event, asgi_scope: Mapping[str, Any]) -> None:
    """Add the request to an event, as far as the options let the SDK collect it."""
    request = _get_request_data(asgi_scope, root_path_in_path=_RootPathInPath.EITHER)
    event["request"] = {**event.get("request", {}), **request}
