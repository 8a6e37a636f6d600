"""What both demonstrations are made of: commands, servers that run for a while, and the event that arrived."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from toolbox import last_line, programs, surroundings

TEMPLATE = Path(__file__).resolve().parents[1]
TOOL = ("tool", "run", "--quiet", "--python", ">=3.11")
"""For uv. It would use the first Python on PATH, even if the tool doesn't run on that one."""

COPIER = (*TOOL, "copier@9.19.1", "copy", "--quiet", "--defaults")

DIRECT = build_opener(ProxyHandler({}))
"""Opens URLs on this machine, whatever proxy is set."""

PATIENCE = 60.0
"""Seconds until something that should happen is given up."""


class DemoError(Exception):
    """`str()` says what went wrong and what to do."""


def require_new_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DemoError(f"{folder} already exists and isn't overwritten. Name another folder.")
    parent = next(parent for parent in folder.parents if parent.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise DemoError(f"{parent} isn't writable. Name another folder.")


@contextmanager
def removed_on_failure(folder: Path, *kinds: type[BaseException]) -> Iterator[None]:
    """Leave nothing behind where nothing was before."""
    try:
        yield
    except (DemoError, KeyboardInterrupt) as error:
        if not kinds or isinstance(error, kinds):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def step(number: int, text: str) -> None:
    print(f"[{number}/5] {text} …", flush=True)


def run(command: list[str], failure: str) -> None:
    result = subprocess.run(
        command,
        env=surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    if result.returncode:
        raise DemoError(f"{failure}. The last line of its output: {last_line(result.stderr)}")


def port_near(wanted: int) -> int:
    """Return this port if it is free, or any other."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            free: int = probe.getsockname()[1]
            return free
    raise DemoError("No port is free on 127.0.0.1.")


@contextmanager
def running(command: list[str], port: int, folder: Path, variables: dict[str, str]) -> Iterator[None]:
    """Run a server, and go on when it takes connections. Its output lands in the folder's `.demo/`."""
    environ = {name: value for name, value in surroundings().items() if not name.startswith("SENTRY_")}
    log = folder / ".demo" / f"{port}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        process = start(command, folder, {**environ, **variables}, output)
        try:
            until(lambda: process.poll() is not None or listens(port), f"{command[0]} does not answer, see {log}")
            if process.poll() is not None:
                said = log.read_text(encoding="utf-8", errors="replace")
                raise DemoError(f"{Path(command[0]).name} ended at once:\n{said}")
            yield
        finally:
            process.terminate()
            process.wait()


def receiving(port: int, folder: Path) -> AbstractContextManager[None]:
    """Run the receiver that is installed in the folder's environment."""
    kent = str(programs(folder / ".venv") / "kent-server")
    return running([kent, "run", "--host", "127.0.0.1", "--port", str(port)], port, folder, {})


def start(command: list[str], folder: Path, environ: dict[str, str], output: TextIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def until(happened: Callable[[], Any], failure: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (result := happened()):
        if time.monotonic() > deadline:
            raise DemoError(f"{failure}.")
        time.sleep(0.1)
    return result


def status_of(url: str) -> int:
    try:
        with DIRECT.open(url, timeout=PATIENCE) as response:
            status: int = response.status
            return status
    except HTTPError as error:
        return error.code


def arrived_event(receiver: str) -> dict[str, Any]:
    """Return the first error event that the receiver has, read through its API."""

    def first() -> dict[str, Any] | None:
        for entry in get(f"{receiver}/api/eventlist/")["events"]:
            payload = get(f"{receiver}/api/event/{entry['event_id']}")["payload"]
            if payload["header"]["type"] == "event":
                body: dict[str, Any] = payload["body"]
                return body
        return None

    event: dict[str, Any] = until(first, "No event has arrived")
    return event


def get(url: str) -> Any:
    with DIRECT.open(url, timeout=PATIENCE) as response:
        return json.load(response)
