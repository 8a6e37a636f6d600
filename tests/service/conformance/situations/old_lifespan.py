"""Handlers of `on_event`, as older services have them: the one for the end fails."""

from __future__ import annotations

import sentry_sdk
from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /fails"]
USUAL = ["error ValueError: request", "error OSError: shutdown", "error message Traceback", "error message Application"]

app = FastAPI()
connect(app)


async def start() -> None:
    sentry_sdk.set_tag("from", "the start")


async def stop() -> None:
    raise OSError("shutdown")


app.router.on_startup.append(start)
app.router.on_shutdown.append(stop)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("request")
