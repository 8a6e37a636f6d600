"""A route calls another service on this machine, which continues the trace; and the call fails."""

from __future__ import annotations

import httpx2
import sentry_sdk
from fastapi import FastAPI, Request
from side import connect

REQUESTS = ["GET /calls", "GET /calls-refused"]
USUAL = ["segment http.server /called", "error ConnectError: ", "error ValueError: called"]

app = FastAPI()
connect(app)


@app.get("/calls")
async def call(request: Request) -> None:
    async with httpx2.AsyncClient(trust_env=False, headers={"connection": "close"}) as http:
        await http.get(f"{request.base_url}called")


@app.get("/called")
async def called(request: Request) -> None:
    sentry_sdk.set_tag("continued", str("sentry-trace" in request.headers and "sentry-" in request.headers["baggage"]))
    raise ValueError("called")


@app.get("/calls-refused")
async def call_nobody() -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        await http.get("http://127.0.0.1:1/")
