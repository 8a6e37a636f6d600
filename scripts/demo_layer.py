"""Bring the Sentry layer into a service that exists: `python3 scripts/demo.py --layer [FOLDER]`.

The service is tests/layer/samples/single, with a `sentry_sdk.init()` as tutorials have it. Its error is shown twice:
as it arrives from the service as it was, and from the same service with the layer.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from demo import TEMPLATE, arrived_event, port_near, refuse_to_overwrite, run, running, status_of
from toolbox import find_uv

SAMPLE = TEMPLATE / "tests" / "layer" / "samples" / "single"
PACKAGE = "shop"
APP = "main:app"
FAILING = "/orders/500?email=ada@example.com"


def demonstrate_layer(folder: Path) -> None:
    """Go through the five steps.

    Raises:
        DemoError: a step failed.
    """
    refuse_to_overwrite(folder)
    step(1, f"Making a service with the usual sentry_sdk.init() in {folder.name}")
    uv = str(find_uv())
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    run(["git", "init", "--quiet", str(folder)], "git could not make a repository")
    run([uv, "venv", "--quiet", str(folder / ".venv")], "uv could not make an environment")
    install(uv, folder)

    step(2, "Letting it fail")
    before = error_of(folder)

    step(3, "Copying the Sentry layer into it")
    copier = [uv, "tool", "run", "--quiet", "copier@9.19.1", "copy", "--quiet", "--defaults", "--vcs-ref", "HEAD"]
    answers = ["-d", "scope=layer", "-d", f"package_path={PACKAGE}", "-d", f"app_import={APP}"]
    run([*copier, *answers, str(TEMPLATE), str(folder)], "Copier could not bring the layer")

    step(4, f"Doing what `python -m {PACKAGE}.sentry doctor` asks for")
    follow(folder)
    install(uv, folder)

    step(5, "Letting it fail again")
    after = error_of(folder)

    print("\nArrived:")
    for title, event in (("usual init", before), ("this layer", after)):
        exception = event["exception"]["values"][-1]
        print(f"    {title}  {exception['type']}: {exception['value']}")
        print(f"                user and request: {event.get('user', {})} {event.get('request', {})}")
    print(f"\nThe service is in {folder}: `git diff` there shows its few changed lines.", flush=True)


def step(number: int, text: str) -> None:
    print(f"[{number}/5] {text} …", flush=True)


def install(uv: str, folder: Path) -> None:
    python = str(programs(folder) / "python")
    command = [uv, "pip", "install", "--quiet", "--python", python, "-r", str(folder / "requirements.txt"), "kent"]
    run(command, "uv could not install the dependencies")


def programs(folder: Path) -> Path:
    return folder / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def error_of(folder: Path) -> dict[str, Any]:
    """What arrives when the service fails, in a receiver of its own."""
    receiver, service = port_near(8010), port_near(8000)
    kent = [str(programs(folder) / "kent-server"), "run", "--host", "127.0.0.1", "--port", str(receiver)]
    uvicorn = [str(programs(folder) / "python"), "-m", "uvicorn", APP, "--port", str(service)]
    variables = {"SENTRY_DSN": f"http://public@127.0.0.1:{receiver}/1", "SENTRY_ENVIRONMENT": "demo"}
    with ExitStack() as stack:
        stack.enter_context(running(kent, receiver, folder, {}))
        stack.enter_context(running(uvicorn, service, folder, variables))
        status_of(f"http://127.0.0.1:{service}{FAILING}")
        return arrived_event(f"http://127.0.0.1:{receiver}")


def follow(folder: Path) -> None:
    """Do the steps as an owner would with an editor, each line where it says."""
    adopt = module_at(folder / PACKAGE / "sentry" / "adopt.py")
    while left := [step for step in adopt.steps(folder, PACKAGE, APP) if step.file and not step.done]:
        print(f"      {left[0].file}:{left[0].line}: {left[0].text}")
        file = folder / left[0].file
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        lines[left[0].line - 1 : left[0].line - 1 + left[0].replaces] = left[0].lines
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def module_at(path: Path) -> Any:
    loader = SourceFileLoader("adopt", str(path))
    spec = spec_from_loader("adopt", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["adopt"] = module
    loader.exec_module(module)
    return module
