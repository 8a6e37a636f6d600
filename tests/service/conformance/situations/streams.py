"""Responses that fail before their first part and in their middle, asynchronous and synchronous."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse
from side import connect
from starlette.types import Receive, Scope, Send

USUAL = [
    "error ValueError: in an asynchronous stream",
    "error ValueError: in a synchronous stream",
    "error ValueError: before the first part",
    "error ValueError: of a response class",
]

app = FastAPI()
connect(app)


async def chunks() -> AsyncIterator[str]:
    yield "first"
    raise ValueError("in an asynchronous stream")


def blocks() -> Iterator[str]:
    yield "first"
    raise ValueError("in a synchronous stream")


@app.get("/async/{number}")
async def stream(number: int) -> StreamingResponse:
    return StreamingResponse(chunks())


@app.get("/sync/{number}")
async def stream_too(number: int) -> StreamingResponse:
    return StreamingResponse(blocks())


async def nothing() -> AsyncIterator[str]:
    raise ValueError("before the first part")
    yield "first"


@app.get("/nothing")
async def stream_nothing() -> StreamingResponse:
    return StreamingResponse(nothing())


class Half(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": []})
        raise ValueError("of a response class")


@app.get("/half", response_class=Half)
async def half() -> Half:
    return Half()


async def client(http: httpx2.AsyncClient) -> list[object]:
    seen: list[object] = []
    for path in ("/async/1", "/sync/2", "/nothing", "/half"):
        try:
            seen.append((await http.get(path)).status_code)
        except httpx2.RemoteProtocolError:
            seen.append("broken off")
    return seen
