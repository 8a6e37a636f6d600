"""Many routes below six routers, one of which fails: only where the benchmark of blocking asks for them."""

from __future__ import annotations

import os

from fastapi import APIRouter

ROUTES = int(os.environ.get("BENCH_NESTED_ROUTES", "0"))
PREFIXES = [f"/level{number}" for number in range(1, 7)]
"""From the outermost router to the innermost."""


class NestedError(Exception): ...


async def answer() -> dict[str, str]:
    return {"answer": "yes"}


async def fail() -> None:
    raise NestedError("It failed below six routers")


router = APIRouter()

if ROUTES:
    for number in range(ROUTES):
        router.add_api_route(f"/routes/{number}", answer)
    router.add_api_route("/fail", fail)
    for prefix in reversed(PREFIXES):
        outer = APIRouter()
        outer.include_router(router, prefix=prefix)
        router = outer
