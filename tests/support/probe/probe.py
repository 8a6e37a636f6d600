"""The generated service with routes that go wrong in every way: `uvicorn probe:app`, with this folder on the path."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sentry_sdk
from example_service import resources
from example_service.http_client import HttpClient
from example_service.main import app
from example_service.sentry import identify_user, span
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

logger = logging.getLogger("probe")
router = APIRouter(prefix="/probe")


class Body(BaseModel):
    number: int


class AsyncRouteError(Exception): ...


class SyncRouteError(Exception): ...


class DependencyError(Exception): ...


class BackgroundError(Exception): ...


class TaskError(Exception): ...


class LoggedError(Exception): ...


class MountedError(Exception): ...


class StreamError(Exception): ...


class SseError(Exception): ...


class WebSocketError(Exception): ...


def failing_dependency() -> None:
    raise DependencyError


@router.get("/async")
async def async_route() -> None:
    raise AsyncRouteError


@router.get("/sync")
def sync_route() -> None:
    raise SyncRouteError


@router.get("/dependency", dependencies=[Depends(failing_dependency)])
async def dependency() -> None: ...


@router.get("/background")
async def background(tasks: BackgroundTasks) -> dict[str, bool]:
    async def work() -> None:
        raise BackgroundError

    tasks.add_task(work)
    return {"accepted": True}


@router.get("/task")
async def task() -> dict[str, bool]:
    async def work() -> None:
        sentry_sdk.set_tag("where", "task")
        await asyncio.sleep(0)
        raise TaskError

    asyncio.get_running_loop().create_task(work())
    await asyncio.sleep(0.01)
    return {"accepted": True}


@router.get("/status/{code}")
async def status(code: int) -> None:
    raise HTTPException(code, detail="as asked")


@router.post("/validated")
async def validated(body: Body) -> Body:
    return body


@router.post("/slow-body")
async def slow_body(request: Request) -> int:
    return len(await request.body())


@router.get("/logged-and-raised")
async def logged_and_raised() -> None:
    try:
        raise LoggedError
    except LoggedError:
        logger.exception("It failed")
        raise


@router.get("/streamed/{number}")
async def streamed(number: int) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        raise StreamError

    return StreamingResponse(parts())


@router.get("/sse/{number}", response_class=EventSourceResponse)
async def sse(number: int) -> AsyncIterator[int]:
    yield 1
    raise SseError


@router.websocket("/socket/{number}")
async def socket(websocket: WebSocket, number: int) -> None:
    await websocket.accept()
    raise WebSocketError


@router.get("/background-log")
async def background_log(tasks: BackgroundTasks) -> dict[str, bool]:
    def work() -> None:
        logger.error("It failed for %s", "a reason")

    tasks.add_task(work)
    return {"accepted": True}


@router.get("/log/{level}")
async def log(level: str) -> None:
    logger.log(logging.getLevelNamesMapping()[level.upper()], "about %s", "something")


@router.get("/breadcrumbs")
async def breadcrumbs() -> None:
    logger.debug("a debug line")
    logger.info("an info line")
    sentry_sdk.set_tag("order", 7)  # type: ignore[arg-type]
    sentry_sdk.set_tag("yes", True)  # type: ignore[arg-type]
    sentry_sdk.set_tags({"many": 1.5})
    identify_user("user-1")
    raise AsyncRouteError


@router.get("/span")
async def spanned() -> None:
    with span("count the beans", op="beans", attributes={"beans": 3}):
        await asyncio.sleep(0)


@router.get("/old-spans")
async def old_spans() -> None:
    """As every tutorial of SDK 2 shows it."""
    with sentry_sdk.start_span(op="beans", name="count the beans") as span:
        span.set_data("beans", 3)
    with sentry_sdk.start_transaction(op="beans", name="count all the beans"):
        pass
    sentry_sdk.get_current_span().set_data("beans", 3)
    sentry_sdk.get_current_scope().transaction.name = "named by hand"


@router.get("/numbers")
async def numbers() -> None:
    """A long number and a card number: as registered tags, in a registered extra, and under a name that is not."""
    sentry_sdk.set_tag("item.id", "202611250815")
    sentry_sdk.set_tag("plan", "4242 4242 4242 4242")
    sentry_sdk.set_tag("unregistered", "202611250815")
    sentry_sdk.get_isolation_scope().set_extra("item.id", 202611250815)
    raise AsyncRouteError


@router.get("/call")
async def call(client: HttpClient, url: str) -> Any:
    return (await client.get(url)).json()


@router.get("/headers")
async def headers(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name in ("sentry-trace", "baggage")}


@router.get("/marked")
async def marked(request: Request) -> bool:
    return bool(request.app.state.marked)


@router.get("/initialized")
async def initialized() -> dict[str, Any]:
    from sentry_sdk import get_client

    before = id(get_client())
    from example_service.sentry import init_sentry

    init_sentry()
    return {"active": get_client().is_active(), "same": id(get_client()) == before, "pid": os.getpid()}


@router.get("/busy")
async def busy() -> int:
    return sum(number * number for number in range(2_000_000))


def tell_how_long_a_flush_may_take() -> None:
    """Write it when Sentry is closed: what the transport is given, however long it takes on a busy machine."""
    transport = sentry_sdk.get_client().transport
    if transport is None:
        return
    flush = transport.flush

    def told(timeout: float, callback: Any = None) -> Any:
        print(f"probe: a flush may take {timeout} s", file=sys.stderr, flush=True)
        return flush(timeout, callback)

    transport.flush = told  # type: ignore[method-assign]


tell_how_long_a_flush_may_take()


async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    """An application of its own, without routes."""
    raise MountedError


@asynccontextmanager
async def marking(app: FastAPI) -> AsyncIterator[None]:
    sentry_sdk.set_tag("set_by", "a resource")
    app.state.marked = True
    yield


# As if it were among the service's own.
resources.RESOURCES = (*resources.RESOURCES, resources.Resource("marking", marking))
app.include_router(router)
app.mount("/mounted", mounted)
