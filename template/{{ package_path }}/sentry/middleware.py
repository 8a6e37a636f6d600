"""The ASGI middleware: gives each request its ID, scope, session, and trace, and reports its errors.

It replaces the SDK's own SentryAsgiMiddleware. In addition, it gives each request an ID, names it by
its route with the prefixes of mounts, and keeps the tags and user of a lifespan away from requests.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from contextlib import ExitStack, suppress
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk.sessions import track_session

from . import sdk

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

# The ID of the current request. None outside a request.
request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)

SHUTDOWN_SECONDS: Final = 3.0

_HEADER: Final = b"x-request-id"
# It is written to log lines, a tag, and a header.
_ACCEPTABLE: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}").fullmatch
# The key of an ASGI scope for the errors of this application and of those that are mounted in it.
_MARK: Final = "sentry.errors"


def close_sentry() -> None:
    """Send what is buffered, then stop, within `SHUTDOWN_SECONDS` even if Sentry doesn't respond.

    Call it at the end of a script, a job, or a worker.
    """
    sentry_sdk.get_client().close(timeout=SHUTDOWN_SECONDS)


class SentryMiddleware:
    """Around a whole application, so that responses with status 500 pass it as well."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _MARK in scope:
            # An application that is mounted in another one.
            try:
                await self.app(scope, receive, send)
            except Exception as error:
                scope[_MARK][id(error)] = error
                raise
            return
        scope[_MARK] = {}
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        request = _Request(scope)
        outer = request_id.get()
        request_id.set(request.id)
        if begun := outer is None and sdk.middleware_applied.get(False):
            # A SentryAsgiMiddleware around this application reports the request.
            sentry_sdk.get_isolation_scope().add_event_processor(request.describe)
        try:
            if sentry_sdk.get_client().is_active() and not begun:
                await self._reported(request, scope, receive, send)
            else:
                await self.app(scope, receive, request.sender(send))
        finally:
            if outer is not None:
                # A request that was made within another one. Otherwise the ID stays: the server
                # logs the request when it is over, in the same context.
                request_id.set(outer)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.concurrency import run_in_threadpool

        with suppress(RuntimeError):  # on trio there is none
            loop = asyncio.get_running_loop()
            if loop.get_exception_handler() is None:
                loop.set_exception_handler(_log_in_the_context_of_the_task)
        if (sentence := sdk.foreign_client()) is not None:
            logger.error(sentence)
        last: list[Message] = []

        async def hold_the_last(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await send(message)
            else:
                last.append(message)

        with ExitStack() as stack:
            # Requests don't inherit what the lifespan and its tasks tell Sentry.
            stack.enter_context(sentry_sdk.isolation_scope())
            try:
                await self.app(scope, receive, hold_the_last)
            except Exception as error:
                sdk.capture_unhandled(error)
                # The server logs the text of the message, which is the traceback of this error.
                stack.enter_context(sentry_sdk.new_scope()).add_event_processor(
                    lambda event, hint: None
                )
                raise
            finally:
                # Under SIGTERM uvicorn ends the process without the `atexit` hook of the SDK. The
                # client isn't closed: another application may run in this process, and a server
                # goes on when a lifespan fails by itself.
                await run_in_threadpool(sentry_sdk.flush, SHUTDOWN_SECONDS)
                for message in last:
                    await send(message)

    async def _reported(
        self, request: _Request, scope: Scope, receive: Receive, send: Send
    ) -> None:
        with (
            sdk.request_scopes() as isolation,
            track_session(isolation, session_mode="request"),
        ):
            isolation.clear_breadcrumbs()
            isolation.add_event_processor(request.describe)
            isolation.set_attribute("request_id", request.id)
            sdk.middleware_applied.set(True)
            with sdk.start_request_span(isolation, request.unrouted, scope) as span:
                try:
                    await self.app(scope, receive, request.sender(send))
                except Exception as error:
                    scope[_MARK][id(error)] = error
                    raise
                finally:
                    # Also those that a middleware has kept to itself or raised another one for.
                    for raised in scope[_MARK].values():
                        sdk.capture_unhandled(raised)
                    scope[_MARK].clear()
                    if span.sampled:
                        if (name := request.renamed(span.name)) is not None:
                            sentry_sdk.get_current_scope().set_transaction_name(
                                name, source="route"
                            )
                        sdk.finish_request_span(span, sdk.route_of(scope), request.status)
            sdk.release_request_span(span)


class _Request:
    """One request or WebSocket, for the events that happen in it and after it."""

    def __init__(self, scope: Scope) -> None:
        chosen = dict(scope["headers"]).get(_HEADER, b"")
        self._scope = scope
        self._started = time.time()
        self.status: int | None = None
        self.id: str = (
            chosen if _ACCEPTABLE(chosen) else os.urandom(16).hex().encode("ascii")
        ).decode("ascii")
        self.method: str = scope.get("method", "WEBSOCKET")
        # The SDK would take the address for the name of what no route handles.
        self.unrouted: Final = f"{self.method} (no route)"

    def renamed(self, name: object) -> str | None:
        """Return the route if the SDK has no name, the address, or a route without mounts."""
        given = (
            None,
            self.unrouted,
            self._scope.get("path"),
            *sdk.GENERIC_NAMES,
            # Of a mounted application, and of the one around it: the SDK looks there with the rest
            # of the path.
            getattr(self._scope.get("route"), "path", None),
            *(
                getattr(route, "path", None)
                for route in getattr(self._scope.get("router"), "routes", ())
            ),
        )
        return sdk.route_of(self._scope) if name in given else None

    def sender(self, send: Send) -> Send:
        """Return a `send` that gives a response its `X-Request-ID`, or takes the one it has.

        It holds no scope: the scope holds the request, with this function. Only the garbage
        collector would free them.
        """

        async def send_with_id(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                self.status = message.get("status")
                headers = [*(message.get("headers") or ())]
                own = next((value for name, value in headers if name.lower() == _HEADER), None)
                if own is None:
                    headers.append((_HEADER, self.id.encode("ascii")))
                elif _ACCEPTABLE(own):
                    self.id = own.decode("ascii")
                    request_id.set(self.id)
                    sentry_sdk.get_isolation_scope().set_attribute("request_id", self.id)
                # A copy: an application may send the same message to every client.
                message = {**message, "headers": headers}
            await send(message)

        return send_with_id

    def describe(self, event: Event, hint: Hint) -> Event:
        """Add the request, its ID as a tag, and a breadcrumb with route and time so far. An event
        processor.

        The breadcrumb is made when there is an error. With every response it would be a tenth of
        what Sentry costs.
        """
        event["request"] = {**event.get("request", {}), **sdk.describe_request(self._scope)}
        event.setdefault("tags", {}).setdefault("request_id", self.id)
        if event.get("type") is not None:
            # A transaction. Check-ins have no event processors.
            return event
        if (name := self.renamed(event.get("transaction"))) is not None:
            event.update({"transaction": name, "transaction_info": {"source": "route"}})
        breadcrumbs: Any = event.setdefault("breadcrumbs", {"values": []})
        breadcrumbs["values"].append(
            {
                "category": "http.server",
                "level": "info",
                "timestamp": time.time(),
                "data": {
                    "method": self.method,
                    "route": sdk.route_of(self._scope) or "(no route)",
                    "duration_ms": round((time.time() - self._started) * 1000, 1),
                    "status_code": self.status,
                },
            }
        )
        return event


def _log_in_the_context_of_the_task(
    loop: asyncio.AbstractEventLoop, context: dict[str, Any]
) -> None:
    # Log the error of a task that nothing awaits with the scope of the request that started it.
    # Before Python 3.12 a task doesn't give its context. Then the event names no request rather
    # than the wrong one. The error of a callback is logged where it was raised.
    task = context.get("future") or context.get("task")
    get_context = getattr(task, "get_context", Context if task else copy_context)
    get_context().run(loop.default_exception_handler, context)
