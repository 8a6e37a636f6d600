"""`before_send` with `hint["exc_info"]`, event processors, and ignored errors, as the documentation shows them."""

from __future__ import annotations

import os
from typing import Any

import sentry_sdk
from fastapi import FastAPI
from side import SIDE, connect, init

INITS_ITSELF = True
REQUESTS = ["GET /dropped", "GET /grouped", "GET /processed", "GET /ignored", "GET /scoped"]
USUAL = [
    "error ConnectionError: grouped · in /grouped",
    "error ValueError: processed",
    "error ValueError: scoped",
    "segment http.server /dropped",
]


class IgnoredError(Exception): ...


def before_send(event: Any, hint: Any) -> Any:
    if "exc_info" in hint:
        _, error, _ = hint["exc_info"]
        if isinstance(error, LookupError):
            return None
        if isinstance(error, ConnectionError):
            event["fingerprint"] = ["database-unavailable"]
    return event


if SIDE == "layer":
    from example_service import sentry_custom

    sentry_custom.before_send = before_send
    sentry_custom.IGNORED_ERRORS = (IgnoredError,)
    init()
elif SIDE == "usual":
    options: dict[str, Any] = {"before_send": before_send, "ignore_errors": [IgnoredError]}
    sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], traces_sample_rate=1.0, **options)


def process(event: Any, hint: Any) -> Any:
    event.setdefault("tags", {})["processed"] = "yes"
    return event


if SIDE != "client":
    sentry_sdk.get_global_scope().add_event_processor(process)

app = FastAPI()
connect(app)


@app.get("/dropped")
async def dropped() -> None:
    raise LookupError("dropped")


@app.get("/grouped")
async def grouped() -> None:
    raise ConnectionError("grouped")


@app.get("/processed")
async def processed() -> None:
    raise ValueError("processed")


@app.get("/ignored")
async def ignored() -> None:
    raise IgnoredError


@app.get("/scoped")
async def scoped() -> None:
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("inner", "yes")
        scope.add_event_processor(lambda event, hint: {**event, "fingerprint": ["scoped"]})
        sentry_sdk.capture_exception(ValueError("scoped"))
