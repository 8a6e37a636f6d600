"""Many requests at the same time, each with its own user and tags, in routes, threads, tasks, and dependencies."""

from __future__ import annotations

import asyncio
from typing import Annotated

import httpx2
import sentry_sdk
from fastapi import BackgroundTasks, Depends, FastAPI
from side import connect
from starlette.concurrency import run_in_threadpool

USUAL = [
    "error ValueError: async 0 ",
    "error ValueError: async 1 ",
    "error ValueError: async 2 ",
    "error ValueError: async 3 ",
    "error ValueError: async 4 ",
    "error ValueError: async 5 ",
    "error ValueError: sync 0 ",
    "error ValueError: sync 1 ",
    "error ValueError: sync 2 ",
    "error ValueError: sync 3 ",
    "error ValueError: sync 4 ",
    "error ValueError: sync 5 ",
    "error ValueError: pool 0 ",
    "error ValueError: pool 1 ",
    "error ValueError: pool 2 ",
    "error ValueError: pool 3 ",
    "error ValueError: pool 4 ",
    "error ValueError: pool 5 ",
    "error ValueError: task 0 ",
    "error ValueError: task 1 ",
    "error ValueError: task 2 ",
    "error ValueError: task 3 ",
    "error ValueError: task 4 ",
    "error ValueError: task 5 ",
    "error ValueError: background 0 ",
    "error ValueError: background 1 ",
    "error ValueError: background 2 ",
    "error ValueError: background 3 ",
    "error ValueError: background 4 ",
    "error ValueError: background 5 ",
]

app = FastAPI()
connect(app)


async def identified(number: int) -> int:
    sentry_sdk.set_user({"id": f"user-{number}"})
    await asyncio.sleep(0.05)
    return number


Number = Annotated[int, Depends(identified)]


def fail(kind: str, number: int) -> None:
    sentry_sdk.set_tag("number", str(number))
    raise ValueError(f"{kind} {number} ")


@app.get("/async/{number}")
async def asynchronous(number: Number) -> None:
    await asyncio.sleep(0.05)
    fail("async", number)


@app.get("/sync/{number}")
def synchronous(number: Number) -> None:
    fail("sync", number)


@app.get("/pool/{number}")
async def pool(number: Number) -> None:
    await run_in_threadpool(fail, "pool", number)


@app.get("/task/{number}")
async def task(number: Number) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(capture(number))


async def capture(number: int) -> None:
    await asyncio.sleep(0.05)
    sentry_sdk.set_tag("number", str(number))
    sentry_sdk.capture_exception(ValueError(f"task {number} "))


@app.get("/background/{number}")
async def background(number: Number, tasks: BackgroundTasks) -> None:
    tasks.add_task(fail, "background", number)


async def client(http: httpx2.AsyncClient) -> list[object]:
    paths = [f"/{kind}/{number}" for kind in ("async", "sync", "pool", "task", "background") for number in range(6)]
    answers = await asyncio.gather(*(http.get(path) for path in paths))
    return [f"{path} {answer.status_code}" for path, answer in zip(paths, answers, strict=True)]
