"""A task of the lifespan queries a database, and so does a route."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from side import connect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

REQUESTS = ["GET /polled", "GET /query"]
USUAL = ["span db select 2", "segment http.server /query"]

engine = create_async_engine("sqlite+aiosqlite://")
polled = asyncio.Event()


async def poll() -> None:
    for _ in range(5):
        async with engine.connect() as connection:
            await connection.execute(text("select 1"))
    polled.set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    task = asyncio.create_task(poll())
    yield
    await task
    await engine.dispose()


app = FastAPI(lifespan=lifespan)
connect(app)


@app.get("/polled")
async def wait() -> None:
    await polled.wait()


@app.get("/query")
async def query() -> None:
    async with engine.connect() as connection:
        await connection.execute(text("select 2"))
