"""The HTTP server of all tests: on a free port, in a thread, with answers from a function."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    """Their names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers, by their names in lower case. A `content-length` takes the place of the right one."""
    is_last: bool = False
    """Whether the connection is closed after it."""


@contextmanager
def answering(
    answer: Callable[[Request], Response | None], *, host: str = "127.0.0.1", certificate: Path | None = None
) -> Iterator[int]:
    """A server that answers each request as the function says; the value is its port.

    Args:
        answer: None closes the connection without an answer.
        host: the address that it listens on.
        certificate: a PEM file with a certificate and its key, for HTTPS.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length") or 0))
            response = answer(Request(self.command, self.path, headers, body))
            self.close_connection |= response is None or response.is_last
            # A client may disconnect at any time.
            with suppress(ConnectionError):
                if response is not None:
                    self._send(response)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815

        def _send(self, response: Response) -> None:
            usual = {"content-type": response.content_type, "content-length": str(len(response.body))}
            self.send_response(response.status)
            for name, value in {**usual, **response.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests say what arrived."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """Nothing: what is wrong with a client is what the tests look at."""

    server = Server((host, 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
