"""Mounted applications, static files, class-based endpoints, plain Starlette routes, hosts, and routers."""

from __future__ import annotations

import contextlib
import os
import pathlib

from fastapi import APIRouter, FastAPI
from side import connect
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

REQUESTS = [
    "GET /v1/who/1",
    "GET /v2/who/2",
    "GET /v2/late/3",
    "GET /v2/kept/4",
    "GET /raw/a/b",
    "GET /static/file.txt",
    "GET /static/none.txt",
    "GET /endpoint/7",
    "GET /plain/7",
    "GET /starlette/deep/7",
    "GET /routed/deep/8",
    "DELETE /routed/deep/8",
    ("GET /hosted", {"headers": {"host": "api.example.org"}}),
    "GET /callable",
]
USUAL = [
    "error ValueError: v1 1",
    "error ValueError: v2 2",
    "error KeyError: 'late'",
    "error RuntimeError: Caught handled exception, but response already started. from KeyError: 'late'",
    "error LookupError: 4",
    "error ValueError: raw",
    "error ValueError: endpoint",
    "error ValueError: plain",
    "error ValueError: starlette",
    "error ValueError: routed",
    "error ValueError: hosted",
    "error ValueError: callable",
]


def version(name: str) -> FastAPI:
    sub = FastAPI()
    connect(sub)

    @sub.get("/who/{number}")
    async def who(number: int) -> None:
        raise ValueError(f"{name} {number}")

    @sub.get("/late/{number}")
    async def late(number: int) -> None:
        raise KeyError("late")

    @sub.get("/kept/{number}")
    async def keep(number: int) -> None:
        raise LookupError(number)

    return sub


class Keeps:
    """A middleware that keeps an error to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(LookupError):
            await self.app(scope, receive, send)


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("raw")


class Endpoint(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        raise ValueError("endpoint")


async def plain(request: Request) -> Response:
    raise ValueError("plain")


async def starlette(request: Request) -> Response:
    raise ValueError("starlette")


async def hosted(request: Request) -> Response:
    raise ValueError("hosted")


class Callable:
    async def __call__(self) -> None:
        raise ValueError("callable")


router = APIRouter(prefix="/routed")


@router.get("/deep/{number}")
async def routed(number: int) -> None:
    raise ValueError("routed")


folder = pathlib.Path(f"static-{os.getpid()}")
folder.mkdir()
(folder / "file.txt").write_text("static")

app = FastAPI()
connect(app)
app.add_middleware(Keeps)


@app.exception_handler(KeyError)
async def answer(request: Request, error: KeyError) -> Response:
    """Too late for a mounted application, which has answered its error itself."""
    return PlainTextResponse("", 409)


app.mount("/v1", version("v1"))
app.mount("/v2", version("v2"))
app.mount("/raw", raw)
app.mount("/static", StaticFiles(directory=folder))
app.add_route("/endpoint/{number}", Endpoint)
app.add_route("/plain/{number}", plain)
app.mount("/starlette", Starlette(routes=[Mount("/deep", routes=[Route("/{number}", starlette)])]))
app.include_router(router)
app.router.routes.append(Host("api.example.org", Starlette(routes=[Route("/hosted", hosted)])))
app.add_api_route("/callable", Callable())
app.add_route("/text", lambda request: PlainTextResponse("text"))
