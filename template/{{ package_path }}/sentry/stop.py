"""End the process with one line where it can't do its work. The package begins with this module."""

from __future__ import annotations

import multiprocessing
import platform
import re
import sys
from importlib import metadata
from typing import Final, NoReturn

from . import answers

# The exit status of sysexits.h for a configuration fault: supervisors are told not to restart on
# it.
EX_CONFIG: Final = 78

# The oldest versions that the layer runs on. A worker may have no Starlette.
OLDEST: Final = {
    "Python": (3, 11),
    "python-dotenv": (1, 0),
    "sentry-sdk": (2, 75),
    "starlette": (0, 21),
}


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
    for name, oldest in OLDEST.items():
        needs = f"The Sentry layer needs {name} {oldest[0]}.{oldest[1]} or later."
        installed = next((one.version for one in metadata.distributions(name=name)), None)
        found = platform.python_version() if name == "Python" else installed
        if found is None and name != "starlette":
            fail(f"{needs} Install it.")
        if found is not None and tuple(map(int, re.findall(r"\d+", found)[:2])) < oldest:
            fail(f"{needs} {found} is installed. Upgrade it.")
