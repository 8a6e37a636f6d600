# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What the log lines, breadcrumbs and events of one request have in common: its id, and how it was answered."""

from __future__ import annotations

import os
import re
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, cast

import sentry_sdk

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the request that is being answered. None outside one."""

_HEADER = b"x-request-id"

# It ends up in log lines, a tag and a header: nothing that could be mistaken for something else.
_ACCEPTABLE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestContextMiddleware:
    """Takes the caller's `X-Request-ID` where it is an acceptable one, else makes one; the answer carries it back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chosen = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        if not _ACCEPTABLE.fullmatch(chosen):
            chosen = os.urandom(16).hex().encode("ascii")
        text = chosen.decode("ascii")
        # Left as it is afterwards: the server logs the request when it is over, in the same context.
        request_id.set(text)
        answer = _Answer(scope)
        isolation = sentry_sdk.get_isolation_scope()
        isolation.set_tag("request_id", text)
        isolation.add_event_processor(answer.add_breadcrumb)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_HEADER, chosen)]
                answer.begin(message["status"])
            await send(message)

        await self.app(scope, receive, send_with_id)


class _Answer:
    """How a request was answered: for errors after the answer, in a background task.

    The breadcrumb is made when there is such an error. With every answer it would be a tenth of what Sentry costs.
    """

    __slots__ = ("_answered", "_scope", "_started", "_status")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._started = time.time()
        self._answered = 0.0
        self._status = 0

    def begin(self, status: int) -> None:
        self._status = status
        self._answered = time.time()

    def add_breadcrumb(self, event: Event, hint: Hint) -> Event:
        """An event processor."""
        if self._status:
            breadcrumb = {
                "type": "default",
                "category": "http.server",
                "level": "error" if self._status >= 500 else "info",
                "timestamp": self._answered,
                "data": {
                    "method": self._scope["method"],
                    "route": getattr(self._scope.get("route"), "path", None) or "(no route)",
                    "status_code": self._status,
                    "duration_ms": round((self._answered - self._started) * 1000, 1),
                },
            }
            crumbs = cast("dict[str, Any]", event.setdefault("breadcrumbs", {"values": []}))
            crumbs["values"].append(breadcrumb)
        return event
