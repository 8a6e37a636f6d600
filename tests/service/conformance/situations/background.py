"""Background tasks: several, one of which fails, with what the request has set."""

from __future__ import annotations

import asyncio
import logging

import sentry_sdk
from fastapi import BackgroundTasks, FastAPI
from side import connect
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse

REQUESTS = ["GET /several", "GET /starlette", "GET /logs"]
USUAL = ["error ValueError: second", "error ValueError: starlette", "error message the mail failed"]

app = FastAPI()
connect(app)


async def work(what: str) -> None:
    await asyncio.sleep(0.01)
    if what != "first":
        raise ValueError(what)
    sentry_sdk.set_tag("first", "done")


def log() -> None:
    logging.getLogger("service").error("the mail failed")


@app.get("/several")
async def several(tasks: BackgroundTasks) -> None:
    sentry_sdk.set_user({"id": "customer-9"})
    tasks.add_task(work, "first")
    tasks.add_task(work, "second")


@app.get("/starlette")
async def starlette() -> PlainTextResponse:
    return PlainTextResponse("fine", background=BackgroundTask(work, "starlette"))


@app.get("/logs")
async def logs(tasks: BackgroundTasks) -> None:
    tasks.add_task(log)
