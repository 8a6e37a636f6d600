"""An ASGI wrapper around the application fails, or returns without a response."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect
from starlette.types import ASGIApp, Receive, Scope, Send

REQUESTS = ["GET /wrapper", "GET /silent", "GET /route"]
USUAL = ["error LookupError: outside", "error message ASGI callable returned without", "error ValueError: inside"]

inner = FastAPI()
connect(inner)


@inner.get("/route")
async def fail() -> None:
    raise ValueError("inside")


class Outer:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/wrapper":
            raise LookupError("outside")
        if scope.get("path") != "/silent":
            await self.app(scope, receive, send)


app = Outer(inner)
