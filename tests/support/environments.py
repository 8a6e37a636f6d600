"""Virtual environments with what a rendered service depends on, made once and kept in `.cache/environments`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from filelock import FileLock

from .template import ROOT, pyproject_of

SDKS: Final = {"2": "sentry-sdk>=2.75,<3", "3": "sentry-sdk>=3.0.0b2,<4"}
"""The majors of the SDK that a service must run on. A requirement that names a pre-release admits them."""

FOLDER: Final = ROOT / ".cache" / "environments"

_PROBE: Final = (
    "import json, sys, sysconfig; print(json.dumps([sys.version_info[:2], sys.implementation.name, "
    "sys.version_info.releaselevel, bool(sysconfig.get_config_var('Py_GIL_DISABLED')), sys.executable]))"
)


def uv_binary() -> Path:
    """The uv that started these tests, else the one on PATH."""
    binary = os.environ.get("UV") or shutil.which("uv")
    if binary is None:
        raise RuntimeError("uv is not on PATH; start the tests with `python3 scripts/test.py`, which brings it.")
    return Path(binary)


def uv(*arguments: str, cwd: Path = ROOT) -> str:
    """Run uv and return its stdout; a failure shows what uv said."""
    result = subprocess.run([uv_binary(), *arguments], cwd=cwd, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)} failed:\n{result.stderr}")
    return result.stdout


def environment(project: Path, *, name: str, sdk: str, python: Path) -> Path:
    """The Python of an environment with the dependencies of `project`, its dev group and one major of the SDK.

    Built when missing or when the dependencies changed; delete `.cache` to get newer versions of the same.

    Args:
        project: a rendered project; its pyproject.toml is the only list of dependencies.
        name: tells environments of different projects apart.
        sdk: a key of `SDKS`.
        python: the interpreter to build on, one of `pythons()`.
    """
    version = ".".join(map(str, _probe(python)[0]))
    folder = FOLDER / f"{name}-sdk{sdk}-py{version}"
    pyproject = pyproject_of(project)
    parts = [pyproject["project"]["dependencies"], pyproject["dependency-groups"], SDKS[sdk], str(python)]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    marker = folder / "built-for"
    executable = folder.joinpath(*(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / f"{folder.name}.lock"):
        if not marker.exists() or marker.read_text(encoding="ascii") != key:
            print(f"  building {folder.relative_to(ROOT)}", file=sys.stderr, flush=True)
            uv("venv", "--quiet", "--clear", "--no-project", "--python", str(python), str(folder))
            uv(
                *("pip", "install", "--quiet", "--python", str(executable)),
                *("--requirements", "pyproject.toml", "--group", "dev", SDKS[sdk]),
                cwd=project,
            )
            marker.write_text(key, encoding="ascii")
    return executable


@cache
def pythons() -> dict[str, Path]:
    """The released CPythons on this machine that a service may ask for, oldest first: `{"3.11": path, …}`.

    The one of these tests comes first, then those that uv and pyenv have installed, then those on PATH.
    """
    found = {version: next(_released(version), None) for version in _supported()}
    return {version: python for version, python in found.items() if python}


def _released(version: str) -> Iterator[Path]:
    for candidate in _candidates(version):
        numbers, *kind, executable = _probe(candidate)
        if ".".join(map(str, numbers)) == version and kind == ["cpython", "final", False]:
            yield Path(executable)


def _supported() -> list[str]:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    versions: list[str] = questions["python_version"]["choices"]
    return versions


def _candidates(version: str) -> Iterator[Path]:
    """What may be that version. It is asked itself, which takes a while, so the likely ones come first."""
    yield Path(sys.executable)
    program = f"python{version}"
    yield from sorted(_installed_by_uv().glob(f"*/bin/{program}"))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/*/bin/{program}"))
    if on_path := shutil.which(program):
        yield Path(on_path)


@cache
def _installed_by_uv() -> Path:
    return Path(uv("python", "dir").strip())


@cache
def _probe(python: Path) -> tuple[tuple[int, int], str, str, bool, str]:
    """Version, implementation, release level, whether it is free-threaded, and its real path."""
    result = subprocess.run([python, "-Ic", _PROBE], capture_output=True, text=True)
    if result.returncode:
        return (0, 0), "", "", False, str(python)
    version, implementation, level, free_threaded, executable = json.loads(result.stdout)
    return (version[0], version[1]), implementation, level, free_threaded, executable
