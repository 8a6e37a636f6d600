# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A route that fails on purpose, to see an error arrive. It exists outside production only."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)


@router.get("/sentry-debug")
async def sentry_debug() -> float:
    return 1 / 0
