"""Refuse secrets where they don't belong: `uv run tools/check_secrets.py` (a pre-commit hook, a step of CI).

Looks for DSNs, Sentry tokens and env files in what git tracks or would add, in each release.env, and in what `docker
build` is given. Keys of other vendors are gitleaks' work.
"""

from __future__ import annotations

import fnmatch
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

ASSIGNMENT: Final = re.compile(r"\ufeff?\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*")
"""A line of an env file, as dotenv, Compose and systemd read it."""
_SECRET_NAME: Final = re.compile(r"SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"\bsntry[su]_[A-Za-z0-9_=+/-]{20,}")
_DSN: Final = re.compile(r"https?://(?P<key>\w+)(?::\w+)?@(?P<host>[\w.-]+)(?::\d+)?/(?:[\w-]+/)*\d+(?!\w)")
_NOBODYS: Final = re.compile(r"localhost|127\.0\.0\.1|receiver|(?:.*\.)?example\.(?:com|org)|.*\.(?:invalid|test)")
"""Hosts that are nobody's Sentry."""


def main() -> int:
    findings = sorted({*_release_files(), *_tracked_files(), *_docker_context()})
    for finding in findings:
        print(f"check_secrets: {finding}", file=sys.stderr)
    return 1 if findings else 0


def secret_in(text: str, *, example: bool = False) -> str | None:
    """Return what secret a text holds, such as "a DSN"; never the secret itself.

    Sentry's keys have 32 digits. A shorter one makes a DSN only beside SENTRY_DSN, and not where examples are expected.
    """
    for found in _DSN.finditer(text):
        named = "SENTRY_DSN" in text[: found.start()] and not example
        if (named or len(found["key"]) >= 16) and not _NOBODYS.fullmatch(found["host"]):
            return "a DSN"
    return "a Sentry token" if _TOKEN.search(text) else None


def secret_variable(line: str) -> str | None:
    """Return the name of the secret that a line of an env file sets.

    An empty value counts too, because the variable is in the wrong file. A DSN or a token counts under any name, also
    in a comment.
    """
    found = ASSIGNMENT.fullmatch(line.strip().lstrip("# "))
    if found is None:
        return secret_in(line)
    named = _SECRET_NAME.fullmatch(found["name"]) and not line.lstrip().startswith("#")
    return found["name"] if named or _DSN.search(line) or secret_in(line) else None


def _release_files() -> Iterator[str]:
    """Look into every release.env on this disk, although git ignores it."""
    for path in [*ROOT.glob("env/release.env"), *ROOT.glob("deploy/**/release.env")]:
        for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
            if name := secret_variable(line):
                yield f"{_shown(path)}:{number} sets {name}, a secret; move it to secrets.env."


def _tracked_files() -> Iterator[str]:
    """Look into what is committed, or would be by `git add --all`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout  # noqa: S603
    for path in (ROOT / name for name in listed.split("\0") if name):
        if not path.is_file() or path.is_symlink():
            continue
        shown = _shown(path)
        if _is_env_file(path):
            yield f"{shown} must not be in git; take it out with `git rm --cached {shown}`."
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if what := secret_in(line, example=shown.startswith("tests/")):
                yield f"{shown}:{number} holds {what}; take it out, and revoke it if it was ever pushed."
            found = ASSIGNMENT.fullmatch(line) if shown.endswith(".env.example") else None
            if found and found["value"] and _SECRET_NAME.fullmatch(found["name"]):
                yield f"{shown}:{number} gives {found['name']} a value; an example leaves it empty."


def _docker_context() -> Iterator[str]:
    """Look for env files that `docker build` would copy, whether they exist yet or not."""
    if not (ROOT / "Dockerfile").is_file():
        return
    rules = ROOT / ".dockerignore"
    patterns = rules.read_text(encoding="utf-8").splitlines() if rules.is_file() else []
    files = (path for folder in ("deploy", "env", "src") for path in ROOT.glob(f"{folder}/**/*"))
    present = {_shown(path) for path in files if path.is_file() and _is_env_file(path)}
    for name in sorted(present | {"env/secrets.env", "env/release.env", ".env"}):
        if not is_ignored(name, patterns):
            yield f".dockerignore lets {name} into the image; add a line for it."


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Return whether Docker leaves a file out: the last pattern decides that matches it or a folder above it."""
    parts = name.split("/")
    ignored = False
    for pattern in (line.strip() for line in patterns if line.strip() and not line.startswith("#")):
        wanted = pattern.lstrip("!").strip("/")
        depths = range(1, len(parts) + 1) if wanted.startswith("**/") else [wanted.count("/") + 1]
        start = -1 if wanted.startswith("**/") else 0
        if any(fnmatch.fnmatchcase("/".join(parts[:depth][start:]), wanted.removeprefix("**/")) for depth in depths):
            ignored = not pattern.startswith("!")
    return ignored


def _is_env_file(path: Path) -> bool:
    return bool(re.fullmatch(r".*\.env|\.env\..*", path.name)) and not path.name.endswith(".example")


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main())
