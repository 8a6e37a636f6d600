"""The service as a real process, and a real receiver of what it sends."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sentry_sdk.envelope import Envelope

from . import PACKAGE

answers: Any = importlib.import_module(f"{PACKAGE}.sentry.answers")

ROOT = Path(__file__).resolve().parents[2]
PLANTED_APP = "tests/sentry/planted_app.py"
RELEASE = f"{answers.SERVICE}@1.2.3+0123abc"
TRACE = "771a43a4192642f0b136d5159a501700"
# A process that takes longer fails the test.
SECONDS = 60.0

# The process environment wins over env/*.env, and an empty DSN is none.
NO_SENTRY = {"SENTRY_DSN": "", "SENTRY_RELEASE": "", "SENTRY_ENVIRONMENT": "test"}

# The receiver is on this machine, and no proxy reaches it.
NO_PROXY = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")

os.environ.update(NO_SENTRY)


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
        envelopes = map(Envelope.deserialize, self.envelopes)
        return {item.headers["type"] for envelope in envelopes for item in envelope.items}

    def items(self, wanted: str) -> list[dict[str, Any]]:
        """Return the payloads of a type of item, oldest first, those of a container one by one."""
        payloads = [
            json.loads(item.get_bytes())
            for envelope in map(Envelope.deserialize, self.envelopes)
            for item in envelope.items
            if item.headers["type"] == wanted
        ]
        return [entry for payload in payloads for entry in payload.get("items", [payload])]


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


class Run(NamedTuple):
    """What was planted in a process, and what it sent."""

    policy: str
    planted: dict[str, tuple[str, str]]
    sent: Receiver


def environ_with(**variables: str) -> dict[str, str]:
    """Return the environment of a process with the same modules, and only these SENTRY_ variables."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")
    }
    path = os.pathsep.join((str(ROOT), *sys.path))
    return {**inherited, **NO_SENTRY, **NO_PROXY, "PYTHONPATH": path, **variables}


@pytest.fixture(scope="session", params=dict.fromkeys((answers.PII_POLICY, "strict")))
def run(request: pytest.FixtureRequest) -> Run:
    """Run the service under its policy, and under the strictest one."""
    with Receiver() as receiver:
        environ = environ_with(
            SENTRY_DSN=receiver.dsn,
            SENTRY_RELEASE=RELEASE,
            SENTRY_ENVIRONMENT="staging",
            SENTRY_PII_POLICY=request.param,
            SENTRY_USER_ID_KEY=secrets.token_hex(32),
            SENTRY_TRACES_SAMPLE_RATE="1",
            PLANTED_PACKAGE=PACKAGE,
            PLANTED_TRACE=TRACE,
            PLANTED_URL=receiver.url,
        )
        command = [sys.executable, str(ROOT / PLANTED_APP)]
        result = subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=SECONDS
        )
    assert result.returncode == 0, result.stderr
    return Run(request.param, json.loads(result.stdout.splitlines()[-1]), receiver)
