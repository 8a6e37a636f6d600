"""Tasks that are never awaited, threads, and executors fail during a request."""

from __future__ import annotations

import asyncio
import gc
import threading

import sentry_sdk
from fastapi import BackgroundTasks, FastAPI
from side import connect

REQUESTS = ["GET /task", "GET /thread", "GET /background", "GET /to-thread", "GET /executor", "GET /callback"]
USUAL = [
    "error ValueError: a lost task",
    "error ValueError: a thread",
    "error ValueError: a background task",
    "error ValueError: asyncio.to_thread",
    "error ValueError: an executor",
    "error ValueError: a callback · in /callback",
]

app = FastAPI()
connect(app)


def raise_it(what: str) -> None:
    raise ValueError(what)


async def lost() -> None:
    raise ValueError("a lost task")


@app.get("/task")
async def lose() -> None:
    sentry_sdk.set_tag("from", "the request")
    task = asyncio.create_task(lost())
    await asyncio.sleep(0.01)
    del task
    gc.collect()


@app.get("/thread")
async def start_thread() -> None:
    sentry_sdk.set_tag("from", "the request")
    thread = threading.Thread(target=raise_it, args=("a thread",))
    thread.start()
    await asyncio.to_thread(thread.join)


@app.get("/background")
async def background(tasks: BackgroundTasks) -> None:
    sentry_sdk.set_tag("from", "the request")
    tasks.add_task(raise_it, "a background task")


@app.get("/to-thread")
async def to_thread() -> None:
    sentry_sdk.set_tag("from", "the request")
    await asyncio.to_thread(raise_it, "asyncio.to_thread")


@app.get("/executor")
async def executor() -> None:
    await asyncio.get_running_loop().run_in_executor(None, raise_it, "an executor")


@app.get("/callback")
async def call_later() -> None:
    sentry_sdk.set_tag("from", "the request")
    asyncio.get_running_loop().call_soon(raise_it, "a callback")
    await asyncio.sleep(0.01)
