"""What belongs to one request: its id, its scope and session, its trace, continued from the caller, and its errors.

The SDK's own middleware begins a transaction for every request and throws nine of ten away at a sample rate of 0.1,
which is most of what tracing costs. This one decides first. A request that is not kept still has a trace id.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk import traces
from sentry_sdk.sessions import track_session

from . import sdk
from .scrubbing.transport import ScrubbingTransport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sentry_sdk.types import Event, Hint
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the request that is being answered. None outside one."""

SHUTDOWN_SECONDS: Final = 3.0

_HEADER: Final = b"x-request-id"
# It ends up in log lines, a tag and a header.
_ACCEPTABLE: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}").fullmatch
_TRACED_METHODS: Final = frozenset(("CONNECT", "DELETE", "GET", "PATCH", "POST", "PUT", "TRACE"))
_MARK: Final = "sentry.request"


def close_sentry() -> None:
    """Send what is buffered, then stop; takes `SHUTDOWN_SECONDS` at most, also when nothing answers.

    Under SIGTERM uvicorn ends the process without the `atexit` hook that the SDK relies on.
    """
    sentry_sdk.get_client().close(timeout=SHUTDOWN_SECONDS)


class SentryMiddleware:
    """Around a whole application, so that the answer with status 500 passes it as well."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _MARK in scope:
            # Wrapped twice, or mounted in another application.
            await self.app(scope, receive, send)
            return
        scope[_MARK] = True
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        request = _Request(scope)
        # Left as it is afterwards: the server logs the request when it is over, in the same context.
        request_id.set(request.id)
        if sentry_sdk.get_client().is_active():
            await self._reported(request, scope, receive, send)
        else:
            await self.app(scope, receive, request.sender(send))

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        asyncio.get_running_loop().set_exception_handler(_log_in_the_context_of_the_task)
        client = sentry_sdk.get_client()
        if client.is_active() and not isinstance(client.transport, ScrubbingTransport):
            logger.warning("sentry_sdk.init() was called after init_sentry(): nothing is scrubbed. Remove that call.")

        async def close_first(message: Message) -> None:
            if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
                # Sending is blocking I/O, bounded in time.
                await asyncio.to_thread(close_sentry)
            await send(message)

        await self._run(scope, receive, close_first)

    async def _reported(self, request: _Request, scope: Scope, receive: Receive, send: Send) -> None:
        with sentry_sdk.isolation_scope() as isolation, track_session(isolation, session_mode="request"):
            isolation.clear_breadcrumbs()
            isolation.set_tag("request_id", request.id)
            isolation.add_event_processor(request.describe)
            pairs = [pair for pair in scope["headers"] if pair[0] in (b"sentry-trace", b"baggage")]
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
            if headers:
                traces.continue_trace(headers)
            else:
                traces.new_trace()
            # Until a route answers, and where none does. The SDK would take the address for a name.
            name = f"{request.method} (no route)"
            sentry_sdk.get_current_scope().set_transaction_name(name, source="route")
            if not _is_traced(request.method, headers, scope):
                sdk.leave_untraced()
                await self._run(scope, receive, request.sender(send))
                return
            with sdk.start_request_span(name, scope, headers) as span:
                try:
                    await self._run(scope, receive, request.sender(send))
                finally:
                    sdk.describe_request(span, request.route, request.status)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            sdk.capture_unhandled(error)
            raise


class _Request:
    """One request or WebSocket, for the events that happen in it and after it."""

    __slots__ = ("_scope", "_started", "id", "method", "status")

    def __init__(self, scope: Scope) -> None:
        chosen = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        self._scope = scope
        self._started = time.time()
        self.status: int | None = None
        self.id: str = (chosen if _ACCEPTABLE(chosen) else os.urandom(16).hex().encode("ascii")).decode("ascii")
        self.method: str = scope.get("method", "WEBSOCKET")

    @property
    def route(self) -> str | None:
        """The template of the route that answers, `/v1/items/{item_id}`, with the prefixes of its routers."""
        context = (self._scope.get("fastapi") or {}).get("effective_route_context")
        path: str | None = getattr(context, "path", None) or getattr(self._scope.get("route"), "path", None)
        return path

    def sender(self, send: Send) -> Send:
        """Return a `send` that gives the answer its `X-Request-ID`, and notes the status."""

        async def send_with_id(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message["headers"] = [*message.get("headers", ()), (_HEADER, self.id.encode("ascii"))]
                self.status = message.get("status")
            await send(message)

        return send_with_id

    def describe(self, event: Event, hint: Hint) -> Event:
        """Add the request, and a breadcrumb with route and time so far. An event processor.

        The breadcrumb is made when there is an error. With every answer it would be a tenth of what Sentry costs.
        """
        sdk.add_request(event, self._scope)
        if event.get("type") == "transaction":
            return event
        if self.method == "WEBSOCKET" and (route := self.route):
            event["transaction"] = route
            event["transaction_info"] = {"source": "route"}
        now = time.time()
        data: dict[str, Any] = {"method": self.method, "route": self.route or "(no route)"}
        data["duration_ms"] = round((now - self._started) * 1000, 1)
        if self.status is not None:
            data["status_code"] = self.status
        crumbs: Any = event.setdefault("breadcrumbs", {"values": []})
        crumbs["values"].append({"category": "http.server", "level": "info", "timestamp": now, "data": data})
        return event


def _is_traced(method: str, headers: Mapping[str, str], scope: Scope) -> bool:
    """Return what the SDK would decide for a trace that begins here, with its own random number; or True to ask it."""
    sampler = sentry_sdk.get_client().options["traces_sampler"]
    if sampler is None or method not in _TRACED_METHODS:
        return False
    if headers or not sdk.is_streaming():
        return True
    rate: float = sampler({"parent_sampled": None, "asgi_scope": scope})
    if not 0 < rate < 1:
        return rate > 0
    rand = sdk.sample_rand(sentry_sdk.get_current_scope().get_active_propagation_context().trace_id)
    return rand is None or rand < rate


def _log_in_the_context_of_the_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log the error of a task that nobody awaits with the scope of the request that started it.

    Before Python 3.12 a task does not tell its context; then the event names no request rather than the wrong one.
    """
    get_context = getattr(context.get("future"), "get_context", Context)
    get_context().run(loop.default_exception_handler, context)
