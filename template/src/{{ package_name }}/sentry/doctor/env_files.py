# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What is wrong with the env files on this disk: for `doctor`, since the service itself reads around most of it.

dotenv forgives a byte order mark, CRLF, quotes and spaces. A shell, systemd, `docker run --env-file` and kustomize,
which read the same files in a deployment, each refuse some of these or take them for a part of the value.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

SECRETS: Final = "secrets.env"
RELEASE: Final = "release.env"

_SECRET_NAME = re.compile(r"SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD)", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with one file. `text` is a sentence with the remedy and without any value."""

    file: str
    text: str
    grave: bool = False
    """Whether it breaks a promise of the set-up, instead of being a trap for later."""


def flaws(root: Path) -> Iterator[Flaw]:
    """Look at the env files of a project: env/ and the overlays of Kubernetes."""
    folders = [root / "env", *sorted(root.glob("deploy/kubernetes/overlays/*"))]
    for folder in folders:
        for name in (SECRETS, RELEASE):
            path = folder / name
            if path.is_file():
                # One that cannot be read is a fault of the configuration, which says so itself.
                with suppress(OSError):
                    yield from _flaws_of(path, path.relative_to(root).as_posix())
    yield from _shared_dsns(root, [folder / SECRETS for folder in folders])


def _flaws_of(path: Path, shown: str) -> Iterator[Flaw]:
    content = path.read_bytes()
    if path.name == SECRETS and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Flaw(shown, f"can be read by others on this machine: `chmod 600 {shown}`.")
    if content.startswith(_BOM):
        yield Flaw(shown, "begins with a byte order mark, which not every reader skips: save it without.")
    if b"\r" in content:
        yield Flaw(
            shown, "has the line endings of Windows, which a shell takes for a part of each value: save it with LF."
        )
    yield from _flaws_of_lines(content.removeprefix(_BOM).decode("utf-8", errors="replace").splitlines(), shown)


def _flaws_of_lines(lines: list[str], shown: str) -> Iterator[Flaw]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        where = f"line {number}"
        if not equals:
            yield Flaw(shown, f"{where} is not NAME=value: mend it or make it a comment with #.")
            continue
        if name.startswith("export "):
            yield Flaw(shown, f"{where} begins with `export`, which systemd and Docker do not know: leave it out.")
            name = name.removeprefix("export ").strip()
        if name != name.strip() or value != value.strip() or line != text:
            yield Flaw(
                shown, f"{where} has spaces around {name.strip()} or its value, which Docker refuses: leave them out."
            )
        if value.strip()[:1] in ("'", '"'):
            yield Flaw(shown, f"{where} has quotes around {name.strip()}, which kustomize keeps: leave them out.")
        if shown.endswith(RELEASE) and _SECRET_NAME.fullmatch(name.strip()):
            yield Flaw(shown, f"{where} sets {name.strip()}, a secret: move it to {SECRETS}.", True)


def _shared_dsns(root: Path, paths: list[Path]) -> Iterator[Flaw]:
    """Each environment has a client key of its own, so that one can be revoked or limited without the others."""
    seen: dict[str, str] = {}
    for path in filter(Path.is_file, paths):
        shown = path.relative_to(root).as_posix()
        with suppress(OSError, UnicodeDecodeError):
            dsn = dotenv_values(path, interpolate=False, encoding="utf-8-sig").get("SENTRY_DSN")
            if dsn and (other := seen.setdefault(dsn, shown)) != shown:
                yield Flaw(shown, f"has the same SENTRY_DSN as {other}: give each environment a client key of its own.")
