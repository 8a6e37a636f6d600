"""A handler for `Exception` answers all errors, and captures some."""

from __future__ import annotations

import logging

import sentry_sdk
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from side import connect

REQUESTS = ["GET /silent", "GET /captured", "GET /logged"]
USUAL = ["error ValueError: silent", "error ValueError: captured", "error ValueError: logged"]

app = FastAPI()
connect(app)


@app.exception_handler(Exception)
async def answer(request: Request, error: Exception) -> JSONResponse:
    if str(error) == "captured":
        sentry_sdk.capture_exception(error)
    if str(error) == "logged":
        logging.getLogger("service").error("it failed", exc_info=error)
    return JSONResponse({}, 500)


@app.get("/{what}")
async def fail(what: str) -> None:
    raise ValueError(what)
