"""The Celery worker with tasks that go wrong, and a beat entry that is due at once: `python -m probe_worker`."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import httpx2
from celery.exceptions import SoftTimeLimitExceeded
from example_service.tasks import celery
from example_service.worker import main


class TaskError(Exception): ...


@celery.task(name="probe.failing")
def failing(url: str) -> None:
    raise TaskError


@celery.task(name="probe.calling")
def calling(url: str) -> None:
    httpx2.get(url)


@celery.task(name="probe.slow")
def slow(url: str) -> None:
    httpx2.get(f"{url}/started")
    time.sleep(2)
    httpx2.get(f"{url}/finished")


@celery.task(name="probe.dying")
def dying(url: str) -> None:
    """Dies the first time, as a process that the kernel kills for its memory."""
    answer = httpx2.get(f"{url}/taken").json()
    if answer["first"]:
        os.kill(os.getpid(), 9)


@celery.task(name="probe.endless", soft_time_limit=1, time_limit=2)
def endless(url: str) -> None:
    try:
        time.sleep(30)
    except SoftTimeLimitExceeded:
        time.sleep(30)


@celery.task(name="probe.exiting", max_retries=1, default_retry_delay=1)
def exiting(url: str) -> None:
    """Ends its process each time, as one that takes too much memory does."""
    httpx2.get(f"{url}/begun")
    os.kill(os.getpid(), 9)


celery.conf.beat_schedule["due"] = {
    "task": "probe.failing",
    "schedule": timedelta(minutes=1),
    "args": ("",),
    "last_run_at": datetime(2020, 1, 1, tzinfo=UTC),
}

if __name__ == "__main__":
    main()
