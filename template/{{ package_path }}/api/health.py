"""Probes: `/healthz` says that the process is alive, `/readyz` that it can do its work. Neither is ever traced."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from ..resources import RESOURCES

logger = logging.getLogger(__name__)
router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str = "ok"
    failing: list[str] = []


@router.get("/healthz")
async def healthz() -> Health:
    return Health()


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> Health:
    failing: list[str] = []
    for resource in RESOURCES:
        if resource.check is not None:
            try:
                await resource.check(request.app)
            except Exception:
                # Orchestrators request this every few seconds, and each record at ERROR would be an event.
                logger.warning("%s is not ready", resource.name, exc_info=True)
                failing.append(resource.name)
    if failing:
        response.status_code = 503
        return Health(status="unavailable", failing=failing)
    return Health()
