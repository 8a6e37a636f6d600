"""A task of a task group in the lifespan fails while the server goes on: that error and later ones are reported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx2
from fastapi import FastAPI
from side import connect

USUAL = [
    "error ValueError: before",
    "error ExceptionGroup: unhandled errors in a TaskGroup from RuntimeError: the worker is dead",
    "error message   + Exception Group Traceback",
    "error ValueError: after",
    "error ValueError: later",
]


async def worker() -> None:
    await asyncio.sleep(0.4)
    raise RuntimeError("the worker is dead")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with anyio.create_task_group() as group:
        group.start_soon(worker)
        yield


app = FastAPI(lifespan=lifespan)
connect(app)


@app.get("/{when}")
async def fail(when: str) -> None:
    raise ValueError(when)


async def client(http: httpx2.AsyncClient) -> list[object]:
    before = await http.get("/before")
    await asyncio.sleep(0.8)
    after = [await http.get(path) for path in ("/after", "/later")]
    return [before.status_code, *(answer.status_code for answer in after)]
