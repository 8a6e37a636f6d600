"""A route calls another application in-process; two such calls are in flight; then it logs and fails."""

from __future__ import annotations

import logging

import anyio
import httpx2
import sentry_sdk
from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /call/1", "GET /both"]
USUAL = ["error message after", "error ValueError: after", "error ValueError: both"]

inner = FastAPI()
connect(inner)
app = FastAPI()
connect(app)


@inner.get("/inner/{number}")
async def answer(number: int) -> int:
    sentry_sdk.set_tag("inner", str(number))
    return number


def client_of_inner() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=inner), base_url="http://inner")


@app.get("/call/{number}")
async def call(number: int) -> None:
    sentry_sdk.set_tag("outer", str(number))
    async with client_of_inner() as http:
        await http.get(f"/inner/{number}")
    logging.getLogger("outer").error("after")
    raise ValueError("after")


@app.get("/both")
async def both() -> None:
    async with client_of_inner() as http, anyio.create_task_group() as group:
        group.start_soon(http.get, "/inner/1")
        group.start_soon(http.get, "/inner/2")
    raise ValueError("both")
