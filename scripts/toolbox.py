"""uv for the commands of this repository: the one on PATH, or one in `.cache`. Standard library only, Python 3.8 on."""

from __future__ import annotations

import codecs
import locale
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"

MINIMUM_PYTHON = (3, 11)
MINIMUM_UV = (0, 8)
"""`uv venv --clear` came with 0.8. pyproject.toml says the same to uv itself."""

_PRIVATE = CACHE / "uv"


def find_uv() -> Path:
    """Find a uv that is new enough. The first call on a machine without one installs it into `.cache/uv`.

    Raises:
        SystemExit: there is none and none can be installed; one sentence on stderr says what to do.
    """
    on_path = shutil.which("uv")
    if on_path and _version(on_path) >= MINIMUM_UV:
        return Path(on_path)
    private = programs(_PRIVATE) / ("uv.exe" if os.name == "nt" else "uv")
    if not private.exists():
        progress("Installing uv into .cache/uv")
        _install()
    return private


def uv_hint() -> list[str]:
    """Return a line that says how to use the uv of these scripts, unless there is one on PATH."""
    if shutil.which("uv"):
        return []
    return [f'uv is in {programs(_PRIVATE)}. For the commands of README.md: export PATH="$PATH:{programs(_PRIVATE)}"']


def python_options() -> list[str]:
    """Return what makes uv take the Python that runs this, unless that is too old: then uv finds or downloads one."""
    return ["--python", sys.executable] if sys.version_info >= MINIMUM_PYTHON else []


def programs(environment: Path) -> Path:
    """Return the folder of a virtual environment that holds its programs."""
    return environment / ("Scripts" if os.name == "nt" else "bin")


def print_any_text() -> None:
    """Print characters that the locale `C` lacks as UTF-8, also where Python is told not to do so by itself."""
    if _is_ascii():
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]


def _is_ascii() -> bool:
    return codecs.lookup(locale.getpreferredencoding(False)).name == "ascii"


def surroundings() -> dict[str, str]:
    """Return the variables of this process without those that would lead uv to another environment.

    A proxy isn't used for servers on this machine, and text is UTF-8. Python keeps what it compiles, or each of many
    processes would compile all libraries again.
    """
    unwanted = ("PYTHONDONTWRITEBYTECODE", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV")
    environ = {name: value for name, value in os.environ.items() if name not in unwanted}
    direct = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "", "127.0.0.1", "localhost"]
    environ.update(dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(filter(None, direct))))
    # Python 3.11 reads `.pth` files in the encoding of the locale, also in its UTF-8 mode.
    return {**environ, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"} if _is_ascii() else environ


def commit_of_the_template() -> str | None:
    """Return the commit that is checked out, or nothing without a repository, as in a ZIP.

    Raises:
        SystemExit: git can't read the repository, such as one of another user.
    """
    if not (ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if result.returncode:
        fail(f"git can't read the template's repository. It reports: {result.stderr.strip()}")
    return result.stdout.strip()


def require_git(history: bool = False) -> None:
    """End with one sentence where git is missing, or where this folder came without its history, as in a ZIP.

    Raises:
        SystemExit: one of them is missing.
    """
    if shutil.which("git") is None:
        fail("git isn't installed. Install it, then start again.")
    if history and not (ROOT / ".git").exists():
        fail(f"{ROOT} isn't a git clone (a ZIP?), and the tests need its history. Clone the repository with git.")


def progress(text: str) -> None:
    """Print what is about to start, to stderr and without a buffer."""
    print(f"> {text}", file=sys.stderr, flush=True)


def fail(sentence: str) -> NoReturn:
    """End with one sentence and status 1."""
    print(sentence, file=sys.stderr)
    sys.exit(1)


def last_line(text: str) -> str:
    """Return the last line of a program's output, without its hints."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("hint:")]
    return lines[-1] if lines else "no output"


def _version(uv: str) -> tuple[int, ...]:
    # "uv 0.13.8 (x86_64-unknown-linux-gnu)"
    shown = subprocess.run([uv, "--version"], stdout=subprocess.PIPE, encoding="utf-8", errors="replace").stdout
    found = re.match(r"uv (\d+)\.(\d+)", shown)
    return tuple(map(int, found.groups())) if found else (0,)


def _install() -> None:
    try:
        _run(sys.executable, "-m", "venv", "--clear", str(_PRIVATE))
    except subprocess.CalledProcessError as error:
        shutil.rmtree(_PRIVATE, ignore_errors=True)
        # Debian and Ubuntu ship `venv` without the pip that it installs.
        fix = "Install uv itself, or python3-venv if this Python lacks it, and start again"
        fail(f"Python couldn't create {_PRIVATE}: {last_line(error.stderr or error.stdout)}. {fix}.")
    try:
        _run(str(programs(_PRIVATE) / "python"), "-m", "pip", "install", "--quiet", "uv>=0.13,<1")
    except subprocess.CalledProcessError as error:
        shutil.rmtree(_PRIVATE, ignore_errors=True)
        fail(f"pip couldn't install uv. The last line of its output: {last_line(error.stderr)}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, encoding="utf-8", errors="replace")
