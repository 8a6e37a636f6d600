"""A receiver of envelopes in this process, which keeps everything and answers as it is told.

Kent keeps the last hundred items and always answers 200. Here a project is a situation on one side, and Sentry's
other responses (429, 413, none) are part of the situations.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.web import Request, Response, answering


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an envelope, as it arrived."""

    type: str
    body: dict[str, Any]
    trace: dict[str, Any]
    """The dynamic sampling context of the envelope."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answers to an envelope, instead of 200. The envelope is not kept then."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Project:
    """One DSN of a receiver."""

    dsn: str
    items: list[Item] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """Given to the next envelopes, one each; then all are kept."""
    refused: list[list[Item]] = field(default_factory=list)
    """The items of each envelope that got one of the answers."""


class Receiver:
    """Hands out projects, each of which sees its own envelopes alone.

    Args:
        host: the address that it listens on.
        certificate: a PEM file with a certificate and its key, for HTTPS.
    """

    def __init__(self, host: str = "127.0.0.1", certificate: Path | None = None) -> None:
        self._projects: dict[int, Project] = {}
        self._numbers = itertools.count(1)
        self._host = host
        self._certificate = certificate
        self._port = 0

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    def project(self, *answers: Answer, address: str | None = None) -> Project:
        """A new project; another address is one that leads here, with the prefix of a path or as a proxy does."""
        number = next(self._numbers)
        scheme = "https" if self._certificate else "http"
        dsn = f"{scheme}://public@{address or self.address}/{number}"
        self._projects[number] = Project(dsn, answers=[*answers])
        return self._projects[number]

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        with answering(self._take, host=self._host, certificate=self._certificate) as self._port:
            yield self

    def _take(self, request: Request) -> Response:
        zipped = request.headers.get("content-encoding") == "gzip"
        number = re.search(r"/api/(\d+)/envelope/", request.path)
        assert number
        project = self._projects[int(number[1])]
        items = list(_items(gzip.decompress(request.body) if zipped else request.body))
        if project.answers:
            project.refused.append(items)
            answer = project.answers.pop(0)
            return Response(answer.status, b"{}", headers=dict(answer.headers))
        project.items += items
        return Response(200, b"{}")


def _items(envelope: bytes) -> Iterator[Item]:
    head, _, rest = envelope.partition(b"\n")
    trace = json.loads(head).get("trace") or {}
    counted: dict[str, int] = defaultdict(int)
    while rest:
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        length = header.get("length", len(rest.partition(b"\n")[0]))
        body, rest = rest[:length], rest[length + 1 :]
        counted[header["type"]] += 1
        try:
            yield Item(header["type"], json.loads(body), trace)
        except ValueError:
            yield Item(header["type"], {"bytes": len(body)}, trace)
