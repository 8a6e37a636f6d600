"""The service with all that can be chosen, and routes that use each of it: `uvicorn probe_web:app`."""

from __future__ import annotations

import logging
from typing import Any

# First, as uvicorn does: Sentry is set up before the broker is made.
from example_service.main import app  # isort: split

import probe_actors
import structlog
from example_service.api.auth import CurrentUser
from example_service.cache import Cache
from example_service.db import DbSession
from example_service.http_client import HttpClient
from example_service.postgres import PostgresConnection
from example_service.tasks import celery
from fastapi import APIRouter, BackgroundTasks
from loguru import logger as loguru_logger
from sqlalchemy import text

router = APIRouter(prefix="/probe")


class ProbeError(Exception): ...


@router.get("/user")
async def failing_for_a_user(user: CurrentUser) -> None:
    raise ProbeError(user.plan)


@router.get("/background")
async def background(tasks: BackgroundTasks) -> dict[str, bool]:
    async def work() -> None:
        raise ProbeError

    tasks.add_task(work)
    return {"accepted": True}


@router.get("/cache")
async def use_the_cache(cache: Cache, fail: bool = False) -> str | None:
    await cache.set("greeting", "hello", ex=60)
    found: str | None = await cache.get("greeting")
    if fail:
        raise ProbeError
    return found


@router.get("/postgres")
async def ask_postgres(connection: PostgresConnection, fail: bool = False) -> Any:
    found = await connection.fetchval("SELECT CAST($1 AS int)", 42)
    if fail:
        raise ProbeError
    return found


@router.get("/db")
async def ask_the_database(session: DbSession, fail: bool = False) -> Any:
    found = (await session.execute(text("SELECT :word || '!'"), {"word": "planted"})).scalar_one()
    if fail:
        raise ProbeError
    return found


@router.get("/call")
async def call(client: HttpClient, url: str, fail: bool = False) -> int:
    answer = await client.get(url)
    if fail:
        raise ProbeError
    return answer.status_code


@router.get("/log/{library}")
async def log(library: str) -> None:
    if library == "logging":
        standard = logging.getLogger("probe")
        standard.info("first %s", "words", extra={"order": 7})
        standard.error("last %s", "words", extra={"order": 7})
    elif library == "structlog":
        events = structlog.get_logger("probe")
        events.info("first %s", "words", order=7, name="clashes")
        events.error("last %s", "words", order=7, name="clashes")
    else:
        bound = loguru_logger.bind(order=7)
        bound.info("first {}", "words")
        bound.error("last {}", "words")


@router.get("/enqueue/{task}")
def enqueue(task: str, url: str = "") -> str:
    return str(celery.send_task(f"probe.{task}", args=(url,)).id)


@router.get("/send/{actor}")
def send(actor: str, url: str = "") -> str:
    message = probe_actors.calling.send(url) if actor == "calling" else probe_actors.failing.send()
    return message.message_id


app.include_router(router)
