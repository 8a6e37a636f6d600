"""The path of the DSN has a prefix."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect

WAY = "prefix"
NIGHTLY = ("3",)
REQUESTS = ["GET /fails"]
USUAL = ["error ValueError: sent", "segment http.server /fails"]

app = FastAPI()
connect(app)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("sent")
