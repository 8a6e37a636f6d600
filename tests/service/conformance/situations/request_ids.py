"""A middleware of the service sets `X-Request-ID`: the response has it once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
from fastapi import FastAPI, Request, Response
from side import connect

USUAL = ["answer ['own-c4c35cfb']", "error ValueError: with an id"]

app = FastAPI()
connect(app)


@app.middleware("http")
async def set_request_id(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers["X-Request-ID"] = "own-c4c35cfb"
    return response


@app.get("/")
async def fine() -> None: ...


@app.get("/fails")
async def fail() -> None:
    raise ValueError("with an id")


async def client(http: httpx2.AsyncClient) -> list[object]:
    answers = [await http.get(path) for path in ("/", "/fails")]
    return [answers[0].headers.get_list("x-request-id"), answers[1].status_code]
