"""One virtual environment for each major version of the SDK, with what a deployed service has and nothing more.

Those of the tests hold development tools too, and the usual `sentry_sdk.init()` instruments whatever it can import.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.environments import FOLDER, SDKS, uv

from .errors import BenchmarkError


@dataclass(frozen=True, slots=True)
class Environment:
    sdk: str
    """The version of sentry-sdk in it, `2.75.0`."""
    python: Path


def environment(major: str, service: Path) -> Environment:
    """Install what a generated service declares, beside this major version of the SDK.

    Raises:
        BenchmarkError: uv is missing, or it cannot install.
    """
    folder = FOLDER / f"benchmarks-sdk{major}"
    python = folder / "bin" / "python"
    try:
        if not python.exists():
            uv("venv", "--quiet", "--no-project", "--python", sys.executable, str(folder))
        uv("pip", "install", "--quiet", "--python", str(python), "-r", str(service / "pyproject.toml"), SDKS[major])
    except RuntimeError as error:
        raise BenchmarkError(str(error)) from error
    version = subprocess.run(
        [python, "-c", "import sentry_sdk; print(sentry_sdk.VERSION)"], capture_output=True, text=True, check=True
    )
    return Environment(version.stdout.strip(), python)
