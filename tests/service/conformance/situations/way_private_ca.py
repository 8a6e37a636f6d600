"""The certificate of the receiver is from a private authority, which SSL_CERT_FILE names."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect

WAY = "private-ca"
NIGHTLY = ("3",)
REQUESTS = ["GET /fails"]
USUAL = ["error ValueError: sent", "segment http.server /fails"]

app = FastAPI()
connect(app)


@app.get("/fails")
async def fail() -> None:
    raise ValueError("sent")
