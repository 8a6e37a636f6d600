"""uv for the commands of this repository: the one on PATH, or one of its own in `.cache`. Standard library only."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NoReturn

ROOT: Final = Path(__file__).resolve().parents[1]
CACHE: Final = ROOT / ".cache"

MINIMUM_PYTHON: Final = (3, 11)
MINIMUM_UV: Final = (0, 8)
"""`uv venv --clear` came with 0.8. pyproject.toml says the same to uv itself."""

_PRIVATE: Final = CACHE / "uv"


def find_uv() -> Path:
    """A uv that is new enough. The first call on a machine without one installs it into `.cache/uv`.

    Raises:
        SystemExit: there is none and none can be installed; one sentence on stderr says what to do.
    """
    if sys.version_info < MINIMUM_PYTHON:
        fail(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    on_path = shutil.which("uv")
    if on_path and _version(on_path) >= MINIMUM_UV:
        return Path(on_path)
    private = _PRIVATE / "bin" / "uv"
    if not private.exists():
        progress("Installing uv into .cache/uv")
        _install()
    return private


def progress(text: str) -> None:
    """Say what goes on, before it starts: on stderr and at once."""
    print(f"> {text}", file=sys.stderr, flush=True)


def fail(sentence: str) -> NoReturn:
    """End with one sentence and status 1."""
    print(sentence, file=sys.stderr)
    sys.exit(1)


def _version(uv: str) -> tuple[int, ...]:
    # "uv 0.13.8 (x86_64-unknown-linux-gnu)"
    shown = subprocess.run([uv, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"uv (\d+)\.(\d+)", shown)
    return tuple(map(int, found.groups())) if found else (0,)


def _install() -> None:
    try:
        _run(sys.executable, "-m", "venv", "--clear", str(_PRIVATE))
    except subprocess.CalledProcessError:
        # Debian ships `venv` without the pip that it installs.
        shutil.rmtree(_PRIVATE, ignore_errors=True)
        fail("This Python cannot make virtual environments: install python3-venv (or uv itself), then start again.")
    try:
        _run(str(_PRIVATE / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv>=0.13,<1")
    except subprocess.CalledProcessError as error:
        shutil.rmtree(_PRIVATE, ignore_errors=True)
        fail(f"pip could not install uv, the last thing it said was: {_last_line(error.stderr)}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "nothing"
