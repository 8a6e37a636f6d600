"""Request ids, as services without the layer have them."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

HEADER = b"x-request-id"
ACCEPTABLE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestIdMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chosen = next((value for name, value in scope["headers"] if name == HEADER), b"")
        if not ACCEPTABLE.fullmatch(chosen):
            chosen = os.urandom(16).hex().encode("ascii")
        request_id.set(chosen.decode("ascii"))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER, chosen)]
            await send(message)

        await self.app(scope, receive, send_with_id)
