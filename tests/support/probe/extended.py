"""The generated service with work, and errors, that a sentry_custom.py has a say about: `uvicorn extended:app`."""

from __future__ import annotations

import httpx2
from example_service.main import app
from example_service.sentry import span
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/extended")


class UnwantedError(Exception): ...


class ConfusingError(Exception): ...


class CalledError(Exception): ...


@router.get("/status/{code}")
async def status(code: int) -> None:
    raise HTTPException(code)


@router.get("/unwanted")
async def unwanted() -> None:
    raise UnwantedError


@router.get("/confusing")
async def confusing() -> None:
    raise ConfusingError


@router.get("/called")
async def called(url: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.get(url)
    raise CalledError


app.include_router(router)

# Work without a request.
for name in ("close the books", "count the beans"):
    with span(name, op="job"):
        pass
