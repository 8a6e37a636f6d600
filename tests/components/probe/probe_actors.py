"""Further actors for the Dramatiq worker: `python -m example_service.dramatiq_worker probe_actors`."""

from __future__ import annotations

import dramatiq
import httpx2
from example_service.actors import broker  # noqa: F401 (sets the broker)


class ActorError(Exception): ...


@dramatiq.actor(max_retries=0)
def failing() -> None:
    raise ActorError


@dramatiq.actor(max_retries=0)
def calling(url: str) -> None:
    httpx2.get(url)
