# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Refuse secrets where they don't belong: `uv run tools/check_secrets.py` (a pre-commit hook, a step of CI).

Looks at what git tracks or would add, at each release.env, and at what `docker build` is given. It knows the shapes
in `secret_shapes.py` and no others: a safety net below care, not instead of it.
"""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from secret_shapes import ASSIGNMENT, SECRET_NAME, secret_variable, secrets_in

ROOT: Final = Path(__file__).resolve().parents[1]
MAXIMUM_BYTES: Final = 2_000_000
"""Larger files are data, not text that somebody wrote."""

REAL_ENV_FILES: Final = ("*.env", ".env", ".env.*")
NOT_WRITTEN: Final = {".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
NOT_REAL: Final = ("*.example",)


def main() -> int:
    findings = sorted({*_release_files(), *_tracked_files(), *_docker_context()})
    for finding in findings:
        print(f"check_secrets: {finding}", file=sys.stderr)
    return 1 if findings else 0


def _release_files() -> Iterator[str]:
    """A release.env on this disk that holds a secret, ignored by git though it is."""
    for path in sorted([*ROOT.glob("env/release.env"), *ROOT.glob("deploy/**/release.env")]):
        for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
            if name := secret_variable(line):
                yield f"{_shown(path)}:{number} sets {name}, a secret; move it to secrets.env."


def _tracked_files() -> Iterator[str]:
    for path in _git_files():
        if _is_real_env_file(path):
            yield f"{_shown(path)} must not be in git; take it out with `git rm --cached {_shown(path)}`."
        yield from _secrets_of(path)


def _git_files() -> list[Path]:
    """What is committed or would be by `git add --all`; outside a repository everything that is not made by a tool."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    with suppress(OSError, subprocess.CalledProcessError):
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
        named = (ROOT / name for name in listed.split("\0") if name)
        return [path for path in named if path.is_file() and not path.is_symlink()]
    paths = (path for path in ROOT.rglob("*") if not NOT_WRITTEN & {*path.relative_to(ROOT).parts})
    return [path for path in paths if path.is_file() and not _is_real_env_file(path)]


def _secrets_of(path: Path) -> Iterator[str]:
    if path.stat().st_size > MAXIMUM_BYTES:
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    if "\0" in text:
        return
    for number, line in enumerate(text.splitlines(), 1):
        for kind in secrets_in(line, example=_shown(path).startswith("tests/")):
            yield f"{_shown(path)}:{number} holds {kind}; take it out, and revoke it if it was ever pushed."
        if path.name.endswith(".env.example"):
            found = ASSIGNMENT.fullmatch(line)
            if found and found["value"] and SECRET_NAME.fullmatch(found["name"]):
                yield f"{_shown(path)}:{number} gives {found['name']} a value; an example leaves it empty."


def _docker_context() -> Iterator[str]:
    """Env files that `docker build` would copy. A .dockerignore that lets one through is the fault, file or no file."""
    rules = ROOT / ".dockerignore"
    if not (ROOT / "Dockerfile").is_file():
        return
    patterns = rules.read_text(encoding="utf-8").splitlines() if rules.is_file() else []
    folders = (ROOT.glob("*"), *(ROOT.glob(f"{folder}/**/*") for folder in ("deploy", "env", "src")))
    present = [_shown(path) for folder in folders for path in folder if path.is_file() and _is_real_env_file(path)]
    for name in sorted({"env/secrets.env", "env/release.env", ".env", *present}):
        if not is_ignored(name, patterns):
            yield f".dockerignore lets {name} into the image; add a line for it."


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Whether Docker leaves a file out: the last pattern wins that matches it or a folder above it."""
    parts = name.split("/")
    paths = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    ignored = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        wanted = not pattern.startswith("!")
        if any(_matches(path, pattern.lstrip("!").strip("/")) for path in paths):
            ignored = wanted
    return ignored


def _matches(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        pattern, path = pattern[3:], path.rpartition("/")[2]
    return path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern)


def _is_real_env_file(path: Path) -> bool:
    matches = any(fnmatch.fnmatchcase(path.name, pattern) for pattern in REAL_ENV_FILES)
    return matches and not any(fnmatch.fnmatchcase(path.name, pattern) for pattern in NOT_REAL)


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main())
