# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""What a secret looks like, for the tools that keep secrets out of release.env, out of git and out of images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

SECRET_NAME: Final = re.compile(r"SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)", re.IGNORECASE)
"""Variables that hold a secret by their name; matched against the whole name."""

ASSIGNMENT: Final = re.compile(r"\ufeff?\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*")
"""A line of an env file, as dotenv, Compose and systemd read it."""

# Written in two parts, so that this file is no finding of its own.
_SHAPES: Final = {
    "a Sentry token": r"\bsntry" + r"[su]_[A-Za-z0-9_=+/-]{20,}",
    "an AWS key": r"\b(?:AKIA|ASIA)" + r"[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github" + r"_pat_\w{22,})",
    "a GitLab token": r"\bgl" + r"pat-[\w-]{20,}",
    "a Slack token": r"\bxox" + r"[abeoprs]-[\w-]{10,}",
    "a key of an AI provider": r"\bsk" + r"-(?:ant-|proj-)?[\w-]{32,}",
    "a private key": r"-----BEGIN " + r"(?:[A-Z]+ )*PRIVATE KEY-----",
}
_PATTERNS: Final = {kind: re.compile(pattern) for kind, pattern in _SHAPES.items()}
_DSN: Final = re.compile(r"https?://(?P<key>\w+)(?::\w+)?@(?P<host>[\w.-]+)(?::\d+)?/(?:[\w-]+/)*\d+(?!\w)")
_SHORTEST_KEY: Final = 16
"""Sentry's keys have 32 digits; examples and tests get by with `public` or `abcdef`."""
_EXAMPLES: Final = re.compile(r"localhost|127\.0\.0\.1|receiver|(?:.*\.)?example\.(?:com|org)|.*\.(?:invalid|test)")
"""Hosts that are nobody's Sentry."""


def secrets_in(text: str, *, example: bool = False) -> Iterator[str]:
    """What kinds of secret a text holds, such as "a DSN"; never the secret itself.

    Where an example is to be expected, only a key of Sentry's length makes a DSN, elsewhere SENTRY_DSN does too.
    """
    for found in _DSN.finditer(text):
        named = not example and "SENTRY_DSN" in text[: found.start()]
        if (named or len(found["key"]) >= _SHORTEST_KEY) and not _EXAMPLES.fullmatch(found["host"]):
            yield "a DSN"
            break
    for kind, pattern in _PATTERNS.items():
        if pattern.search(text):
            yield kind


def secret_variable(line: str) -> str | None:
    """The name of the secret that a line of an env file sets.

    Setting it to nothing counts too, for the variable is in the wrong file. The value tells as well: a DSN or a
    token is one under any name, also in a comment.
    """
    found = ASSIGNMENT.fullmatch(line.strip().lstrip("# "))
    if found is None:
        return next(secrets_in(line), None)
    if _DSN.search(line) or next(secrets_in(line), None):
        return found["name"]
    return found["name"] if SECRET_NAME.fullmatch(found["name"]) and not line.lstrip().startswith("#") else None
