"""A WebSocket handler starts spans of its own."""

from __future__ import annotations

import httpx2
import sentry_sdk
from fastapi import FastAPI, WebSocket
from side import SIDE, connect
from websockets.asyncio.client import connect as open_socket

USUAL = ["span chat answer a message"]

app = FastAPI()
connect(app)


@app.websocket("/chat")
async def chat(socket: WebSocket) -> None:
    await socket.accept()
    await socket.receive_text()
    if SIDE == "layer":
        from example_service.sentry import span

        with span("answer a message", op="chat"):
            await socket.send_text("hello")
    elif sentry_sdk.VERSION.startswith("2"):
        with sentry_sdk.start_span(name="answer a message", op="chat"):
            await socket.send_text("hello")
    else:
        with sentry_sdk.traces.start_span(name="answer a message", attributes={"sentry.op": "chat"}):
            await socket.send_text("hello")
    await socket.close()


async def client(http: httpx2.AsyncClient) -> list[object]:
    async with open_socket(str(http.base_url).replace("http://", "ws://") + "/chat") as socket:
        await socket.send("hello")
        return [await socket.recv()]
