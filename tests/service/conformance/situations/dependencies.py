"""Dependencies that fail before the route, after it, and while they handle its error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import sentry_sdk
from fastapi import Depends, FastAPI, HTTPException
from side import connect

REQUESTS = ["GET /before", "GET /after", "GET /sync", "GET /forbidden", "GET /translated", "GET /tagged"]
USUAL = [
    "error ValueError: before",
    "error ValueError: after",
    "error ValueError: sync",
    "error RuntimeError: translated",
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
async def fine() -> None: ...


@app.get("/translated", dependencies=[Depends(translated)])
async def fail() -> None:
    raise KeyError("original")


@app.get("/tagged", dependencies=[Depends(tagged)])
def fail_tagged() -> None:
    raise ValueError("tagged")
