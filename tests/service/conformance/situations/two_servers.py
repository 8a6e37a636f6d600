"""Two applications in one process, a public and an admin port: the other still reports after one has stopped."""

from __future__ import annotations

import asyncio
import contextlib

import httpx2
import uvicorn
from fastapi import FastAPI
from side import connect

USUAL = ["error ValueError: admin", "error ValueError: public"]

public = FastAPI()
connect(public)
admin = FastAPI()
connect(admin)
servers: list[uvicorn.Server] = []


@public.get("/fails")
async def fail() -> None:
    raise ValueError("public")


@admin.get("/fails")
async def fail_too() -> None:
    raise ValueError("admin")


@public.get("/stop-admin")
async def stop_admin() -> None:
    servers[1].should_exit = True


def serve(port: int) -> None:
    async def both() -> None:
        servers[:] = [
            uvicorn.Server(uvicorn.Config(public, host="127.0.0.1", port=port)),
            uvicorn.Server(uvicorn.Config(admin, host="127.0.0.1", port=port + 1)),
        ]
        await asyncio.gather(*(server.serve() for server in servers))

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(both())


async def client(http: httpx2.AsyncClient) -> list[object]:
    other = http.base_url.copy_with(port=(http.base_url.port or 0) + 1)
    for _ in range(100):
        try:
            first = await http.get(f"{other}/fails")
            break
        except httpx2.ConnectError:
            await asyncio.sleep(0.05)
    await http.get("/stop-admin")
    await asyncio.sleep(0.5)
    second = await http.get("/fails")
    return [first.status_code, second.status_code]
