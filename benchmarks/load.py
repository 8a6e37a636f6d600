"""Requests in bursts, over a few connections at once. A client library would be slower than what is measured."""

from __future__ import annotations

import asyncio
from http.client import HTTPConnection

from .errors import BenchmarkError

CONNECTIONS = 4
PATIENCE_SECONDS = 60.0
BURST = 40
PAUSE_SECONDS = 0.03
"""Between bursts. A service that never rests drops what the SDK's threads cannot send, and dropping is cheap."""

_HEADERS = "host: bench.example\r\nuser-agent: bench\r\naccept: */*\r\nauthorization: Bearer token\r\n"


def send(port: int, path: str, count: int, *, status: int) -> None:
    """GET `path` this many times, a multiple of the connections, and check the status of every answer.

    Raises:
        BenchmarkError: an answer has another status.
    """
    asyncio.run(_send(port, path, count, status))


async def _send(port: int, path: str, count: int, status: int) -> None:
    # uvicorn closes the connection after an unhandled exception.
    keep_alive = status < 500
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_connection(port, path, count // CONNECTIONS, status, keep_alive))


async def _connection(port: int, path: str, count: int, status: int, keep_alive: bool) -> None:
    mode = "keep-alive" if keep_alive else "close"
    request = f"GET {path} HTTP/1.1\r\n{_HEADERS}connection: {mode}\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(count):
        if number and number % (BURST // CONNECTIONS) == 0:
            await asyncio.sleep(PAUSE_SECONDS)
        if number and not keep_alive:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        answered = int(head.split(b" ", 2)[1])
        if answered != status:
            raise BenchmarkError(f"GET {path} answered {answered} instead of {status}")
        await reader.readexactly(_content_length(head))
    writer.close()


def send_steadily(port: int, path: str, per_second: int, seconds: int, *, status: int) -> None:
    """GET `path` at this pace, however long the answers take, and check the status of every answer.

    Raises:
        BenchmarkError: an answer has another status.
    """
    asyncio.run(_send_steadily(port, path, per_second, seconds, status))


async def _send_steadily(port: int, path: str, per_second: int, seconds: int, status: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(per_second * seconds):
            group.create_task(_connection(port, path, 1, status, keep_alive=False))
            await asyncio.sleep(1 / per_second)


def post(port: int, path: str, body: bytes, *, status: int) -> None:
    """POST a body and check the status of the answer.

    Raises:
        BenchmarkError: the answer has another status.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("POST", path, body)
    answered = connection.getresponse().status
    connection.close()
    if answered != status:
        raise BenchmarkError(f"POST {path} answered {answered} instead of {status}")


async def get(port: int, path: str) -> None:
    """GET `path` once, on a connection of its own.

    Raises:
        BenchmarkError: the answer has another status than 200.
    """
    await _connection(port, path, 1, 200, keep_alive=False)


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise BenchmarkError("an answer has no content-length")
