# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Where Sentry is and who asks: environment variables over the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import answers
from .faults import AlertsError

_HOST = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::(?P<port>[0-9]{1,5}))?/?")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")

HOW_TO_GET_ONE = (
    "create one for an internal integration (Settings > Developer Settings) or for yourself (User settings > Personal"
    " Tokens) with the scopes alerts:read, alerts:write, org:read and project:read"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The project whose rules are looked after."""

    host: str
    organization: str
    project: str
    token: str = field(repr=False)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read SENTRY_AUTH_TOKEN, and SENTRY_URL, SENTRY_ORG and SENTRY_PROJECT (the names that sentry-cli reads, too).

    Raises:
        AlertsError: one of them cannot be used. Its text never holds the token.
    """
    host = _variable(environ, "SENTRY_URL", answers.SENTRY_HOST)
    match = _HOST.fullmatch(host)
    if match is None or int(match["port"] or 0) > 65535:
        raise AlertsError("SENTRY_URL is no address of a host; write it as https://de.sentry.io, without a path.")
    organization = _variable(environ, "SENTRY_ORG", answers.SENTRY_ORG)
    project = _variable(environ, "SENTRY_PROJECT", answers.SENTRY_PROJECT)
    for name, slug in (("SENTRY_ORG", organization), ("SENTRY_PROJECT", project)):
        if not _SLUG.fullmatch(slug):
            raise AlertsError(f"{name} is no slug; write it as the address of its pages in Sentry does.")
    return Settings(host.rstrip("/"), organization, project, _token(environ))


def _token(environ: Mapping[str, str]) -> str:
    token = environ.get("SENTRY_AUTH_TOKEN", "").strip()
    if not token:
        raise AlertsError(f"SENTRY_AUTH_TOKEN is not set; {HOW_TO_GET_ONE}.")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise AlertsError("SENTRY_AUTH_TOKEN holds a space or a character that no token has; copy it again.")
    if token.startswith("sntrys_"):
        raise AlertsError(
            "SENTRY_AUTH_TOKEN is an organisation token (sntrys_), which Sentry refuses for monitors and alerts;"
            f" {HOW_TO_GET_ONE}."
        )
    return token


def _variable(environ: Mapping[str, str], name: str, otherwise: str) -> str:
    return environ.get(name, "").strip() or otherwise
