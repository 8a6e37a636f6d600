"""Log records of all kinds: levels, wrong arguments, odd messages, `exc_info`, `extra`, and logged and raised."""

from __future__ import annotations

import logging

from fastapi import FastAPI, HTTPException
from side import connect

REQUESTS = [
    "GET /levels",
    "GET /wrong",
    "GET /odd",
    "GET /no-exception",
    "GET /extra",
    "GET /logged-and-raised",
    "GET /logged-and-answered",
    "GET /logged-and-hidden",
    "GET /exception",
]
USUAL = [
    "error message an error",
    "error message critical",
    "error message 7",
    "error message {'a': 1}",
    "error message no exception",
    "error message extra",
    "error ValueError: logged and raised",
    "error ValueError: the cause",
    "error HTTPException: ",
    "error ValueError: logged",
    "error ValueError: hidden",
    "error HTTPException: Service Unavailable · in /logged-and-hidden",
]

logger = logging.getLogger("service")
app = FastAPI()
connect(app)


@app.get("/levels")
async def levels() -> None:
    logger.setLevel(logging.DEBUG)
    logger.debug("debug")
    logger.info("info %s", 1)
    logger.warning("warning")
    logger.error("an error %s", "argument")
    logger.critical("critical")


@app.get("/wrong")
async def wrong() -> None:
    logging.raiseExceptions = False
    logger.error("two %s %s", 1)


@app.get("/odd")
async def odd() -> None:
    logger.error(7)
    logger.error({"a": 1})


@app.get("/no-exception")
async def no_exception() -> None:
    logger.error("no exception", exc_info=True)


@app.get("/extra")
async def extra() -> None:
    logger.error("extra", extra={"order": 7, "nested": {"a": [1, 2]}})


@app.get("/logged-and-raised")
async def logged_and_raised() -> None:
    try:
        raise ValueError("logged and raised")
    except ValueError:
        logger.exception("it failed")
        raise


@app.get("/logged-and-answered")
async def logged_and_answered() -> None:
    try:
        raise ValueError("the cause")
    except ValueError as error:
        logger.exception("it failed")
        raise HTTPException(500) from error


@app.get("/logged-and-hidden")
async def logged_and_hidden() -> None:
    try:
        raise ValueError("hidden")
    except ValueError:
        logger.exception("it failed")
        raise HTTPException(503) from None


@app.get("/exception")
async def exception() -> None:
    try:
        raise ValueError("logged")
    except ValueError:
        logger.exception("it failed for %s", "somebody", stack_info=True)
