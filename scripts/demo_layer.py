"""Bring the Sentry layer into a service that exists: `python3 scripts/demo.py --layer [FOLDER]`.

The service is tests/adopt/samples/single, with a `sentry_sdk.init()` as tutorials have it. Its error is shown twice:
as it arrives from the service as it was, and from the same service with the layer.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from demo_parts import (
    COPIER,
    TEMPLATE,
    arrived_event,
    port_near,
    receiving,
    refuse_to_overwrite,
    removed_on_failure,
    run,
    running,
    status_of,
    step,
)
from toolbox import demand_git, find_uv, programs

SAMPLE = TEMPLATE / "tests" / "adopt" / "samples" / "single"
PACKAGE = "shop"
APP = "main:app"
FAILING = "/orders/500?email=ada@example.com"


def demonstrate_layer(folder: Path) -> None:
    """Go through the five steps.

    Raises:
        DemoError: a step failed.
    """
    refuse_to_overwrite(folder)
    demand_git()
    step(1, f"Making a service with the usual sentry_sdk.init() in {folder.name}")
    uv = str(find_uv())
    with removed_on_failure(folder):
        make_service(folder, uv)
        step(2, "Letting it fail")
        before = error_of(folder)

        step(3, "Copying the Sentry layer into it")
        answers = ["-d", "scope=layer", "-d", f"package_path={PACKAGE}", "-d", f"app_import={APP}"]
        run([uv, *COPIER, *answers, str(TEMPLATE), str(folder)], "Copier could not bring the layer")

        step(4, f"Doing what `python {PACKAGE}/sentry/adopt.py` asks for")
        run([python_of(folder), __file__, str(folder)], "The steps could not be done")
        install(uv, folder)

        step(5, "Letting it fail again")
        after = error_of(folder)
    print("\nArrived:")
    for title, event in (("usual init", before), ("this layer", after)):
        exception = event["exception"]["values"][-1]
        print(f"    {title}   {exception['type']}: {exception['value']}")
        print(f"                 query string: {event['request'].get('query_string')}")
    print(f"\nThe service is in {folder}: `git diff` there shows its few changed lines.", flush=True)


def make_service(folder: Path, uv: str) -> None:
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    git = ["git", "-C", str(folder), "-c", "user.name=Demo", "-c", "user.email=demo@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "As it was"]):
        run([*git, *command], "git could not make a repository")
    run([uv, "venv", "--quiet", "--python", ">=3.11", str(folder / ".venv")], "uv could not make an environment")
    install(uv, folder)


def install(uv: str, folder: Path) -> None:
    command = [uv, "pip", "install", "--quiet", "--python", python_of(folder), "-r", str(folder / "requirements.txt")]
    run([*command, "kent"], "The dependencies could not be installed")


def python_of(folder: Path) -> str:
    return str(programs(folder / ".venv") / "python")


def error_of(folder: Path) -> dict[str, Any]:
    """What arrives when the service fails, in a receiver of its own."""
    receiver, service = port_near(8010), port_near(8000)
    uvicorn = [python_of(folder), "-m", "uvicorn", APP, "--port", str(service)]
    variables = {"SENTRY_DSN": f"http://public@127.0.0.1:{receiver}/1", "SENTRY_ENVIRONMENT": "demo"}
    with ExitStack() as stack:
        stack.enter_context(receiving(receiver, folder))
        stack.enter_context(running(uvicorn, service, folder, variables))
        status_of(f"http://127.0.0.1:{service}{FAILING}")
        return arrived_event(f"http://127.0.0.1:{receiver}")


def follow(folder: Path) -> None:
    """Do the steps as an owner would with an editor, each line where it says. It needs the Python of the service."""
    sys.path.insert(0, str(folder / PACKAGE / "sentry"))
    steps = import_module("adopt").steps
    while left := [step for step in steps(folder, PACKAGE, APP) if step.file and not step.done]:
        print(f"      {left[0].file}:{left[0].line}: {left[0].text}", flush=True)
        apply(folder, left[0])


def apply(folder: Path, step: Any) -> None:
    """Put the lines of a step where they belong, in place of those that go."""
    file = folder / step.file
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    lines[step.line - 1 : step.line - 1 + step.replaces] = step.lines
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    follow(Path(sys.argv[1]))
