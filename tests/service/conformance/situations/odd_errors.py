"""Errors that are hard to write down: groups, notes, chains, bad `__str__`, surrogates, recursion, big texts."""

from __future__ import annotations

import asyncio
import math

import sentry_sdk
from fastapi import FastAPI
from side import connect

REQUESTS = [
    "GET /group",
    "GET /notes",
    "GET /suppressed",
    "GET /unprintable",
    "GET /surrogates",
    "GET /recursion",
    "GET /values",
    "GET /big",
    "GET /timeout",
    "GET /task-group",
    "GET /canceled",
]
USUAL = [
    "error ExceptionGroup: several from ValueError: first from KeyError: 'second'",
    "error ValueError: noted",
    "error ValueError: suppressed",
    "error UnprintableError: ",
    "error ValueError: \\udcff\\ud800 broken",
    "error RecursionError: ",
    "error ValueError: odd values",
    "error ValueError: xxx",
    "error TimeoutError: ",
    "error ExceptionGroup: unhandled errors in a TaskGroup from ValueError: of a task group",
    "error CancelledError: ",
]


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


app = FastAPI()
connect(app)


@app.get("/group")
async def group() -> None:
    raise ExceptionGroup("several", [ValueError("first"), KeyError("second")])


@app.get("/notes")
async def notes() -> None:
    error = ValueError("noted")
    error.add_note("a note")
    raise error


@app.get("/suppressed")
async def suppressed() -> None:
    try:
        raise KeyError("hidden")
    except KeyError:
        raise ValueError("suppressed") from None


@app.get("/unprintable")
async def unprintable() -> None:
    raise UnprintableError


@app.get("/surrogates")
async def surrogates() -> None:
    raise ValueError("\udcff\ud800 broken")


@app.get("/recursion")
async def recursion() -> None:
    def deeper(number: int) -> int:
        return deeper(number + 1) + 1

    deeper(0)


@app.get("/values")
async def values() -> None:
    cyclic: dict[str, object] = {}
    cyclic["self"] = cyclic
    sentry_sdk.set_context("odd", {"nan": math.nan, "inf": -math.inf, "cyclic": cyclic, "bytes": b"\xff", 7: "seven"})
    sentry_sdk.set_tag("number", 7)
    sentry_sdk.set_tag("nothing", None)
    raise ValueError("odd values")


@app.get("/big")
async def big() -> None:
    raise ValueError("x" * 1_000_000)


@app.get("/timeout")
async def timeout() -> None:
    async with asyncio.timeout(0.01):
        await asyncio.sleep(1)


@app.get("/task-group")
async def task_group() -> None:
    async def fail() -> None:
        raise ValueError("of a task group")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fail())


@app.get("/canceled")
async def canceled() -> None:
    raise asyncio.CancelledError
