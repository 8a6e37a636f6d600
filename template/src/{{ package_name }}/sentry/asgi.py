# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What Sentry is told about a request: its errors, its session, and its trace, continued from the caller.

The SDK's own middleware begins a transaction for every request and throws nine of ten away at a sample rate of 0.1.
That is most of what tracing costs, so this one decides first. A request that is not kept still has a trace id for its
errors and its outgoing calls, which carry on the decision.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk import traces
from sentry_sdk.sessions import track_session

from . import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TRACE_HEADERS = (b"sentry-trace", b"baggage")
_TRACED_METHODS = frozenset(("CONNECT", "DELETE", "GET", "PATCH", "POST", "PUT", "TRACE"))


class SentryMiddleware:
    """Outermost of the application's own middleware. Inside the one that answers with 500, so that errors pass here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            with _Reported():
                await self.app(scope, receive, send)
            return
        with sentry_sdk.isolation_scope() as isolation, track_session(isolation, session_mode="request"):
            isolation.clear_breadcrumbs()
            isolation.add_event_processor(partial(sdk.with_request, asgi_scope=scope))
            if scope["type"] == "http":
                await self._http(scope, receive, send)
            else:
                traces.new_trace()
                await self._untraced(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _TRACE_HEADERS
        }
        if incoming:
            traces.continue_trace(incoming)
        else:
            traces.new_trace()
        name = f"{scope['method']} (no route)"
        # Until a route answers, and where none does. The SDK would take the address for a name.
        sentry_sdk.get_current_scope().set_transaction_name(name, source="route")
        sampler = sentry_sdk.get_client().options["traces_sampler"]
        traced = sampler is not None and scope["method"] in _TRACED_METHODS
        if traced and (incoming or _begins_a_kept_trace(sampler, scope)):
            await self._traced(name, scope, receive, send)
        else:
            await self._untraced(scope, receive, send)

    async def _untraced(self, scope: Scope, receive: Receive, send: Send) -> None:
        sdk.leave_untraced()
        with _Reported():
            await self.app(scope, receive, send)

    async def _traced(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        sentry_sdk.Scope.set_custom_sampling_context({"asgi_scope": scope})
        attributes: dict[str, Any] = {
            "sentry.op": "http.server",
            "sentry.origin": "auto.http.starlette",
            "sentry.segment.name.source": "route",
            "http.request.method": scope["method"],
        }
        answered = False
        with traces.start_span(name=name, attributes=attributes, parent_span=None) as span, _Reported():

            async def send_with_status(message: Message) -> None:
                nonlocal answered
                if message["type"] == "http.response.start":
                    answered = True
                    _set_status(span, message["status"])
                await send(message)

            try:
                await self.app(scope, receive, send_with_status)
            except Exception:
                if not answered:
                    # Starlette answers further out, when this span is over.
                    _set_status(span, 500)
                raise
            finally:
                route = route_of(scope)
                if route is not None:
                    span.set_attribute("http.route", route)


class _Reported:
    """Reports the error that leaves the block, and lets it go on. As a generator it would cost each request more."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Exception):
            sdk.capture_unhandled(error)


def _begins_a_kept_trace(sampler: Any, scope: Scope) -> bool:
    """What the SDK would decide for a trace that begins here, with its own random number; or True to ask it."""
    rate: float = sampler({"parent_sampled": None, "asgi_scope": scope})
    if not 0 < rate < 1:
        return rate > 0
    rand = sdk.sample_rand(sentry_sdk.get_current_scope().get_active_propagation_context().trace_id)
    return rand is None or rand < rate


def _set_status(span: traces.StreamedSpan, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    span.status = "error" if status >= 400 else "ok"


def route_of(scope: Mapping[str, Any]) -> str | None:
    """The template of the route that answers, `/v1/items/{item_id}`, with the prefixes of its routers."""
    route = scope.get("route")
    context = (scope.get("fastapi") or {}).get("effective_route_context")
    path: str | None = getattr(context, "path", None) or getattr(route, "path", None)
    return path
