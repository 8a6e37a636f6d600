"""HTTP clients that leave: in their body, before the response, during a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from side import connect

USUAL = ["error ValueError: reported", "error ClientDisconnect: "]

app = FastAPI()
connect(app)


@app.post("/body")
async def read(request: Request) -> int:
    return len(await request.body())


@app.get("/slow")
async def slow() -> None:
    await asyncio.sleep(0.2)


async def ticks() -> AsyncIterator[str]:
    for _ in range(50):
        yield "tick\n"
        await asyncio.sleep(0.01)


@app.get("/stream")
async def stream() -> StreamingResponse:
    return StreamingResponse(ticks())


@app.get("/fails")
async def fail() -> None:
    raise ValueError("reported")


async def client(http: httpx2.AsyncClient) -> list[object]:
    for request in (
        b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345",
        b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /stream HTTP/1.1\r\nhost: a\r\n\r\n",
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        writer.write(request)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
    await asyncio.sleep(0.4)
    return [(await http.get("/fails")).status_code]
