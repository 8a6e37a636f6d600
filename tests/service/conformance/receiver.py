"""A receiver of envelopes in this process, which keeps everything and answers as it is told.

Kent keeps the last hundred items and always answers 200. Here a project is a situation on one side, and Sentry's
other responses (429, 413, none) are part of the situations.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
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
    """Hands out projects, each of which sees its own envelopes alone.

    Args:
        host: the address that it listens on.
        certificate: a PEM file with a certificate and its key, for HTTPS.
    """

    def __init__(self, host: str = "127.0.0.1", certificate: Path | None = None) -> None:
        self._projects: dict[int, Project] = {}
        self._numbers = itertools.count(1)
        self._scheme = "https" if certificate else "http"
        self._host = f"[{host}]" if ":" in host else host
        self._server = (_Server6 if ":" in host else _Server)((host, 0), _Handler)
        if certificate:
            self._server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._server.context.load_cert_chain(certificate)
        self._server.take = self.take

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"{self._host}:{self._server.server_address[1]}"

    def project(self, *answers: Answer, address: str | None = None) -> Project:
        """A new project; another address is one that leads here, with the prefix of a path or as a proxy does."""
        number = next(self._numbers)
        dsn = f"{self._scheme}://public@{address or self.address}/{number}"
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
    context: ssl.SSLContext | None = None
    daemon_threads = True
    request_queue_size = 128

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self.context is not None:
            try:
                connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            except OSError:
                connection.close()
                raise
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that leaves is part of the situations."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        encoding = self.headers.get("content-encoding")
        envelope = gzip.decompress(body) if encoding == "gzip" else body
        number = re.search(r"/api/(\d+)/envelope/", self.path)
        assert number
        answer: Answer = self.server.take(int(number[1]), envelope)
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
