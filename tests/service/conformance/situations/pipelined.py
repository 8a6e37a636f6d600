"""A client sends its next request before it has read the response to the one before."""

from __future__ import annotations

import asyncio

import httpx2
import sentry_sdk
from fastapi import FastAPI
from side import connect

USUAL = ["answer 2 responses", "error ValueError: second · in /second", "segment http.server /first"]

app = FastAPI()
connect(app)


@app.get("/first")
async def first() -> None:
    sentry_sdk.set_user({"id": "customer-1"})
    sentry_sdk.add_breadcrumb(message="of the first")
    await asyncio.sleep(0.1)


@app.get("/second")
async def second() -> None:
    raise ValueError("second")


async def client(http: httpx2.AsyncClient) -> list[object]:
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    writer.write(b"GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    received = await reader.read(-1)
    writer.close()
    return [f"{received.count(b'HTTP/1.1 ')} responses"]
