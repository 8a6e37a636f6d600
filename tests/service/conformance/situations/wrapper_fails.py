"""An ASGI wrapper around the application fails, also with an error that it keeps, or returns without a response."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect
from starlette.types import ASGIApp, Receive, Scope, Send

REQUESTS = ["GET /wrapper", "GET /silent", "GET /route", "GET /raises-kept", "GET /kept", "GET /kept"]
USUAL = {
    "2": [
        "error LookupError: outside",
        "error message ASGI callable returned without",
        "error ValueError: inside",
        "error KeyError: 'kept' · in /raises-kept ",
        "error KeyError: 'kept' · level error ",
        "error KeyError: 'kept' · level error ",
    ],
    "3": [
        "error LookupError: outside",
        "error message ASGI callable returned without",
        "error ValueError: inside",
        "error KeyError: 'kept' · in /raises-kept ",
    ],
}

inner = FastAPI()
connect(inner)


@inner.get("/route")
async def fail() -> None:
    raise ValueError("inside")


kept = KeyError("kept")


@inner.get("/raises-kept")
async def raise_kept() -> None:
    raise kept


class Outer:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/wrapper":
            raise LookupError("outside")
        if scope.get("path") == "/kept":
            raise kept
        if scope.get("path") != "/silent":
            await self.app(scope, receive, send)


app = Outer(inner)
