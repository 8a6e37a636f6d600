"""The part of the lifespan after `yield` fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /fails"]
USUAL = [
    "error ValueError: a request",
    "error ConnectionError: cannot close",
    "error message Traceback",
    "error message Application shutdown failed. Exiting.",
]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    raise ConnectionError("cannot close")


app = FastAPI(lifespan=lifespan)
connect(app)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("a request")
