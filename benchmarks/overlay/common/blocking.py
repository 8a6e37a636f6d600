"""`python -m bench_service.blocking TARGET`: how long one failing request blocks the event loop, as JSON in seconds.

The application runs in this process, without a server: a timer on its loop is late by as long as anything blocks it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from importlib import import_module
from typing import Any

from .api.nested import DEPTH

PATH = "/nested" + "".join(f"/fail{level}" for level in range(1, DEPTH + 1)) + "/fail"
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

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(10 * TICK)
    late = 0.0
    try:
        await app(scope(), receive, send)
    except Exception as error:
        if type(error).__name__ != "NestedError":
            raise
    await asyncio.sleep(10 * TICK)
    done = True
    await watcher
    if statuses != [500]:
        raise RuntimeError(f"{PATH} answered {statuses} instead of 500")
    return late


def scope() -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"bench.example"), (b"user-agent", b"bench")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


def main(target: str) -> None:
    app = import_module(f"{__package__}.{target}").app
    # The first event of a process compiles and caches; what an operator feels is every one. Both count.
    print(json.dumps({"seconds": asyncio.run(longest_block(app))}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
