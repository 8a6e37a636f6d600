"""End the process with one line where it can't do its work. The package begins with this module."""

from __future__ import annotations

import multiprocessing
import sys
from importlib import metadata
from typing import Final, NoReturn

from . import answers

# The exit status of sysexits.h for a configuration fault: supervisors are told not to restart on
# it.
EX_CONFIG: Final = 78

# The oldest versions that the layer runs on. A worker may have no Starlette.
PYTHON: Final = (3, 11)
PACKAGES: Final = {"python-dotenv": (1, 0), "sentry-sdk": (2, 75), "starlette": (0, 21)}


def fail(message: str) -> NoReturn:
    """Print one line on stderr and end the process for good, with status 78."""
    print(f"{answers.SERVICE}: {' '.join(message.split())}", file=sys.stderr)
    # uvicorn and Gunicorn replace a worker that ends, again and again, unless it ends with status
    # 3.
    sys.exit(
        3 if multiprocessing.parent_process() or "gunicorn.arbiter" in sys.modules else EX_CONFIG
    )


def demand_versions() -> None:
    """End the process if something is missing or too old, before an import fails."""
    if sys.version_info < PYTHON:
        fail(
            f"The Sentry layer needs Python {_text(PYTHON)} or later. "
            f"This is {sys.version.split()[0]}."
        )
    for name, oldest in PACKAGES.items():
        needs = f"The Sentry layer needs {name} {_text(oldest)} or later."
        found = next((one.version for one in metadata.distributions(name=name)), None)
        if found is None and name != "starlette":
            fail(f"{needs} Install it.")
        if (
            found is not None
            and tuple(int(part) for part in found.split(".")[:2] if part.isdigit()) < oldest
        ):
            fail(f"{needs} {found} is installed. Upgrade it.")


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
