"""The part of the lifespan before `yield` ends the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /"]
USUAL = [
    "answer the server did not start",
    "error message Traceback",
    "error message Application startup failed. Exiting.",
]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    raise SystemExit("no database")
    yield


app = FastAPI(lifespan=lifespan)
connect(app)
