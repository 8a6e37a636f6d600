# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Write env/release.env, as each deploy does: `uv run tools/release_env.py --environment production`.

The release is `<service>@<version>+<commit>`, for CI, for this file and so for every event the same text. Standard
library only: a machine that deploys needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from secret_shapes import ASSIGNMENT, secret_variable

ROOT: Final = Path(__file__).resolve().parents[1]
DEFAULT_FILE: Final = ROOT / "env" / "release.env"

COMMIT_DIGITS: Final = 12
"""Git's own abbreviation grows with the repository, and a release must not change its name."""

HEADER: Final = "# Written by tools/release_env.py; lines of your own are kept. No secret belongs here."


class RefusalError(Exception):
    """`str()` is one sentence: what is wrong and what to do."""


def main() -> int:
    arguments = _parse_arguments()
    try:
        release = release_name(ROOT, commit=arguments.commit, allow_dirty=arguments.allow_dirty)
        if not arguments.print:
            _check_environment(arguments.environment)
            write(arguments.file, {"SENTRY_RELEASE": release, "SENTRY_ENVIRONMENT": arguments.environment})
    except RefusalError as refusal:
        print(f"release_env: {refusal}", file=sys.stderr)
        return 1
    print(release)
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write the release and the environment into env/release.env.")
    parser.add_argument("--environment", metavar="NAME", help="such as production or staging")
    parser.add_argument("--commit", help="what is deployed, when it is not what is checked out")
    parser.add_argument("--file", type=Path, default=DEFAULT_FILE, help="another file than env/release.env")
    parser.add_argument("--allow-dirty", action="store_true", help="take uncommitted changes, as <commit>.dirty")
    parser.add_argument("--print", action="store_true", help="print the release and write nothing")
    arguments = parser.parse_args()
    if not arguments.print and arguments.environment is None:
        parser.error("--environment is missing, for example --environment production")
    return arguments


def release_name(root: Path, *, commit: str | None = None, allow_dirty: bool = False) -> str:
    """The release that a checkout, or one of its commits, is known by.

    Args:
        root: the folder with pyproject.toml.
        commit: any name that git knows; outside a repository all of its digits. What is checked out by default.
        allow_dirty: mark uncommitted changes instead of refusing them.

    Raises:
        RefusalError: the commit cannot be told, or there are uncommitted changes.
    """
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head is None:
        if commit is None:
            raise RefusalError("there is no commit to name the release after; commit first, or pass --commit.")
        if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
            raise RefusalError("outside a git repository --commit needs all digits of the commit, 40 or 64 of them.")
        return _name(_working_tree_project(root), commit)
    full = head if commit is None else _git(root, "rev-parse", "--verify", "--quiet", _argument(commit) + "^{commit}")
    if full is None:
        raise RefusalError("this repository does not know the commit; fetch it first (CI: with the whole history).")
    if full != head:
        return _name(_committed_project(root, full), full)
    dirty = _git(root, "status", "--porcelain", "--", ".")
    if dirty and not allow_dirty:
        first = dirty.splitlines()[0][3:]
        raise RefusalError(f"there are uncommitted changes ({first}); commit them, or pass --allow-dirty.")
    return _name(_working_tree_project(root), full) + (".dirty" if dirty else "")


def _argument(commit: str) -> str:
    if commit.startswith("-"):
        raise RefusalError("--commit takes the name of a commit.")
    return commit


def write(path: Path, variables: dict[str, str]) -> None:
    """Set these variables in an env file and keep its other lines. Readers see the old file or the new one, whole.

    Raises:
        RefusalError: the file holds a secret, or it cannot be written.
    """
    try:
        lines, mode = _existing(path)
    except (OSError, UnicodeDecodeError) as error:
        raise RefusalError(f"{path} cannot be read ({error}).") from None
    for number, line in enumerate(lines, 1):
        if name := secret_variable(line):
            raise RefusalError(f"line {number} of {path.name} sets {name}, a secret; move it to secrets.env.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, "\n".join([*_merged(lines or [HEADER], variables), ""]), mode)
    except OSError as error:
        raise RefusalError(f"{path} cannot be written ({error.strerror}).") from None


def _existing(path: Path) -> tuple[list[str], int]:
    """The lines and the mode of a file. Windows' marks go: systemd and Docker would take them for part of the text."""
    try:
        return path.read_text(encoding="utf-8-sig").splitlines(), path.stat().st_mode & 0o7777
    except FileNotFoundError:
        return [], 0o644


def _merged(lines: list[str], variables: dict[str, str]) -> list[str]:
    """Each variable once: at its first place, or at the end."""
    missing = dict(variables)
    merged = []
    for line in lines:
        found = ASSIGNMENT.fullmatch(line)
        name = found["name"] if found else None
        if name not in variables:
            merged.append(line)
        elif name in missing:
            merged.append(f"{name}={missing.pop(name)}")
    return [*merged, *(f"{name}={value}" for name, value in missing.items())]


def _replace(path: Path, text: str, mode: int) -> None:
    target = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink()
        raise


def _check_environment(name: str) -> None:
    # Narrower than Sentry's rule: the name also stands in env files, unit files and manifests.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name) or name.casefold() == "none":
        raise RefusalError("--environment takes up to 64 letters, digits, dots, dashes and _, such as production.")


def _name(pyproject: str, commit: str) -> str:
    try:
        project = tomllib.loads(pyproject).get("project", {})
    except tomllib.TOMLDecodeError as error:
        raise RefusalError(f"pyproject.toml cannot be read ({error}).") from None
    if "name" not in project or "version" not in project:
        raise RefusalError("pyproject.toml has no [project] table with a name and a version.")
    return f"{project['name']}@{project['version']}+{commit[:COMMIT_DIGITS]}"


def _working_tree_project(root: Path) -> str:
    try:
        return (root / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:
        raise RefusalError(f"{root} has no pyproject.toml to read the version from.") from None


def _committed_project(root: Path, commit: str) -> str:
    text = _git(root, "show", f"{commit}:./pyproject.toml")
    if text is None:
        raise RefusalError("the commit has no pyproject.toml to read the version from.")
    return text


def _git(root: Path, *arguments: str) -> str | None:
    """What git says, or None where it fails: no git, no repository, no such commit."""
    try:
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)  # noqa: S603, S607
    except OSError:
        return None
    return result.stdout.rstrip("\n") if result.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
