"""Write env/release.env at each deploy: `uv run tools/release_env.py --environment production`.

The release is `<service>@<version>+<commit>`: CI, this file, and every event use the same name. The script needs Python
3.11 and nothing else, because a deploy host may reach nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
HEADER: Final = "# Written by tools/release_env.py; lines of your own are kept. No secret belongs here."

ASSIGNMENT: Final = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=.*")
"""A line of an env file, as dotenv, Compose, and systemd read it."""
SECRET_NAME: Final = re.compile(r"SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)", re.IGNORECASE)
SECRET_VALUE: Final = re.compile(r"://[^\s/@]+@|\bsntry[su]_")
"""A URL with credentials, such as a DSN, or a token of Sentry."""


class ReleaseError(Exception):
    """`str()` is one sentence: what is wrong and what to do."""


def main() -> str | None:
    parser = argparse.ArgumentParser(description="Write the release and the environment into env/release.env.")
    parser.add_argument("--environment", metavar="NAME", help="such as production or staging")
    parser.add_argument("--commit", help="the commit that is deployed, if it isn't the one that is checked out")
    parser.add_argument("--file", type=Path, default=ROOT / "env" / "release.env", help="instead of env/release.env")
    parser.add_argument("--allow-dirty", action="store_true", help="accept uncommitted changes, as <commit>.dirty")
    parser.add_argument("--print", action="store_true", help="print the release and write nothing")
    arguments = parser.parse_args()
    if not arguments.print and arguments.environment is None:
        parser.error("--environment is required, for example --environment production")
    try:
        release = release_name(arguments.commit, allow_dirty=arguments.allow_dirty)
        if not arguments.print:
            write(arguments.file, release, arguments.environment)
    except ReleaseError as error:
        return f"release_env: {error}"
    print(release)
    return None


def release_name(commit: str | None, *, allow_dirty: bool) -> str:
    """Return the name of the release that is checked out, or of another commit.

    Args:
        commit: any name that git resolves; outside a repository the full hash. `HEAD` by default.
        allow_dirty: mark uncommitted changes instead of rejecting them.

    Raises:
        ReleaseError: the commit isn't known, or there are uncommitted changes.
    """
    head = _git("rev-parse", "--verify", "--quiet", "HEAD")
    if head is None:
        if commit is None:
            raise ReleaseError("no commit to name the release after; commit first, install git, or pass --commit.")
        if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
            raise ReleaseError("outside a git repository --commit must be the full hash, 40 or 64 digits.")
        return _name(_checked_out(), commit)
    full = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit or 'HEAD'}^{{commit}}")
    if full is None:
        raise ReleaseError("this repository doesn't have the commit; fetch it first (CI: with the whole history).")
    if full != head:
        return _name(_git("show", f"{full}:./pyproject.toml"), full)
    dirty = _git("status", "--porcelain", "--", ".")
    if dirty and not allow_dirty:
        first = dirty.splitlines()[0][3:]
        raise ReleaseError(f"there are uncommitted changes ({first}); commit them, or pass --allow-dirty.")
    return _name(_checked_out(), full) + (".dirty" if dirty else "")


def write(path: Path, release: str, environment: str) -> None:
    """Set both variables in an env file and keep its other lines. Readers see the whole old file or the whole new one.

    Raises:
        ReleaseError: the file holds a secret or can't be written, or Sentry doesn't accept the environment's name.
    """
    # Narrower than Sentry's rule: env files, unit files, and manifests hold the name as well.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", environment) or environment.casefold() == "none":
        raise ReleaseError("--environment must be up to 64 letters, digits, dots, dashes, and _, such as production.")
    try:
        # systemd and Docker take the byte order mark that Windows writes for part of the text.
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path.exists() else []
        kept: list[str] = []
        for number, line in enumerate(lines, 1):
            found = ASSIGNMENT.fullmatch(line)
            name = found["name"] if found else ""
            if SECRET_NAME.fullmatch(name) or SECRET_VALUE.search(line):
                what = f"sets {name}, a secret" if name else "holds a secret"
                raise ReleaseError(f"line {number} of {path.name} {what}; move it to secrets.env.")
            if line != HEADER and name not in ("SENTRY_RELEASE", "SENTRY_ENVIRONMENT"):
                kept.append(line)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = [HEADER, f"SENTRY_RELEASE={release}", f"SENTRY_ENVIRONMENT={environment}", *kept, ""]
        _replace(path.resolve(), "\n".join(written))
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{path} can't be read or written ({error}).") from None


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _name(pyproject: str | None, commit: str) -> str:
    try:
        project = tomllib.loads(pyproject or "").get("project", {})
        # Git's own abbreviation grows with the repository, and a release must not change its name.
        return f"{project['name']}@{project['version']}+{commit[:12]}"
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise ReleaseError("pyproject.toml has no [project] table with a name and a version.") from error


def _checked_out() -> str | None:
    path = ROOT / "pyproject.toml"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _git(*arguments: str) -> str | None:
    """Return git's output, or None if it fails: no git, no repository, no such commit."""
    try:
        result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)  # noqa: S603, S607
    except OSError:
        return None
    return result.stdout.rstrip("\n") if result.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
