# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What the log lines, breadcrumbs and events of one request have in common: its id, and how it was answered."""

from __future__ import annotations

import os
import re
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import sentry_sdk

if TYPE_CHECKING:
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
        sentry_sdk.get_isolation_scope().set_tag("request_id", text)
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_HEADER, chosen)]
                _leave_breadcrumb(scope, message["status"], time.perf_counter() - started)
            await send(message)

        await self.app(scope, receive, send_with_id)


def _leave_breadcrumb(scope: Scope, status: int, seconds: float) -> None:
    """For an error after the answer, in a background task: which answer that was."""
    route = getattr(scope.get("route"), "path", None)
    sentry_sdk.add_breadcrumb(
        category="http.server",
        level="error" if status >= 500 else "info",
        data={
            "method": scope["method"],
            "route": route or "(no route)",
            "status_code": status,
            "duration_ms": round(seconds * 1000, 1),
        },
    )
