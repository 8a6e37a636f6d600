"""The receiver asks to send no more errors for a while: other items are still sent."""

from __future__ import annotations

import time

import sentry_sdk
from fastapi import FastAPI
from side import connect

ANSWERS = [(429, {"X-Sentry-Rate-Limits": "60:error:organization"})]
REQUESTS = ["GET /flush/1", "GET /flush/2", "GET /flush/3"]
USUAL = ["segment http.server /flush/{number}"]

app = FastAPI()
connect(app)


@app.get("/flush/{number}")
def fail(number: int) -> None:
    sentry_sdk.capture_exception(ValueError(f"number {number}"))
    sentry_sdk.flush(5)
    time.sleep(0.1)
