"""Many errors at once, more than the SDK's queue takes."""

from __future__ import annotations

import asyncio

import httpx2
import sentry_sdk
from fastapi import FastAPI
from side import connect

NUMBER = 200
USUAL = ["error ValueError: of a burst"]

app = FastAPI()
connect(app)


@app.get("/")
async def fail() -> None:
    raise ValueError("of a burst")


@app.get("/flush")
def flush() -> None:
    """Wait for the sender: what is left when a process ends is another claim."""
    sentry_sdk.flush(timeout=60)


async def client(http: httpx2.AsyncClient) -> None:
    for _ in range(NUMBER // 20):
        await asyncio.gather(*(http.get("/") for _ in range(20)))
    await http.get("/flush", timeout=60)
