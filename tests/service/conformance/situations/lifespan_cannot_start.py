"""The part of the lifespan before `yield` fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /"]
USUAL = [
    "answer the server did not start",
    "error ConnectionError: no database",
    "error message Traceback",
    "error message Application startup failed. Exiting.",
]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    raise ConnectionError("no database")
    yield


app = FastAPI(lifespan=lifespan)
connect(app)
