"""On the way to Sentry: a path in the DSN, the proxy of the environment, or a certificate of a private authority."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect

WAYS = ("prefix", "proxy", "private-ca")
REQUESTS = ["GET /fails"]
USUAL = ["error ValueError: sent", "segment http.server /fails"]

app = FastAPI()
connect(app)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("sent")
