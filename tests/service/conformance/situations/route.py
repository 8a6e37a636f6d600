"""An error in an asynchronous and in a synchronous route."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /async/7", "GET /sync/8", "GET /fine", "GET /none"]
USUAL = ["error ValueError: async 7", "error ValueError: sync 8", "answer GET /async/7 -> 500"]

app = FastAPI()
connect(app)


@app.get("/async/{number}")
async def fail(number: int) -> None:
    raise ValueError(f"async {number}")


@app.get("/sync/{number}")
def fail_too(number: int) -> None:
    raise ValueError(f"sync {number}")


@app.get("/fine")
async def fine() -> str:
    return "fine"
