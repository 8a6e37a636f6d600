"""Where sentry-sdk 2 and 3 differ, and what of the SDK isn't public."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Set
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import sentry_sdk
from sentry_sdk import scope as scopes
from sentry_sdk import traces, tracing_utils
from sentry_sdk.integrations import DidNotEnable, Integration, _asgi_common, asgi
from sentry_sdk.integrations.logging import EventHandler, LoggingIntegration
from sentry_sdk.utils import qualname_from_function

from .scrubbing.transport import ScrubbingTransport

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

MAJOR: Final = int(sentry_sdk.VERSION.partition(".")[0])

# The key of an ASGI scope for the path of its mounts.
MOUNTS: Final = "sentry.mounts"
# What the SDK calls a request whose route it doesn't find.
GENERIC_NAMES: Final = ("generic FastAPI request", "generic Starlette request")

_SDK_2: Final = cast("Any", sentry_sdk)
_NEW_SCOPES: Final = (
    sentry_sdk.Scope(ty=scopes.ScopeType.ISOLATION),
    sentry_sdk.Scope(ty=scopes.ScopeType.CURRENT),
)

# Functions of the SDK that aren't public.
trace_headers: Final = _asgi_common._get_headers
describe_request: Final = partial(
    _asgi_common._get_request_data, root_path_in_path=_asgi_common._RootPathInPath.EITHER
)
capture_unhandled: Final = partial(asgi._capture_exception, mechanism_type="starlette")
# True keeps a SentryAsgiMiddleware around a mounted application from reporting the same request.
middleware_applied: Final = asgi._asgi_middleware_applied


def foreign_client(own: type[Transport] = ScrubbingTransport) -> str | None:
    """Return a sentence when the active client isn't the layer's, so that nothing is scrubbed."""
    client = sentry_sdk.get_client()
    if not client.is_active() or isinstance(client.transport, own):
        return None
    return (
        "sentry_sdk.init() was called after init_sentry(), and nothing is scrubbed. "
        "Remove that call."
    )


def lifecycle_options(*, logs: bool) -> dict[str, Any]:
    """Return options of SDK 2. In SDK 3 spans are always streamed and logs are always on."""
    return (
        {}
        if MAJOR >= 3
        else {"enable_logs": logs, "trace_lifecycle": "static", "stream_gen_ai_spans": False}
    )


def logging_integration(
    *,
    breadcrumbs: int,
    events: int,
    logs: int | None,
    take: Callable[[logging.LogRecord], bool],
    take_event: Callable[[logging.LogRecord], bool],
) -> Integration:
    """Records from these levels become breadcrumbs, events and Sentry logs; None sends no logs.

    Args:
        breadcrumbs: a level, as `events` and `logs`.
        take: returns whether a record is reported.
        take_event: returns whether it becomes an event.
    """
    levels: Any = (
        {"breadcrumb_level": breadcrumbs, "level": logs}
        if MAJOR >= 3
        else {"level": breadcrumbs, "sentry_logs_level": logs}
    )
    integration = LoggingIntegration(event_level=events, **levels)
    for handler in vars(integration).values():
        if isinstance(handler, logging.Handler):
            handler.addFilter(take_event if isinstance(handler, EventHandler) else take)
    return integration


def web_integrations(
    transaction_style: str,
    status_codes: Set[int],
    middleware: Callable[[ASGIApp], ASGIApp],
    *,
    collect_bodies: bool,
) -> list[Integration]:
    """Return the integrations of Starlette and FastAPI: both are needed, because each
    instruments a part of the request.

    Args:
        transaction_style: "endpoint" or "url". SDK 3 always names a request by its route.
        status_codes: an HTTPException with one of them is reported.
        middleware: takes the place of the SDK's own around every application.
        collect_bodies: whether events contain the bodies of requests.
    """
    options: dict[str, Any] = {
        "failed_request_status_codes": status_codes,
        **({} if MAJOR >= 3 else {"transaction_style": transaction_style}),
    }
    integrations: list[Integration] = []
    # A worker has no web framework, and a service may have Starlette alone.
    with suppress(DidNotEnable):
        integrations.append(_starlette_integration(options, middleware))
        from sentry_sdk.integrations import fastapi

        if not collect_bodies:
            # The SDK's function also looks for the body, and takes 25 µs.
            by_function = options.get("transaction_style") == "endpoint"
            fastapi._wrap_async_handler = cast("Any", partial(_name_and_handle, by_function))
        integrations.append(fastapi.FastApiIntegration(**options))
    return integrations


def _name_and_handle(
    by_function: bool, handler: Callable[[Request], Awaitable[object]], request: Request
) -> Awaitable[object]:
    # Name a request of FastAPI by its function or route, before anything in it does something.
    # A service may make a request of its own, without an endpoint.
    endpoint = cast("Any", request.scope.get("endpoint"))
    function = qualname_from_function(endpoint) if by_function else None
    sentry_sdk.get_current_scope().set_transaction_name(
        function or route_of(request.scope) or GENERIC_NAMES[0],
        source="component" if function else "route",
    )
    return handler(request)


def _starlette_integration(
    options: dict[str, Any], middleware: Callable[[ASGIApp], ASGIApp]
) -> Integration:
    from sentry_sdk.integrations import starlette
    from starlette.applications import Starlette
    from starlette.middleware.exceptions import ExceptionMiddleware
    from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute

    def noting(handle: Callable[..., Any]) -> Callable[..., Any]:
        async def handle_and_note(
            self: BaseRoute, scope: Scope, receive: Receive, send: Send
        ) -> None:
            # As Starlette does from 1.0 on.
            scope["route"] = self
            if isinstance(self, Mount):
                scope[MOUNTS] = scope.get(MOUNTS, "") + self.path
            await handle(self, scope, receive, send)

        return handle_and_note

    class StarletteIntegration(starlette.StarletteIntegration):
        @staticmethod
        def setup_once() -> None:
            answer = Starlette.__call__

            async def answer_and_report(
                self: Starlette, scope: Scope, receive: Receive, send: Send
            ) -> None:
                await middleware(partial(answer, self))(scope, receive, send)

            # The SDK's own function would look up its client and integration for each request.
            starlette.patch_asgi_app = lambda **_: setattr(Starlette, "__call__", answer_and_report)
            # To name a request, the SDK would look its route up again in each middleware.
            starlette.patch_middlewares = partial(
                starlette.patch_exception_middleware, ExceptionMiddleware
            )
            add_user = starlette._add_user_to_sentry_scope

            # The user of an AuthenticationMiddleware would replace the one of identify_user().
            starlette._add_user_to_sentry_scope = lambda scope: (
                add_user(scope)
                if "user" in scope and not sentry_sdk.get_isolation_scope()._user
                else None
            )
            starlette.StarletteIntegration.setup_once()
            for kind in (Route, WebSocketRoute, Mount, Host):
                setattr(kind, "handle", noting(kind.handle))  # noqa: B010

    return StarletteIntegration(**options)


def route_of(scope: Scope) -> str | None:
    """Return the template of the selected route, `/v1/items/{item_id}`, with the prefixes of its
    routers and mounts.

    For a mounted application that has no routes, it is the path of the mount.
    """
    mounts: str = scope.get(MOUNTS, "")
    route: Any = scope.get("route")
    if hasattr(route, "routes"):
        return mounts or (f"//{route.host}" if hasattr(route, "host") else "/")
    context = (scope.get("fastapi") or {}).get("effective_route_context")
    included = context if context is not None and context.original_route is route else route
    # A kind of route that the service has made needs no path.
    return f"{mounts}{included.path}" if hasattr(included, "path") else mounts or None


def without_duplicates(libraries: list[Integration]) -> list[Integration]:
    """Leave out integrations that would report a model call twice: LangChain and Pydantic AI use the
    client of the provider.

    SDK 3 does this itself, call by call. SDK 2 does it only for integrations that it enables itself.
    """
    frameworks = any(library.identifier in ("langchain", "pydantic_ai") for library in libraries)
    doubled = ("anthropic", "openai") if MAJOR < 3 and frameworks else ()
    return [library for library in libraries if library.identifier not in doubled]


# Spans


def start_span(
    name: str, attributes: Mapping[str, str | bool | int | float]
) -> AbstractContextManager[object]:
    """Start a span below the current one, or the first of a trace. `sentry.op` is its kind."""
    if MAJOR >= 3:
        return traces.start_span(name=name, attributes=dict(attributes))
    start = _SDK_2.start_span if _SDK_2.get_current_span() else _SDK_2.start_transaction
    span = start(op=attributes.get("sentry.op"), name=name)
    span.update_data(dict(attributes))
    return cast("AbstractContextManager[object]", span)


def request_scopes() -> AbstractContextManager[sentry_sdk.Scope]:
    """Keep the tags, user, and breadcrumbs of a request away from other requests.

    A request begins without scopes. The SDK would create two and copy them, which takes 25 µs.
    """
    if scopes._isolation_scope.get() or scopes._current_scope.get():
        # This one was made within another request.
        return sentry_sdk.isolation_scope()
    scopes._current_scope.set(_NEW_SCOPES[1].fork())
    return scopes.use_isolation_scope(_NEW_SCOPES[0].fork())


def start_request_span(
    isolation: sentry_sdk.Scope, name: str, asgi_scope: Mapping[str, Any]
) -> AbstractContextManager[Any]:
    """Continue the trace of the caller or begin one, and return the span of a request."""
    # To decode all headers of each request would cost 4 µs.
    is_continued = b"sentry-trace" in dict(asgi_scope["headers"])
    isolation.generate_propagation_context(trace_headers(asgi_scope) if is_continued else {})
    trace = isolation.get_active_propagation_context()
    options = sentry_sdk.get_client().options
    if options["traces_sampler"] is None:
        return _untraced_span(name, trace)
    if MAJOR < 3:
        return cast(
            "AbstractContextManager[Any]",
            _SDK_2.start_transaction(
                name=name,
                op=f"{asgi_scope['type']}.server",
                source="route",
                origin="auto.http.starlette",
                trace_id=trace.trace_id,
                parent_span_id=trace.parent_span_id,
                parent_sampled=trace.parent_sampled,
                baggage=trace.baggage,
                same_process_as_parent=False,
                custom_sampling_context={"asgi_scope": asgi_scope},
            ),
        )
    # A span takes the trace of the current scope.
    sentry_sdk.get_current_scope()._propagation_context = trace
    sentry_sdk.Scope.set_custom_sampling_context({"asgi_scope": asgi_scope})
    attributes = {
        "sentry.op": f"{asgi_scope['type']}.server",
        "sentry.segment.name.source": "route",
        "sentry.origin": "auto.http.starlette",
        # A WebSocket begins with a GET request.
        "http.request.method": asgi_scope.get("method", "GET"),
    }
    if options["data_collection"]["url_query_params"]["mode"] != "off":
        # Under the policy `full`.
        attributes |= _asgi_common._get_request_attributes(
            asgi_scope, root_path_in_path=_asgi_common._RootPathInPath.EITHER
        )
    return traces.start_span(name=name, attributes=attributes, parent_span=None)


def _untraced_span(
    name: str, trace: tracing_utils.PropagationContext
) -> AbstractContextManager[Any]:
    # A span that is never sent, for code that needs a current span. The SDK would take 40 µs to
    # decide that. SDK 3 would trace if the caller does, and its span would hold the scope.
    known: Any = {"name": name, "trace_id": trace.trace_id, "parent_span_id": trace.parent_span_id}
    span = (
        cast("Any", traces).NoOpSpan(**known, baggage=trace.baggage)
        if MAJOR >= 3
        else _SDK_2.tracing.Transaction(
            **known,
            source="route",
            # With a number given, the SDK doesn't draw one.
            baggage=trace.baggage or tracing_utils.Baggage({"sample_rand": "0"}),
            sampled=False,
        )
    )
    sentry_sdk.get_current_scope().span = span
    return nullcontext(span)


def release_request_span(span: Any) -> None:
    """Free the scope of a request whose trace isn't kept, when its span has ended.

    The span of SDK 3 holds itself and its scope, which the garbage collector would free in 10 µs.
    """
    if MAJOR >= 3 and not span.sampled:
        span._scope = None


def finish_request_span(span: Any, route: str | None, status: int | None) -> None:
    """Note on the span of a request which route was selected, and the status code."""
    note = span.set_attribute if MAJOR >= 3 else span.set_data
    if route is not None:
        note("http.route", route)
    if status is not None and MAJOR >= 3:
        note("http.response.status_code", status)
        span.status = "error" if status >= 400 else "ok"
    elif status is not None:
        span.set_http_status(status)
