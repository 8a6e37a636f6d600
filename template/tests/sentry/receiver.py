"""A Sentry on this machine that keeps each request byte by byte, so that a search misses nothing."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sentry_sdk.envelope import Envelope, Item


class Receiver(ThreadingHTTPServer):
    """`with Receiver() as receiver:` receives on a free port."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.dsn = f"http://public@127.0.0.1:{self.server_port}/1"
        self.heads: list[bytes] = []
        self.envelopes: list[bytes] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    @property
    def everything(self) -> bytes:
        """Request line, headers and decompressed body of each request."""
        return b"\n".join((*self.heads, *self.envelopes))

    def types(self) -> set[str]:
        return {item.headers["type"] for item in self._items()}

    def items(self, wanted: str) -> list[dict[str, Any]]:
        """Return the payloads of the items of a type, oldest first; those of a container one by one."""
        payloads = [json.loads(item.get_bytes()) for item in self._items() if item.headers["type"] == wanted]
        return [entry for payload in payloads for entry in payload.get("items", [payload])]

    def _items(self) -> list[Item]:
        return [item for body in self.envelopes for item in Envelope.deserialize(body).items]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if encoding := self.headers["content-encoding"]:
            assert encoding == "gzip", f"The receiver cannot read {encoding}."
            body = gzip.decompress(body)
        self.server.heads.append(f"{self.requestline}\n{self.headers}".encode())
        self.server.envelopes.append(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return None
