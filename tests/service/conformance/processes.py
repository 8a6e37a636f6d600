"""Runs situations: `python processes.py` is told on stdin what to start, one JSON object a line, and forks for each.

Starting Python and importing FastAPI takes ten times as long as a situation. This process does it once and then forks,
before Sentry is initialized and before there is a thread or an event loop. It replies on stdout, one line per command.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import importlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

# It runs alone, in the environment of a service.
sys.path.append(str(Path(__file__).parents[2]))

from support.zygote import import_libraries

SITUATIONS = Path(__file__).parent / "situations"
START_SECONDS = 20.0
LIBRARIES = (
    "anyio._backends._asyncio",
    "example_service.sentry.scrubbing.scrubber",
    "fastapi.testclient",
    "httpcore2",
    "truststore",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "websockets.asyncio.client",
)
"""What a server, a client, and the layer load on their way, so that no child pays for it."""


def main() -> None:
    sys.path.insert(0, str(SITUATIONS))
    import_libraries(LIBRARIES)
    print("ready", flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if "wait" in command:
            print(_wait(command["wait"], command["seconds"]), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _child(command)
        print(pid, flush=True)


def _wait(pid: int, seconds: float) -> int:
    """The exit status of a child; one that takes too long is killed, which shows as -9."""
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.killpg(pid, signal.SIGKILL)
            deadline = float("inf")
        time.sleep(0.01)


def _child(command: dict[str, Any]) -> NoReturn:
    status = 1
    try:
        os.setsid()
        output = os.open(command["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin = open(os.devnull)  # noqa: SIM115
        os.environ.update(command["env"])
        os.chdir(command["folder"])
        status = _serve(command) if command["do"] == "serve" else _request(command)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    # The end of an interpreter but for taking a thousand modules apart: the SDK sends what is left in an exit handler.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _serve(command: dict[str, Any]) -> int:
    import side

    if not command["inits_itself"]:
        side.init()
    situation = importlib.import_module(command["situation"])
    if hasattr(situation, "serve"):
        situation.serve(command["port"])
    else:
        import uvicorn

        options = getattr(situation, "UVICORN", {})
        uvicorn.run(situation.app, host="127.0.0.1", port=command["port"], **options)
    return 0


def _request(command: dict[str, Any]) -> int:
    situation = importlib.import_module(command["situation"])
    told = asyncio.run(_told(situation, command["port"], command["server"]))
    Path(command["answers"]).write_text(json.dumps(told), encoding="utf-8")
    return 0


async def _told(situation: ModuleType, port: int, server: int) -> list[str]:
    """What the client saw: a line for each request."""
    import httpx2

    if not await _answers(port, server):
        return ["the server did not start"]
    # uvicorn closes a connection after an error: each request has its own.
    options: dict[str, Any] = {"headers": {"connection": "close"}, "trust_env": False, "timeout": 15.0, "verify": False}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", **options) as http:
        if hasattr(situation, "client"):
            return [str(line) for line in await situation.client(http) or ()]
        return [await _ask(http, request) for request in situation.REQUESTS]


async def _ask(http: Any, request: str | tuple[str, dict[str, Any]]) -> str:
    line, options = request if isinstance(request, tuple) else (request, {})
    method, path = line.split(" ", 1)
    response = await http.request(method, path, **options)
    return f"{line} -> {response.status_code}"


async def _answers(port: int, server: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and Path(f"/proc/{server}/stat").read_text().split(")")[1].split()[0] != "Z":
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        await asyncio.sleep(0.01)
    return False


if __name__ == "__main__":
    main()
