# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""A Sentry that keeps every request as it came in, byte by byte: what Kent does not show cannot hide here."""

from __future__ import annotations

import gzip
import io
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Wire:
    """What has arrived so far."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[bytes] = []
        """Request line, headers and decompressed body of each."""
        self._bodies: list[bytes] = []

    @property
    def dsn(self) -> str:
        return f"http://public@127.0.0.1:{self.port}/1"

    @property
    def everything(self) -> bytes:
        return b"\n".join(self.requests)

    def keep(self, head: bytes, body: bytes) -> None:
        self.requests.append(head + body)
        self._bodies.append(body)

    def items(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The payloads of the items of this kind, or of all; those in containers one by one."""
        found: list[dict[str, Any]] = []
        for item, payload in self._items():
            if kind in (None, item):
                found += payload["items"] if payload.keys() == {"version", "items"} else [payload]
        return found

    def kinds(self) -> set[str]:
        return {item for item, _ in self._items()}

    def _items(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for body in self._bodies:
            stream = io.BytesIO(body)
            stream.readline()
            while line := stream.readline().strip():
                header = json.loads(line)
                payload = stream.read(header["length"])
                stream.readline()
                if header["content_type"].endswith("json"):
                    yield header["type"], json.loads(payload)


@contextmanager
def receiving() -> Iterator[Wire]:
    """Receive on a free port of this machine."""
    wire = Wire()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            encoding = self.headers.get("content-encoding")
            if encoding == "gzip":
                body = gzip.decompress(body)
            elif encoding == "deflate":
                body = zlib.decompress(body)
            elif encoding:
                raise AssertionError(f"Nobody here can read {encoding}.")
            wire.keep(f"{self.requestline}\n{self.headers}".encode(), body)
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_GET(self) -> None:
            """What the service calls: it answers, and keeps nothing."""
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wire.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
