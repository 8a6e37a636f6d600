"""A route ends the process."""

from __future__ import annotations

import contextlib

import httpx2
from fastapi import FastAPI
from side import connect

USUAL = ["error ValueError: before", "error SystemExit: 1"]

app = FastAPI()
connect(app)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("before")


@app.get("/exits")
async def leave() -> None:
    raise SystemExit(1)


async def client(http: httpx2.AsyncClient) -> list[object]:
    await http.get("/fails")
    with contextlib.suppress(httpx2.HTTPError):
        return [(await http.get("/exits")).status_code]
    return ["no answer"]
