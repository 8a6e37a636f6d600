"""Scaffold a service with the default answers and show a real error arriving: `python3 scripts/demo.py [FOLDER]`.

With `--layer` the service exists, and gets the Sentry layer alone: demo_layer.py. Everything is real and on this
machine: Copier, uv, uvicorn, a socket, and Kent, a receiver of Sentry envelopes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from demo_layer import demonstrate_layer
from demo_parts import (
    COPIER,
    TEMPLATE,
    DemoError,
    arrived_event,
    port_near,
    receiving,
    removed_on_failure,
    require_new_folder,
    run,
    running,
    status_of,
    step,
)
from toolbox import commit_of_the_template, find_uv, print_any_text, programs, require_git, uv_hint

PACKAGE = "example_service"
RELEASE = "example-service@0.1.0+demo"
ENVIRONMENT = "demo"


def main() -> int:
    print_any_text()
    arguments = parse_arguments()
    try:
        with ExitStack() as stack:
            if arguments.layer:
                demonstrate_layer((arguments.folder or Path("existing-service")).resolve())
                return 0
            receiver = demonstrate((arguments.folder or Path("example-service")).resolve(), stack)
            if sys.stdin.isatty() and not arguments.exit:
                print(f"\nThe service and the receiver are running: {receiver}. Press Ctrl+C to stop them.", flush=True)
                with suppress(KeyboardInterrupt):
                    while True:
                        time.sleep(3600)
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # No one reads the output any more, as with `| head`. Python would report it again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Scaffold a service and show a real error arriving in a receiver.")
    parser.add_argument("folder", nargs="?", type=Path, help="where (example-service, or existing-service)")
    parser.add_argument("--layer", action="store_true", help="bring the Sentry layer into a service that exists")
    parser.add_argument("--exit", action="store_true", help="end when the error has arrived, also on a terminal")
    return parser.parse_args()


def demonstrate(folder: Path, stack: ExitStack) -> str:
    """Go through the five steps, and return the receiver's address. What is started runs until the stack is closed.

    Raises:
        DemoError: a step failed.
    """
    require_new_folder(folder)
    require_git()
    step(1, "Looking for uv")
    uv = str(find_uv())
    with removed_on_failure(folder):
        scaffold(folder, uv)
    # An error refers to the logs.
    with removed_on_failure(folder, KeyboardInterrupt):
        return show_an_error(folder, stack)


def show_an_error(folder: Path, stack: ExitStack) -> str:
    receiver_port, service_port = port_near(8010), port_near(8000)
    step(4, f"Starting a receiver on port {receiver_port} and the service on port {service_port}")
    stack.enter_context(receiving(receiver_port, folder))
    variables = {
        "SENTRY_DSN": f"http://public@127.0.0.1:{receiver_port}/1",
        "SENTRY_RELEASE": RELEASE,
        "SENTRY_ENVIRONMENT": ENVIRONMENT,
    }
    service = [str(programs(folder / ".venv") / "python"), "-m", PACKAGE, "--port", str(service_port)]
    stack.enter_context(running(service, service_port, folder, variables))

    step(5, f"Calling http://127.0.0.1:{service_port}/sentry-debug, which fails on purpose")
    status = status_of(f"http://127.0.0.1:{service_port}/sentry-debug")
    receiver = f"http://127.0.0.1:{receiver_port}"
    report(arrived_event(receiver), status, folder)
    return receiver


def scaffold(folder: Path, uv: str) -> None:
    step(2, f"Scaffolding {folder.name} with the default answers")
    # Of any folder: the package below has this name.
    answers = ["--data", "project_name=Example Service"]
    # Not `HEAD`: for that, Copier adds uncommitted files to a commit that exists nowhere else.
    commit = commit_of_the_template()
    version = ["--vcs-ref", commit] if commit else []
    run([uv, *COPIER, *version, *answers, str(TEMPLATE), str(folder)], "Copier failed")

    step(3, "Installing its dependencies")
    run([uv, "sync", "--quiet", "--project", str(folder)], "uv couldn't install the dependencies")


def report(event: dict[str, Any], status: int, folder: Path) -> None:
    exception = event["exception"]["values"][-1]
    frame = exception["stacktrace"]["frames"][-1]
    saved = folder / ".demo" / "event.json"
    saved.write_text(json.dumps(event, indent=2, sort_keys=True) + "\n")
    facts = {
        "response": f"status {status}",
        "error": f"{exception['type']}: {exception['value']}",
        "route": event["transaction"],
        "location": f"{frame['filename']}:{frame['lineno']}   {frame['context_line'].strip()}",
        "release": event["release"],
        "environment": event["environment"],
    }
    print("\nEvent received:")
    for name, fact in facts.items():
        print(f"    {name:<12} {fact}")
    print(f"\nThe complete event is in {saved}.")
    print(
        f"The service is in {folder}. To keep one, generate it from the template's git address: README.md shows how.",
        *uv_hint(),
        sep="\n",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
