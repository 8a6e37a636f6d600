"""A script without a server: it logs, starts a thread and a loop that fail, is interrupted, and ends with an error."""

from __future__ import annotations

import asyncio
import logging
import threading

import sentry_sdk
from fastapi import FastAPI

REQUESTS = ["GET /"]
USUAL = [
    "answer the server did not start",
    "error message a record · level error · logger script · user {'id': 'job-7'}",
    "error ZeroDivisionError: division by zero · level error · handled False · user {'id': 'job-7'}",
    "error ValueError: of a task · level error · logger script · handled True · user {'id': 'job-7'}",
    "error KeyboardInterrupt: ",
    "error RuntimeError: the end from KeyError: 'the cause' · level error · handled False",
]

app = FastAPI()
logger = logging.getLogger("script")


async def fail() -> None:
    raise ValueError("of a task")


async def run() -> None:
    results = await asyncio.gather(asyncio.create_task(fail()), return_exceptions=True)
    for error in results:
        logger.error("a task failed", exc_info=error)


def serve(port: int) -> None:
    sentry_sdk.set_user({"id": "job-7"})
    logger.error("a record")
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    asyncio.run(run())
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        logger.exception("interrupted")
    try:
        raise KeyError("the cause")
    except KeyError as error:
        raise RuntimeError("the end") from error
