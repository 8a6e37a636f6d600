"""Server-sent events that fail, and a pure ASGI middleware that fails."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse
from side import connect
from starlette.types import ASGIApp, Receive, Scope, Send

USUAL = ["error KeyError: 'pure'", "error ExceptionGroup: unhandled errors in a TaskGroup from ValueError: in events"]

app = FastAPI()
connect(app)


class Pure:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/pure":
            raise KeyError("pure")
        await self.app(scope, receive, send)


app.add_middleware(Pure)


@app.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterator[str]:
    yield "first"
    raise ValueError("in events")


async def client(http: httpx2.AsyncClient) -> list[object]:
    seen: list[object] = []
    for path in ("/events", "/pure"):
        try:
            seen.append((await http.get(path)).status_code)
        except httpx2.RemoteProtocolError:
            seen.append("broken off")
    return seen
