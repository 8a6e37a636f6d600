"""The usual init as it is: SDK 3 makes logs of log records, but no events."""

from __future__ import annotations

import logging
import os

import sentry_sdk
from fastapi import FastAPI
from side import SIDE, connect, init

REQUESTS = ["GET /"]
INITS_ITSELF = True
USUAL = {"2": ["error message it failed", "error ValueError: raised"], "3": ["error ValueError: raised"]}

if SIDE == "usual":
    sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], traces_sample_rate=1.0)
else:
    init()

app = FastAPI()
connect(app)


@app.get("/")
async def fail() -> None:
    logging.getLogger("service").error("it failed")
    raise ValueError("raised")
