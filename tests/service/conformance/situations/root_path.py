"""The application lies behind a proxy that strips `/api`, and behind one that doesn't."""

from __future__ import annotations

from fastapi import FastAPI
from side import connect

UVICORN = {"root_path": "/api"}
REQUESTS = ["GET /fails/1", "GET /api/fails/2", "GET /sub/fails/3", "GET /none"]
USUAL = ["error ValueError: 1", "error ValueError: 3"]

app = FastAPI()
connect(app)
sub = FastAPI()
connect(sub)
app.mount("/sub", sub)


@app.get("/fails/{number}")
@sub.get("/fails/{number}")
async def fail(number: int) -> None:
    raise ValueError(str(number))
