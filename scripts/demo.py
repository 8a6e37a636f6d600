"""Scaffold a service with the default answers and show a real error arriving: `python3 scripts/demo.py [FOLDER]`.

Everything is real and on this machine: Copier, uv, uvicorn, a socket, and Kent, a receiver of Sentry envelopes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO
from urllib.error import HTTPError
from urllib.request import urlopen

from toolbox import demand_git, find_uv, last_line, programs, surroundings

TEMPLATE = Path(__file__).resolve().parents[1]
PACKAGE = "example_service"
RELEASE = "example-service@0.1.0+demo"
ENVIRONMENT = "demo"
PATIENCE = 60.0
"""Seconds until something that should happen is given up."""


class DemoError(Exception):
    """`str()` says what went wrong and what to do."""


def main() -> int:
    arguments = parse_arguments()
    try:
        with ExitStack() as stack:
            demonstrate(arguments.folder.resolve(), stack)
            if sys.stdin.isatty() and not arguments.exit:
                print("\nService and receiver are running. Ctrl+C ends them.", flush=True)
                with suppress(KeyboardInterrupt):
                    while True:
                        time.sleep(3600)
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Scaffold a service and show a real error arriving in a receiver.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("example-service"), help="where (%(default)s)")
    parser.add_argument("--exit", action="store_true", help="end when the error has arrived, also on a terminal")
    return parser.parse_args()


def demonstrate(folder: Path, stack: ExitStack) -> None:
    """Go through the five steps; what is started keeps running until the stack is closed.

    Raises:
        DemoError: a step failed.
    """
    refuse_to_overwrite(folder)
    demand_git()
    step(1, "Looking for uv")
    uv = str(find_uv())
    try:
        scaffold(folder, uv)
    except (DemoError, KeyboardInterrupt):
        # Nothing was there before.
        shutil.rmtree(folder, ignore_errors=True)
        raise

    environment = programs(folder / ".venv")
    receiver_port, service_port = port_near(8010), port_near(8000)
    step(4, f"Starting a receiver on port {receiver_port} and the service on port {service_port}")
    kent = [str(environment / "kent-server"), "run", "--host", "127.0.0.1", "--port", str(receiver_port)]
    stack.enter_context(running(kent, receiver_port, folder, {}))
    variables = {
        "SENTRY_DSN": f"http://public@127.0.0.1:{receiver_port}/1",
        "SENTRY_RELEASE": RELEASE,
        "SENTRY_ENVIRONMENT": ENVIRONMENT,
    }
    service = [str(environment / "python"), "-m", PACKAGE, "--port", str(service_port)]
    stack.enter_context(running(service, service_port, folder, variables))

    step(5, f"Calling http://127.0.0.1:{service_port}/sentry-debug, which fails on purpose")
    status = status_of(f"http://127.0.0.1:{service_port}/sentry-debug")
    event = arrived_event(f"http://127.0.0.1:{receiver_port}")
    report(event, status, folder, receiver_port)


def scaffold(folder: Path, uv: str) -> None:
    step(2, f"Scaffolding {folder.name} with the default answers")
    copier = [uv, "tool", "run", "--quiet", "copier@9.19.1", "copy", "--quiet", "--defaults", "--vcs-ref", "HEAD"]
    # Of any folder: the package below has this name.
    run([*copier, "--data", "project_name=Example Service", str(TEMPLATE), str(folder)], "Copier could not be run")

    step(3, "Installing its dependencies")
    run([uv, "sync", "--quiet", "--project", str(folder)], "The dependencies could not be installed")


def refuse_to_overwrite(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DemoError(f"{folder} is there already and nothing is overwritten: name another folder.")
    parent = next(parent for parent in folder.parents if parent.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise DemoError(f"{parent} cannot be written to: name another folder.")


def step(number: int, text: str) -> None:
    print(f"[{number}/5] {text} …", flush=True)


def run(command: list[str], failure: str) -> None:
    result = subprocess.run(
        command, env=surroundings(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    if result.returncode:
        raise DemoError(f"{failure} (is there a network?), the last thing said was: {last_line(result.stderr)}")


def port_near(wanted: int) -> int:
    """This port if it is free, else any."""
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
                raise DemoError(f"{Path(command[0]).name} ended at once:\n{log.read_text()}")
            yield
        finally:
            process.terminate()
            process.wait()


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
        with urlopen(url, timeout=PATIENCE) as response:
            status: int = response.status
            return status
    except HTTPError as error:
        return error.code


def arrived_event(receiver: str) -> dict[str, Any]:
    """The first error event that the receiver has, read back through its API."""

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
    with urlopen(url, timeout=PATIENCE) as response:
        return json.load(response)


def report(event: dict[str, Any], status: int, folder: Path, receiver_port: int) -> None:
    exception = event["exception"]["values"][-1]
    frame = exception["stacktrace"]["frames"][-1]
    saved = folder / ".demo" / "event.json"
    saved.write_text(json.dumps(event, indent=2, sort_keys=True) + "\n")
    facts = {
        "client saw": f"status {status}",
        "error": f"{exception['type']}: {exception['value']}",
        "route": event["transaction"],
        "where": f"{frame['filename']}:{frame['lineno']}   {frame['context_line'].strip()}",
        "release": event["release"],
        "environment": event["environment"],
    }
    print("\nArrived:")
    for name, fact in facts.items():
        print(f"    {name:<12} {fact}")
    print(f"\nThe receiver shows it at http://127.0.0.1:{receiver_port}, and the whole event is in {saved}.")
    print(f"The service is in {folder}: its README.md says how to go on.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
