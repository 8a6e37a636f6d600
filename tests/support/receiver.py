"""Kent, a real receiver of envelopes, in a process of its own."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an envelope, as it arrived."""

    type: str
    body: dict[str, Any]
    header: dict[str, Any]
    envelope_header: dict[str, Any]


class Receiver:
    """One project at a running Kent: what other tests send to the same Kent is not seen here."""

    def __init__(self, port: int, project: int) -> None:
        self.port = port
        self.project = project
        self._seen: dict[str, Item] = {}

    @property
    def dsn(self) -> str:
        return f"http://public@127.0.0.1:{self.port}/{self.project}"

    def items(self, type: str | None = None) -> list[Item]:  # noqa: A002
        """What has arrived so far, oldest first, of one item type or of all. Kent keeps the last 100 items."""
        listed = self._ask("GET", "/api/eventlist/")["events"]
        own = [entry["event_id"] for entry in listed if entry["project_id"] == self.project]
        items = [self._item(kent_id) for kent_id in own]
        return [item for item in items if type in (None, item.type)]

    def events(self) -> list[dict[str, Any]]:
        """The bodies of the error events."""
        return [item.body for item in self.items("event")]

    def wait_for(self, predicate: Callable[[Item], bool], *, seconds: float = 15.0) -> Item:
        """The first item that the predicate holds for, as soon as it is there.

        Raises:
            AssertionError: none came in time; the text says what came instead.
        """
        deadline = time.monotonic() + seconds
        while True:
            items = self.items()
            for item in items:
                if predicate(item):
                    return item
            if time.monotonic() > deadline:
                raise AssertionError(f"Not among what arrived in {seconds} s: {[item.type for item in items]}")
            time.sleep(0.05)

    def wait_for_event(self, exception: str | None = None) -> dict[str, Any]:
        """The body of the first error event, of the first with this exception type if one is given."""

        def matches(item: Item) -> bool:
            raised = item.body.get("exception", {}).get("values", [])
            return item.type == "event" and (exception is None or any(one["type"] == exception for one in raised))

        return self.wait_for(matches).body

    def flush(self) -> None:
        """Forget everything, that of other projects too."""
        self._ask("POST", "/api/flush/")
        self._seen.clear()

    def _item(self, kent_id: str) -> Item:
        if kent_id not in self._seen:
            payload = self._ask("GET", f"/api/event/{kent_id}")["payload"]
            header = payload["header"] or {}
            self._seen[kent_id] = Item(
                type=header.get("type", ""),
                body=payload["body"],
                header=header,
                envelope_header=payload["envelope_header"] or {},
            )
        return self._seen[kent_id]

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise AssertionError(f"Kent answered {response.status} to {method} {path}: {body[:200]!r}")
            answer: dict[str, Any] = json.loads(body)
            return answer
        finally:
            connection.close()


def free_port() -> int:
    """Return a port on which nothing listens right now.

    Systems give outgoing connections a port above these, so no test that runs at the same time takes it by chance.
    """
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers_on(port: int) -> bool:
    """Whether somebody takes connections there. No request is made."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_kent(log: Path) -> Iterator[int]:
    """Run Kent on a free port, and give the port."""
    server = Path(sys.executable).with_name("kent-server")
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [server, "run", "--host", "127.0.0.1", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers_on(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Kent did not start: {log.read_text(encoding='utf-8')}")
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()
