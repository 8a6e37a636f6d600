"""Where a secret must not be: in git, in a release.env, in what `docker build` is given."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fastapi_sentry.secrets.docker import is_ignored
from fastapi_sentry.secrets.texts import ALLOWED, MARKS, filled_in, secret_in, secret_variable

_ENV_FILE: Final = re.compile(r".*\.env|\.env\..+")
_EXAMPLE: Final = re.compile(r"(?P<name>.*)\.(?:example|sample|template|dist|tpl)")
_ENCRYPTED: Final = re.compile(r".*\.(?:age|asc|enc|gpg|vault)|.*\.(?:sops|enc)\..*")
_DOCKERFILE: Final = re.compile(r"Dockerfile|Containerfile|Dockerfile\..+|.+\.Dockerfile", re.IGNORECASE)
_MADE_UP: Final = re.compile(r"(?:.*/)?(?:tests?|fixtures|testdata)/.*|(?:.*/)?test_[^/]*\.py")
"""Where examples of secrets are expected."""
_RECORDED_CREDENTIALS: Final = re.compile(r"_src_path:\s*['\"]?(?:git\+)?https?://[^/\s]*:[^/\s]*@")


class RepositoryError(Exception):
    """`str()` is one sentence for people."""


def findings(root: Path) -> list[str]:
    """Look at everything below a folder of a git repository; one sentence for each fault, in order.

    Raises:
        RepositoryError: the folder isn't in a git repository, or git isn't installed.
    """
    tracked = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    ignored = _git(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", "*.env", "*.env.*")
    found = {
        *_in_git(root, tracked),
        *_in_release_files(root, [*tracked, *ignored]),
        *_in_docker_contexts(root, tracked, [*tracked, *ignored]),
    }
    return sorted(found)


def _git(root: Path, *arguments: str) -> list[str]:
    try:
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True)
    except FileNotFoundError:
        raise RepositoryError("git isn't installed.") from None
    if result.returncode:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RepositoryError(f"git can't list the files of {root}: {said[0] if said else 'no reason given'}")
    return [name for name in result.stdout.decode("utf-8", "surrogateescape").split("\0") if name]


def _in_git(root: Path, tracked: list[str]) -> Iterator[str]:
    """Look into what is committed, or would be by `git add --all`."""
    for name in tracked:
        path = root / name
        if path.is_symlink() or not path.is_file():
            continue
        if is_env_file(path.name):
            yield f"{name} must not be in git; remove it with `git rm --cached {name}`."
        for number, line in _lines(path):
            if ALLOWED in line:
                continue
            if what := secret_in(line, example=bool(_MADE_UP.fullmatch(name))):
                yield f"{name}:{number} holds {what}; remove it, and revoke it if it was ever pushed."
            if _RECORDED_CREDENTIALS.match(line):
                yield f"{name}:{number} holds credentials; write the address without them, and revoke them."
        if _is_example(path.name):
            for number, line in enumerate(_text(path.read_bytes()).splitlines(), 1):
                if variable := filled_in(line):
                    yield f"{name}:{number} sets {variable}; leave it empty in an example."


def _in_release_files(root: Path, names: list[str]) -> Iterator[str]:
    """Look into every release.env on this disk, although git ignores it."""
    for name in names:
        path = root / name
        if path.name != "release.env" or not path.is_file():
            continue
        for number, line in enumerate(_text(path.read_bytes()).splitlines(), 1):
            if variable := secret_variable(line):
                yield f"{name}:{number} sets {variable}, a secret; move it to secrets.env."


def _in_docker_contexts(root: Path, tracked: list[str], names: list[str]) -> Iterator[str]:
    """Look for env files that `docker build` would copy, whether they exist yet or not."""
    for name in tracked:
        dockerfile = root / name
        if not _DOCKERFILE.fullmatch(dockerfile.name) or dockerfile.suffix == ".dockerignore":
            continue
        context = dockerfile.parent
        own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
        rules = own if own.is_file() else context / ".dockerignore"
        patterns = _text(rules.read_bytes()).splitlines() if rules.is_file() else []
        folder = f"{context.relative_to(root).as_posix()}/".removeprefix("./")
        below = [one.removeprefix(folder) for one in names if one.startswith(folder)]
        wanted = {one for one in below if is_env_file(Path(one).name)}
        wanted |= {found["name"] for one in below if _is_example(one) and (found := _EXAMPLE.fullmatch(one))}
        wanted |= {".env"} if context == root else set()
        for one in wanted:
            if not is_ignored(one, patterns):
                yield f"{folder}{rules.name} includes {one} in the image; exclude it."


def is_env_file(name: str) -> bool:
    """Return whether a file of this name holds variables in plain text and is no example."""
    other = _EXAMPLE.fullmatch(name) or _ENCRYPTED.fullmatch(name) or name.endswith((".ts", ".js", ".py"))
    return bool(_ENV_FILE.fullmatch(name)) and not other


def _is_example(name: str) -> bool:
    found = _EXAMPLE.fullmatch(name)
    return bool(found and _ENV_FILE.fullmatch(Path(found["name"]).name))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that may hold a secret, with their numbers."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = _text(data).encode()
    if b"\0" in data[:8192] or not any(mark in data for mark in MARKS):
        return
    for number, line in enumerate(data.splitlines(), 1):
        if any(mark in line for mark in MARKS):
            yield number, line.decode("utf-8", "replace")


def _text(data: bytes) -> str:
    """Windows writes a byte order mark, and some of its programs UTF-16."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return data.decode(encoding, "replace")
