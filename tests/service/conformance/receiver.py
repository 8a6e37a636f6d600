"""A receiver of envelopes in this process, which keeps everything and answers as it is told.

Kent keeps the last hundred items and always answers 200. Here a project is a situation on one side, and Sentry's
other responses (429, 413, none) are part of the situations.
"""

from __future__ import annotations

import gzip
import itertools
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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
    """Hands out projects, each of which sees its own envelopes alone."""

    def __init__(self) -> None:
        self._projects: dict[int, Project] = {}
        self._numbers = itertools.count(1)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.take = self.take

    def project(self, *answers: Answer) -> Project:
        number = next(self._numbers)
        dsn = f"http://public@127.0.0.1:{self._server.server_address[1]}/{number}"
        self._projects[number] = Project(dsn, answers=[*answers])
        return self._projects[number]

    def take(self, number: int, envelope: bytes) -> Answer:
        project = self._projects[number]
        items = list(_items(envelope))
        if project.answers:
            project.refused.append(items)
            return project.answers.pop(0)
        project.items += items
        return Answer(200)

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    take: Any
    daemon_threads = True
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        encoding = self.headers.get("content-encoding")
        envelope = gzip.decompress(body) if encoding == "gzip" else body
        answer: Answer = self.server.take(int(self.path.split("/")[2]), envelope)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Nothing: the tests say what arrived."""


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
