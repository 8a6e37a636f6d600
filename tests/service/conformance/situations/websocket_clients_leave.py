"""Clients close their WebSockets, or drop them, while the server reads or writes."""

from __future__ import annotations

import asyncio

import httpx2
from fastapi import FastAPI, WebSocket
from side import connect
from websockets.asyncio.client import connect as open_socket

USUAL = ["error WebSocketDisconnect: ", "error WebSocketDisconnect: ", "error WebSocketDisconnect: "]

app = FastAPI()
connect(app)


@app.websocket("/reads")
async def read(socket: WebSocket) -> None:
    await socket.accept()
    while True:
        await socket.receive_text()


@app.websocket("/writes")
async def write(socket: WebSocket) -> None:
    await socket.accept()
    while True:
        await socket.send_text("tick")
        await asyncio.sleep(0.01)


async def client(http: httpx2.AsyncClient) -> None:
    address = str(http.base_url).replace("http://", "ws://")
    async with open_socket(f"{address}/reads") as socket:
        await socket.send("hello")
    for path in ("reads", "writes"):
        socket = await open_socket(f"{address}/{path}")
        socket.transport.abort()
    await asyncio.sleep(0.3)
