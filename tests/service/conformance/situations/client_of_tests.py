"""`TestClient` enters an application, leaves it, and enters it again, as the tests of a service do."""

from __future__ import annotations

import contextlib

import httpx2
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from side import connect

USUAL = ["error ValueError: first", "error ValueError: second", "error ValueError: third", "answer 200"]

app = FastAPI()
connect(app)


@app.get("/fails/{when}")
async def fail(when: str) -> None:
    raise ValueError(when)


@app.get("/fine")
async def fine() -> None: ...


def serve(port: int) -> None:
    for when in ("first", "second"):
        with TestClient(app, raise_server_exceptions=False) as client:
            client.get(f"/fails/{when}")
    TestClient(app, raise_server_exceptions=False).get("/fails/third")
    uvicorn.run(app, host="127.0.0.1", port=port)


async def client(http: httpx2.AsyncClient) -> list[object]:
    with contextlib.suppress(httpx2.HTTPError):
        return [(await http.get("/fine")).status_code]
    return []
