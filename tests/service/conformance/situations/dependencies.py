"""Dependencies that fail before the route, after it, and while they handle its error, and that report it first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import sentry_sdk
from fastapi import Depends, FastAPI, HTTPException
from side import connect

REQUESTS = [
    "GET /before",
    "GET /after",
    "GET /sync",
    "GET /forbidden",
    "GET /unavailable",
    "GET /translated",
    "GET /captured",
    "GET /tagged",
]
USUAL = [
    "error ValueError: before",
    "error ValueError: after",
    "error ValueError: sync",
    "error RuntimeError: Caught handled exception, but response already started. from HTTPException: late",
    "error RuntimeError: translated",
    "error ValueError: captured",
    "error ValueError: tagged",
]

app = FastAPI()
connect(app)


async def before() -> None:
    raise ValueError("before")


async def after() -> AsyncIterator[None]:
    yield
    raise ValueError("after")


def sync() -> Iterator[None]:
    yield
    raise ValueError("sync")


async def forbidden() -> None:
    raise HTTPException(403)


async def unavailable() -> AsyncIterator[None]:
    yield
    raise HTTPException(503, "late")


async def captured() -> AsyncIterator[None]:
    try:
        yield
    except ValueError as error:
        sentry_sdk.capture_exception(error)
        raise


async def translated() -> AsyncIterator[None]:
    try:
        yield
    except KeyError as error:
        raise RuntimeError("translated") from error


async def tagged() -> None:
    sentry_sdk.set_tag("plan", "gold")
    sentry_sdk.set_user({"id": "customer-8"})


@app.get("/before", dependencies=[Depends(before)])
@app.get("/after", dependencies=[Depends(after)])
@app.get("/sync", dependencies=[Depends(sync)])
@app.get("/forbidden", dependencies=[Depends(forbidden)])
@app.get("/unavailable", dependencies=[Depends(unavailable)])
async def fine() -> None: ...


@app.get("/translated", dependencies=[Depends(translated)])
async def fail() -> None:
    raise KeyError("original")


@app.get("/captured", dependencies=[Depends(captured)])
async def fail_captured() -> None:
    raise ValueError("captured")


@app.get("/tagged", dependencies=[Depends(tagged)])
def fail_tagged() -> None:
    raise ValueError("tagged")
