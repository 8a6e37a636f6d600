"""The service has set its own handler for errors in lost tasks, and tasks are lost."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from typing import Any

import uvicorn
from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /", "GET /handled"]
USUAL = ["answer GET /handled -> 200", "error message the service's handler: Task exception was never retrieved"]

app = FastAPI()
connect(app)


async def lost() -> None:
    raise ValueError("lost")


@app.get("/")
async def lose() -> None:
    task = asyncio.create_task(lost())
    await asyncio.sleep(0)
    del task
    gc.collect()


@app.get("/handled")
async def handled() -> None:
    """Give the loop a turn."""


def handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    logging.getLogger("service").error("the service's handler: %s", context["message"])


def serve(port: int) -> None:
    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(handler)
        await uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port)).serve()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
