"""Under servers other than uvicorn, too, a process reports on when its lifespan has failed."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
import pytest
from support.environments import uv
from support.receiver import Item, Receiver, answers_on, free_port
from support.service import clean_environment

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments

SERVERS: Final = {
    "gunicorn": ("--worker-class", "uvicorn_worker.UvicornWorker", "--bind"),
    "hypercorn": ("--bind",),
    "granian": ("--interface", "asgi", "--host", "127.0.0.1", "--port"),
}
LIBRARIES: Final = (
    "gunicorn>=23",
    "uvicorn-worker>=0.3",
    "hypercorn>=0.17",
    "granian>=2.5",
    "h2",
    "hpack",
    "hyperframe",
    "priority",
    "wsproto",
)
APP: Final = """
import asyncio
from contextlib import asynccontextmanager

from example_service.sentry import connect, init_sentry

init_sentry()

import anyio
from fastapi import FastAPI


async def work():
    await asyncio.sleep(1)
    raise RuntimeError("the worker is dead")


@asynccontextmanager
async def lifespan(app):
    async with anyio.create_task_group() as group:
        group.start_soon(work)
        yield


app = FastAPI(lifespan=lifespan)
connect(app)


@app.get("/{when}")
async def fail(when: str):
    raise ValueError(when)
"""


@pytest.mark.nightly
@pytest.mark.parametrize("server", SERVERS)
def test_a_failed_lifespan_does_not_end_reporting(
    render: Render, sdk_environments: SdkEnvironments, receiver: Receiver, tmp_path: Path, server: str
) -> None:
    python, libraries, port = sdk_environments["2"], tmp_path / "libraries", free_port()
    uv("pip", "install", "--quiet", "--python", str(python), "--no-deps", "--target", str(libraries), *LIBRARIES)
    (tmp_path / "failing.py").write_text(APP, encoding="utf-8")
    path = os.pathsep.join(map(str, (tmp_path, render() / "src", libraries)))
    address = str(port) if server == "granian" else f"127.0.0.1:{port}"
    process = subprocess.Popen(
        [python, "-m", server, *SERVERS[server], address, "failing:app"],
        env=clean_environment(render(), {"PYTHONPATH": path, "SENTRY_DSN": receiver.dsn}),
        cwd=tmp_path,
        start_new_session=True,
    )
    try:
        while not answers_on(port):
            assert process.poll() is None
            time.sleep(0.05)
        assert get(port, "before") == 500
        receiver.wait_for(lambda item: "the worker is dead" in texts(item))
        assert get(port, "after") == 500
        receiver.wait_for(lambda item: "after" in texts(item))
    finally:
        process.terminate()
        process.wait(20)


def get(port: int, when: str) -> int:
    return httpx2.get(f"http://127.0.0.1:{port}/{when}", trust_env=False).status_code


def texts(item: Item) -> list[str]:
    """The texts of the exceptions of an event."""
    return [one["value"] for one in item.body.get("exception", {}).get("values", [])]
