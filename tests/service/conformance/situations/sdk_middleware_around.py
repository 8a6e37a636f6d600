"""The service has the SDK's own ASGI middleware around its application, as older documentation tells."""

from __future__ import annotations

import sentry_sdk
from fastapi import FastAPI
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from side import connect

REQUESTS = ["GET /fails/1", "GET /fine"]
USUAL = ["error ValueError: 1", "segment http.server /fails/{number}", "segment http.server /fine"]

inner = FastAPI()
connect(inner)


@inner.get("/fails/{number}")
async def fail(number: int) -> None:
    sentry_sdk.set_user({"id": "customer-7"})
    raise ValueError(number)


@inner.get("/fine")
async def fine() -> None: ...


app = SentryAsgiMiddleware(inner)
