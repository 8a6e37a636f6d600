# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Release and environment names that Sentry accepts.

Sentry drops a release or an environment that it refuses, and keeps the event. The rules are those of its ingestion
(sentry-relay 0.10.1; https://docs.sentry.io/product/releases/naming-releases/), applied here at start-up.
"""

from __future__ import annotations

import re

_PLACEHOLDERS = frozenset(
    [
        *("-", "?", "n/a", "na", "nil", "none", "null", "tbd", "todo", "undefined", "unknown", "unset"),
        *("change-me", "changeme", "dirty", "head", "latest", "placeholder"),
    ]
)
_UNEXPANDED = re.compile(r"[$%]\{?\w+\}?%?|\{\{.*\}\}|<[^>]*>")


def is_placeholder(release: str) -> bool:
    """Whether a release says only that nobody filled it in: `unknown`, `api@unknown`, `${GIT_COMMIT}`."""
    version = release.rpartition("@")[2].partition("+")[0]
    version = version.strip().casefold()
    return not version or version in _PLACEHOLDERS or _UNEXPANDED.search(release) is not None


def check_release(release: str) -> None:
    """Raises ValueError with the reason when Sentry would refuse the name."""
    if len(release) > 200:
        raise ValueError("is longer than 200 characters")
    if release in (".", ".."):
        raise ValueError("is only dots")
    if any(character in "/\\" or not character.isprintable() for character in release):
        raise ValueError("holds a slash, a backslash or a control character")
    if release != release.strip():
        raise ValueError("begins or ends with a space")


def check_environment(environment: str) -> None:
    """Raises ValueError with the reason when Sentry would refuse the name."""
    if len(environment) > 64:
        raise ValueError("is longer than 64 characters")
    if environment in (".", "..") or environment.casefold() == "none":
        raise ValueError("is a name that Sentry keeps for itself")
    if any(character in "/\\" or not character.isprintable() for character in environment):
        raise ValueError("holds a slash, a backslash or a control character")
    if environment != environment.strip():
        raise ValueError("begins or ends with a space")
