"""The receiver finds an envelope too large: later ones are sent."""

from __future__ import annotations

import time

import sentry_sdk
from fastapi import FastAPI
from side import connect

ANSWERS = [(413, {})]
REQUESTS = ["GET /flush/1", "GET /flush/2"]
USUAL = ["error ValueError: number 2", "segment http.server /flush/{number}"]

app = FastAPI()
connect(app)


@app.get("/flush/{number}")
def fail(number: int) -> None:
    sentry_sdk.capture_exception(ValueError(f"number {number}"))
    sentry_sdk.flush(5)
    time.sleep(0.1)
