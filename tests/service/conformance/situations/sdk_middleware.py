"""The service has added the SDK's own ASGI middleware, as older documentation tells."""

from __future__ import annotations

from fastapi import FastAPI
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from side import connect
from starlette.types import Receive, Scope, Send

REQUESTS = ["GET /fails", "GET /mounted/fails", "GET /fine"]
USUAL = ["error ValueError: once", "error ValueError: mounted"]

app = FastAPI()
connect(app)
app.add_middleware(SentryAsgiMiddleware)


async def legacy(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("mounted")


app.mount("/mounted", SentryAsgiMiddleware(legacy))


@app.get("/fails")
async def fail() -> None:
    raise ValueError("once")


@app.get("/fine")
async def fine() -> None: ...
