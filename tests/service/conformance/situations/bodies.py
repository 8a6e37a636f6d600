"""Request bodies: JSON, forms, text, invalid, and megabytes that are read, streamed, or never read."""

from __future__ import annotations

import httpx2
from fastapi import FastAPI, Request
from pydantic import BaseModel
from side import connect

USUAL = [
    "error ValueError: model",
    "error ValueError: bytes",
    "error ValueError: bytes",
    "error ValueError: bytes",
    "error ValueError: bytes",
    "error ValueError: streamed",
    "error ValueError: unread",
    "error ValueError: query",
]

app = FastAPI()
connect(app)


class Order(BaseModel):
    number: int
    lines: list[str] = []


@app.post("/model")
async def model(order: Order) -> None:
    raise ValueError("model")


@app.post("/bytes")
async def read(request: Request) -> None:
    await request.body()
    raise ValueError("bytes")


@app.post("/streamed")
async def stream(request: Request) -> None:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
    raise ValueError(f"streamed {received}")


@app.post("/unread")
async def unread() -> None:
    raise ValueError("unread")


@app.get("/query")
async def query(page: int) -> None:
    raise ValueError("query")


async def client(http: httpx2.AsyncClient) -> list[object]:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answers = [
        await http.post("/model", json={"number": 7, "lines": ["a", "b"]}),
        await http.post("/model", content=b"{broken", headers={"content-type": "application/json"}),
        await http.post("/bytes", content=b"plain text", headers={"content-type": "text/plain"}),
        await http.post("/bytes", content=b"\xff\xfe", headers={"content-type": "application/octet-stream"}),
        await http.post("/bytes", content=b"a=1&b=2", headers=form),
        await http.post("/bytes", content=b"x" * 3_000_000),
        await http.post("/streamed", content=b"x" * 3_000_000),
        await http.post("/unread", content=b"x" * 300_000),
        await http.get("/query", params={"page": 3, "q": "shoes"}),
    ]
    return [answer.status_code for answer in answers]
