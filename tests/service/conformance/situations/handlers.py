"""Exception handlers of the service, and errors that they answer."""

from __future__ import annotations

import sentry_sdk
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from side import connect
from starlette.exceptions import HTTPException as StarletteHTTPException

REQUESTS = [
    "GET /domain",
    "GET /status",
    "GET /captured",
    "GET /http/500",
    "GET /http/503",
    "GET /http/404",
    "GET /http/429",
    "GET /starlette",
    "GET /validated?number=x",
    "GET /handler-fails",
    "GET /caused",
    "GET /caused-oddly",
    "GET /response",
]
USUAL = [
    "error StatusError: with a status",
    "error CapturedError: by its handler",
    "error HTTPException: ",
    "error HTTPException: ",
    "error HTTPException: ",
    "error RuntimeError: the handler fails too",
    "error HTTPException: ",
    "error HTTPException: Bad Gateway from OpenError: the cause",
    "error ResponseValidationError: ",
]


class DomainError(Exception): ...


class StatusError(Exception):
    status_code = 502


class CapturedError(Exception): ...


class AwkwardError(Exception): ...


class OpenError(Exception):
    """It has every attribute that it's asked for, as errors that wrap a response do."""

    def __getattr__(self, name: str) -> str:
        return ""


app = FastAPI()
connect(app)


@app.exception_handler(DomainError)
async def answer_domain(request: Request, error: DomainError) -> JSONResponse:
    return JSONResponse({}, 409)


@app.exception_handler(StatusError)
def answer_status(request: Request, error: StatusError) -> JSONResponse:
    return JSONResponse({}, 502)


@app.exception_handler(CapturedError)
async def answer_captured(request: Request, error: CapturedError) -> JSONResponse:
    sentry_sdk.capture_exception(error)
    return JSONResponse({}, 400)


@app.exception_handler(AwkwardError)
async def answer_awkward(request: Request, error: AwkwardError) -> JSONResponse:
    raise RuntimeError("the handler fails too")


@app.exception_handler(RequestValidationError)
async def answer_validation(request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({}, 500)


@app.get("/domain")
async def domain() -> None:
    raise DomainError("a domain")


@app.get("/status")
async def status() -> None:
    raise StatusError("with a status")


@app.get("/captured")
async def captured() -> None:
    raise CapturedError("by its handler")


@app.get("/http/{code}")
async def http(code: int) -> None:
    raise HTTPException(code, detail="as asked")


@app.get("/starlette")
async def starlette() -> None:
    raise StarletteHTTPException(503)


@app.get("/validated")
async def validated(number: int) -> None: ...


@app.get("/handler-fails")
async def handler_fails() -> None:
    raise AwkwardError("awkward")


@app.get("/caused")
async def caused() -> None:
    try:
        raise KeyError("the cause")
    except KeyError as error:
        raise HTTPException(500) from error


@app.get("/caused-oddly")
async def caused_oddly() -> None:
    try:
        raise OpenError("the cause")
    except OpenError as error:
        raise HTTPException(502) from error


@app.get("/response", response_model=int)
async def response() -> str:
    return "no number"
