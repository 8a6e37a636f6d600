"""Which files `docker build` is given: https://docs.docker.com/build/concepts/context/#dockerignore-files."""

from __future__ import annotations

import posixpath
import re


def is_ignored(name: str, lines: list[str]) -> bool:
    """Return whether Docker leaves a file out: the last pattern decides that matches it or a folder above it.

    Args:
        name: relative to the folder that is built, with forward slashes.
        lines: those of the .dockerignore.
    """
    parts = name.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    ignored = False
    for line in lines:
        pattern = line.strip().removeprefix("\ufeff")
        if not pattern or line.startswith("#"):
            continue
        taken = pattern.startswith("!")
        rule = _compiled(pattern.removeprefix("!").strip())
        if any(rule.fullmatch(path) for path in above):
            ignored = not taken
    return ignored


def _compiled(pattern: str) -> re.Pattern[str]:
    cleaned = posixpath.normpath(pattern).lstrip("/")
    regex = ""
    # `**/` is any number of folders, `*` and `?` stay within one, a backslash takes the next character as it is.
    for token in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|\\.|.", cleaned, re.DOTALL):
        match token:
            case "**/":
                regex += "(?:.*/)?"
            case "**":
                regex += ".*"
            case "*":
                regex += "[^/]*"
            case "?":
                regex += "[^/]"
            case _ if token.startswith("[") and len(token) > 1:
                regex += token
            case _:
                regex += re.escape(token.removeprefix("\\") or token)
    try:
        return re.compile(regex, re.DOTALL)
    except re.error:
        # Docker stops at such a pattern; here it matches nothing.
        return re.compile(r"(?!)")
