"""A route forks a process, and a process pool: each reports what fails in it."""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import sentry_sdk
from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /process", "GET /pool", "GET /after"]
USUAL = ["error ValueError: a process", "error ValueError: a pool", "error ValueError: after"]

app = FastAPI()
connect(app)
fork = multiprocessing.get_context("fork")


def work() -> None:
    sentry_sdk.capture_exception(ValueError("a process"))
    sentry_sdk.flush(5)


def fail() -> None:
    raise ValueError("a pool")


@app.get("/process")
async def process() -> None:
    sentry_sdk.set_tag("from", "the request")
    child = fork.Process(target=work)
    child.start()
    await asyncio.to_thread(child.join)


@app.get("/pool")
async def pool() -> None:
    with ProcessPoolExecutor(1, mp_context=fork) as executor:
        await asyncio.get_running_loop().run_in_executor(executor, fail)


@app.get("/after")
async def after() -> None:
    raise ValueError("after")
