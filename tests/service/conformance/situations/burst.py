"""Many errors at once, more than the SDK's queue takes."""

from __future__ import annotations

import asyncio

import httpx2
from fastapi import FastAPI
from side import connect

NUMBER = 200
USUAL = ["error ValueError: of a burst"]

app = FastAPI()
connect(app)


@app.get("/")
async def fail() -> None:
    raise ValueError("of a burst")


async def client(http: httpx2.AsyncClient) -> None:
    for _ in range(NUMBER // 20):
        await asyncio.gather(*(http.get("/") for _ in range(20)))
