# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A DSN is the address that events go to: `https://<public key>@<host>/<project id>`."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

SHAPE = "https://<key>@<host>/<project number>"


@dataclass(frozen=True, slots=True)
class Dsn:
    """A DSN that the SDK accepts. Only `host`, `port` and `project_id` may be shown to anybody."""

    url: str = field(repr=False)
    scheme: str
    host: str
    port: int
    project_id: int

    @property
    def place(self) -> str:
        """Where events go, without the key: for messages and logs."""
        return f"{self.scheme}://{self.host}:{self.port}, project {self.project_id}"


def parse_dsn(text: str) -> Dsn:
    """Check a DSN more strictly than the SDK does, which takes a URL without a key until the first event.

    Raises:
        ValueError: what is wrong, in a clause that never repeats the text, for it may hold a key.
    """
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("holds a space or a line break")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("has a host or port that cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("does not begin with https://")
    if not parts.hostname:
        raise ValueError("names no host")
    if not parts.username:
        raise ValueError("has no key before the host")
    if parts.query or parts.fragment:
        raise ValueError("has a ? or # in it")
    project = parts.path.rpartition("/")[2]
    if not project:
        raise ValueError("has no project number at its end")
    if not (project.isascii() and project.isdigit()):
        raise ValueError("ends in something that is no project number")
    return Dsn(
        url=text,
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or (443 if parts.scheme == "https" else 80),
        project_id=int(project),
    )
