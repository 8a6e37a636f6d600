"""A consumer that the lifespan starts identifies a user: requests don't carry it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sentry_sdk
from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /fails", "GET /identified", "GET /consume"]
USUAL = ["error ValueError: no user", "error ValueError: somebody", "error ValueError: consumed"]

consumed = asyncio.Event()
consumes = asyncio.Event()


async def consumer() -> None:
    sentry_sdk.set_user({"id": "consumer-12"})
    sentry_sdk.set_tag("queue_message", "12")
    consumes.set()
    await consumed.wait()
    sentry_sdk.capture_exception(ValueError("consumed"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    sentry_sdk.set_tag("lifespan", "yes")
    task = asyncio.create_task(consumer())
    await consumes.wait()
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)
connect(app)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("no user")


@app.get("/identified")
async def fail_for_somebody() -> None:
    sentry_sdk.set_user({"id": "customer-7"})
    raise ValueError("somebody")


@app.get("/consume")
async def consume() -> None:
    consumed.set()
    await asyncio.sleep(0.05)
