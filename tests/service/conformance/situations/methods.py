"""Errors in requests of every method, and a method that the route doesn't have."""

from __future__ import annotations

from fastapi import FastAPI, Request
from side import connect

REQUESTS = [f"{method} /fails" for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE")]
USUAL = [
    "error ValueError: GET",
    "error ValueError: HEAD",
    "error ValueError: OPTIONS",
    "error ValueError: POST",
    "error ValueError: PUT",
    "error ValueError: PATCH",
    "error ValueError: DELETE",
]

app = FastAPI()
connect(app)


@app.api_route("/fails", methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
async def fail(request: Request) -> None:
    raise ValueError(request.method)
