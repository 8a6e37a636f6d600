"""Starts programs by forking: `python zygote.py` is told on stdin what to run, one JSON object a line.

Starting Python and importing FastAPI, SQLAlchemy, and the SDK takes longer than most tests. This process imports them
once, before there is a thread or an event loop, and forks for each program, which is a process of its own from there
on. It replies on stdout, one line per command.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterable
from typing import Any, NoReturn

LIBRARIES = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "dotenv",
    "fastapi.testclient",
    "httpcore2",
    "httpx2",
    "pydantic_settings",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
    "truststore",
    "uvicorn.lifespan.on",
    "uvicorn.main",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "websockets.asyncio.client",
)
"""What a service and its server load on their way, so that no child pays for it."""


def import_libraries(names: Iterable[str] = LIBRARIES) -> None:
    """Import these libraries, FastAPI, and the SDK with its integrations, and leave them to the children."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    import fastapi
    import sentry_sdk.integrations
    import sentry_sdk.utils

    warm_up = fastapi.FastAPI()
    warm_up.get("/{number}")(_number)
    integrations = sentry_sdk.integrations
    for name in (*integrations._DEFAULT_INTEGRATIONS, *integrations._AUTO_ENABLING_INTEGRATIONS):
        with contextlib.suppress(ImportError, integrations.DidNotEnable):
            importlib.import_module(name.rpartition(".")[0])
    # Each first event lists the installed packages.
    sentry_sdk.utils._get_installed_modules()
    gc.freeze()


async def _number(number: int) -> int:
    return number


def main() -> None:
    """Serve until stdin ends."""
    import_libraries()
    print(time.process_time(), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if "wait" in command:
            print(json.dumps(_wait(command["wait"], command["seconds"])), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _child(**command)
        _lead_a_group(pid)
        print(pid, flush=True)


def _lead_a_group(pid: int) -> None:
    """Give the child a group of its own, so that what it starts ends with it. Parent and child do it: one is late."""
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)


def _wait(pid: int, seconds: float) -> tuple[int, float] | None:
    """The exit status of a child and its CPU time, or nothing if it still runs after these seconds."""
    deadline = time.monotonic() + seconds
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.005)


def _child(arguments: list[str], env: dict[str, str], cwd: str, out: str, err: str) -> NoReturn:
    status = 1
    try:
        _lead_a_group(0)
        for stream, file in enumerate((os.devnull, out, err)):
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            os.dup2(descriptor, stream)
            os.close(descriptor)
        # Without what it has read ahead.
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        sys.path[:0] = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
        _run(arguments)
        status = 0
    except SystemExit as end:
        status = _status(end.code)
    except KeyboardInterrupt:
        traceback.print_exc()
        status = -signal.SIGINT
    except BaseException:
        sys.excepthook(*sys.exc_info())
    # The end of an interpreter but for taking a thousand modules apart.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status)


def _run(arguments: list[str]) -> None:
    """Run what follows `python` on a command line: `-W error` or nothing, `-m` and a module or a file, and the rest."""
    if arguments[0] == "-W":
        warnings.simplefilter(arguments[1])  # type: ignore[arg-type]
        arguments = arguments[2:]
    if arguments[0] == "-m":
        sys.argv[:] = arguments[1:]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = arguments
        sys.path.insert(0, os.path.dirname(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


def _status(code: Any) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    # Its own folder would be among those that the programs import from.
    del sys.path[0]
    main()
