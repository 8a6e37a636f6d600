"""`sentry_sdk.monitor` around functions, and check-ins by hand."""

from __future__ import annotations

import sentry_sdk
from fastapi import FastAPI
from sentry_sdk.crons import MonitorStatus, capture_checkin
from side import connect

REQUESTS = ["GET /sync", "GET /async", "GET /fails", "GET /by-hand"]
USUAL = [
    "check_in sync in_progress",
    "check_in sync ok",
    "check_in async ok",
    "check_in fails error",
    "check_in by-hand in_progress",
    "error ValueError: a job",
]

app = FastAPI()
connect(app)


@app.get("/sync")
@sentry_sdk.monitor(monitor_slug="sync")
def sync() -> None: ...


@app.get("/async")
@sentry_sdk.monitor(
    monitor_slug="async", monitor_config={"schedule": {"type": "interval", "value": 5, "unit": "minute"}}
)
async def asynchronous() -> None: ...


@app.get("/fails")
@sentry_sdk.monitor(monitor_slug="fails")
def fail() -> None:
    raise ValueError("a job")


@app.get("/by-hand")
async def by_hand() -> None:
    capture_checkin(monitor_slug="by-hand", status=MonitorStatus.IN_PROGRESS)
