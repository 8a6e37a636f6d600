"""The receiver has an IPv6 address. The SDK has no address to send to then, and says nothing."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect

WAYS = ("ipv6",)
REQUESTS = ["GET /fails"]
USUAL = ["answer GET /fails -> 500"]

app = FastAPI()
connect(app)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("sent")
