"""Bring the Sentry layer into an existing service: `python3 scripts/demo.py --layer [FOLDER]`.

The service is tests/adopt/samples/single, with a `sentry_sdk.init()` as tutorials have it. Its error is shown twice:
as it arrives from the service as it was, and from the same service with the layer.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from demo_parts import (
    TEMPLATE,
    TOOL,
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
from toolbox import commit_of_the_template, find_uv, programs, require_git

SAMPLE = TEMPLATE / "tests" / "adopt" / "samples" / "single"
APP = "main:app"
FAILING = "/orders/500?email=ada@example.com"


def demonstrate_layer(folder: Path) -> None:
    """Go through the five steps.

    Raises:
        DemoError: a step failed.
    """
    require_new_folder(folder)
    require_git()
    step(1, f"Creating a service with a typical sentry_sdk.init() in {folder.name}")
    uv = str(find_uv())
    with removed_on_failure(folder):
        make_service(folder, uv)
        step(2, "Triggering an error")
        before = error_of(folder)

        step(3, "Running `fastapi-sentry adopt --apply`, which copies the layer and edits the code")
        adopt = [*TOOL, "--from", str(TEMPLATE), "fastapi-sentry", "adopt", str(folder)]
        options = ["--defaults", "--apply", "--template", str(TEMPLATE), "--ref", commit_of_the_template() or "HEAD"]
        run([uv, *adopt, *options], "fastapi-sentry adopt failed")

        step(4, "Installing what the layer needs")
        install(uv, folder)

        step(5, "Triggering the error again")
        after = error_of(folder)
    print("\nEvent received:")
    for title, event in (("usual init", before), ("this layer", after)):
        exception = event["exception"]["values"][-1]
        print(f"    {title}   {exception['type']}: {exception['value']}")
        print(f"                 query string: {event['request'].get('query_string')}")
    print(f"\nThe service is in {folder}: `git diff` there shows its few changed lines.", flush=True)


def make_service(folder: Path, uv: str) -> None:
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    git = ["git", "-C", str(folder), "-c", "user.name=Demo", "-c", "user.email=demo@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "As it was"]):
        run([*git, *command], "git couldn't create a repository")
    run([uv, "venv", "--quiet", "--python", ">=3.11", str(folder / ".venv")], "uv couldn't create an environment")
    install(uv, folder)


def install(uv: str, folder: Path) -> None:
    command = [uv, "pip", "install", "--quiet", "--python", python_of(folder), "-r", str(folder / "requirements.txt")]
    run([*command, "kent"], "uv couldn't install the dependencies")


def python_of(folder: Path) -> str:
    return str(programs(folder / ".venv") / "python")


def error_of(folder: Path) -> dict[str, Any]:
    """Return what arrives at a receiver of its own when the service fails."""
    receiver, service = port_near(8010), port_near(8000)
    uvicorn = [python_of(folder), "-m", "uvicorn", APP, "--port", str(service)]
    variables = {"SENTRY_DSN": f"http://public@127.0.0.1:{receiver}/1", "SENTRY_ENVIRONMENT": "demo"}
    with ExitStack() as stack:
        stack.enter_context(receiving(receiver, folder))
        stack.enter_context(running(uvicorn, service, folder, variables))
        status_of(f"http://127.0.0.1:{service}{FAILING}")
        return arrived_event(f"http://127.0.0.1:{receiver}")
