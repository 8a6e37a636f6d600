"""Many routes below many routers, and one among them that fails: only where the benchmark of blocking asks for it."""

from __future__ import annotations

import os

from fastapi import APIRouter

ROUTES = int(os.environ.get("BENCH_NESTED_ROUTES", "0"))
DEPTH = 6

router = APIRouter()


class NestedError(Exception): ...


async def answer() -> dict[str, str]:
    return {"answer": "yes"}


async def fail() -> None:
    raise NestedError("It failed below six routers")


def nested(depth: int, first: int, count: int) -> APIRouter:
    """A router with this many routes, each below as many routers as the depth says."""
    made = APIRouter(prefix=f"/level{depth}")
    if depth < DEPTH:
        half = count // 2
        if half:
            made.include_router(nested(depth + 1, first, half), prefix="/a")
        made.include_router(nested(depth + 1, first + half, count - half), prefix="/b")
        return made
    for number in range(first, first + count):
        made.add_api_route(f"/routes/{number}", answer)
    return made


if ROUTES:
    router.include_router(nested(1, 0, ROUTES), prefix="/nested")
    innermost: APIRouter = APIRouter()
    innermost.add_api_route("/fail", fail)
    for level in range(DEPTH, 0, -1):
        outer = APIRouter(prefix=f"/fail{level}")
        outer.include_router(innermost)
        innermost = outer
    router.include_router(innermost, prefix="/nested")
