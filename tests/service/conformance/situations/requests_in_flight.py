"""The server stops while a request is in flight: it waits no longer, and says so."""

from __future__ import annotations

import asyncio

import httpx2
from fastapi import FastAPI
from side import connect

UVICORN = {"timeout_graceful_shutdown": 0}
USUAL = [
    "error message Cancel 1 running task(s), timeout graceful shutdown exceeded",
    "error CancelledError: ",
    "segment http.server /sleeps",
]

app = FastAPI()
connect(app)


@app.get("/sleeps")
async def sleep() -> None:
    await asyncio.sleep(30)


async def client(http: httpx2.AsyncClient) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
    writer.write(b"GET /sleeps HTTP/1.1\r\nhost: a\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.1)
