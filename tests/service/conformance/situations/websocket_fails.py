"""A WebSocket whose handler fails, in it or in a task of it, is denied, or ends with a WebSocketException."""

from __future__ import annotations

import asyncio

import httpx2
from fastapi import Depends, FastAPI, WebSocket, WebSocketException
from side import connect
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidStatus

USUAL = [
    "error ValueError: in a socket",
    "error KeyError: 'a dependency'",
    "error LookupError: after it was accepted",
    "error ExceptionGroup: unhandled errors in a TaskGroup from ValueError: in a task",
]

app = FastAPI()
connect(app)


async def dependency() -> None:
    raise KeyError("a dependency")


@app.websocket("/fails/{number}")
async def fail(socket: WebSocket, number: int) -> None:
    await socket.accept()
    await socket.receive_text()
    raise ValueError("in a socket")


@app.websocket("/denied")
async def deny(socket: WebSocket) -> None:
    raise WebSocketException(1008, "not for you")


@app.websocket("/dependent", dependencies=[Depends(dependency)])
async def dependent(socket: WebSocket) -> None: ...


async def accepting(websocket: WebSocket) -> None:
    await websocket.accept()
    raise LookupError("after it was accepted")


@app.websocket("/accepted", dependencies=[Depends(accepting)])
async def accepted(socket: WebSocket) -> None: ...


@app.websocket("/task")
async def start_task(socket: WebSocket) -> None:
    async def receive() -> None:
        await socket.receive_text()
        raise ValueError("in a task")

    await socket.accept()
    async with asyncio.TaskGroup() as group:
        group.create_task(receive())


@app.websocket("/fine")
async def fine(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("done")
    await socket.close()


async def client(http: httpx2.AsyncClient) -> list[object]:
    address = str(http.base_url).replace("http://", "ws://")
    seen: list[object] = []
    for path in ("fails/7", "denied", "dependent", "accepted", "task", "fine"):
        try:
            async with open_socket(f"{address}/{path}") as socket:
                if path != "fine":
                    await socket.send("hello")
                seen.append(await socket.recv())
        except ConnectionClosed as closed:
            seen.append(closed.rcvd.code if closed.rcvd else "dropped")
        except InvalidStatus as refused:
            seen.append(refused.response.status_code)
    await asyncio.sleep(0.1)
    return seen
