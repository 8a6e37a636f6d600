"""Responses that fail in their middle: asynchronous, synchronous, and as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from side import connect

USUAL = ["error ValueError: in an asynchronous stream", "error ValueError: in a synchronous stream"]

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


async def client(http: httpx2.AsyncClient) -> list[object]:
    seen: list[object] = []
    for path in ("/async/1", "/sync/2"):
        try:
            seen.append((await http.get(path)).status_code)
        except httpx2.RemoteProtocolError:
            seen.append("broken off")
    return seen
