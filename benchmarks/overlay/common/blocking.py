"""`python -m bench_service.blocking TARGET`: how long one failing request blocks the event loop, as JSON in seconds.

The application runs in this process, without a server: a timer on its loop is late by as long as anything blocks it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

from .api.nested import PREFIXES, NestedError

ANSWERS = "".join(PREFIXES) + "/routes/0"
FAILS = "".join(PREFIXES) + "/fail"
TICK = 0.001


async def longest_block(app: Any) -> float:
    """Seconds by which a timer was late, at most, while the request was answered. Lifespan is not run."""
    late = 0.0
    done = False

    async def watch() -> None:
        nonlocal late
        while not done:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            late = max(late, time.perf_counter() - before - TICK)

    # FastAPI puts its routes together when the first request comes.
    assert await answer(app, ANSWERS) == 200
    watcher = asyncio.create_task(watch())
    await asyncio.sleep(10 * TICK)
    late = 0.0
    assert await answer(app, FAILS) == 500
    await asyncio.sleep(10 * TICK)
    done = True
    await watcher
    return late


async def answer(app: Any, path: str) -> int:
    """The status of the answer to a GET."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    # It is raised again after the answer, for the log of the server.
    with suppress(NestedError):
        await app(scope(path), receive, send)
    return statuses[0]


def scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"bench.example"), (b"user-agent", b"bench")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


def main(target: str) -> None:
    app = import_module(f"{__package__}.{target}").app
    print(json.dumps({"seconds": asyncio.run(longest_block(app))}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
