"""The cheapest receiver of envelopes: a process of its own that accepts everything at once and only counts.

It answers in a fraction of a millisecond whatever the load does. A slow receiver would make the SDK drop what it
cannot send, and a variant that drops is cheap. Kent is real, but not that fast.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import NotRequired, TypedDict

HOST = "127.0.0.1"
QUIET_SECONDS = 0.4
PATIENCE_SECONDS = 30.0


class Sink:
    """The sink as seen from the benchmark."""

    def __init__(self, port: int) -> None:
        self._port = port

    @property
    def dsn(self) -> str:
        return f"http://public@{HOST}:{self._port}/1"

    def settle(self) -> None:
        """Wait until nothing has arrived for a moment: what a request leaves behind is part of its cost."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = -1
        while self._ask("/envelopes")["envelopes"] > seen and time.monotonic() < deadline:
            seen = self._ask("/envelopes")["envelopes"]
            time.sleep(QUIET_SECONDS)

    def take(self) -> Counter[str]:
        """How many items of each type arrived since the last call; spans and logs that share an item count singly."""
        return Counter(self._ask("/take"))

    def _ask(self, path: str) -> dict[str, int]:
        connection = HTTPConnection(HOST, self._port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            answer: dict[str, int] = json.load(connection.getresponse())
            return answer
        finally:
            connection.close()


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink on a free port of loopback, until the block ends."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Sink(int(process.stdout.readline()))
        finally:
            process.kill()


class _ItemHeader(TypedDict):
    type: str
    length: NotRequired[int]
    item_count: NotRequired[int]


class _Server:
    def __init__(self) -> None:
        self._bodies: list[tuple[bool, bytes]] = []

    async def serve(self) -> None:
        server = await asyncio.start_server(self._connection, HOST, 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                answer = b"{}"
                if head.startswith(b"post"):
                    body = await reader.readexactly(_content_length(head))
                    self._bodies.append((b"content-encoding: gzip" in head, body))
                elif head.startswith(b"get /take"):
                    answer = json.dumps(self._counts()).encode()
                else:
                    answer = json.dumps({"envelopes": len(self._bodies)}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                writer.write(b"content-length: %d\r\n\r\n%s" % (len(answer), answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _counts(self) -> Counter[str]:
        bodies, self._bodies = self._bodies, []
        counts: Counter[str] = Counter()
        for zipped, body in bodies:
            for item in _items(gzip.decompress(body) if zipped else body):
                counts[item["type"]] += item.get("item_count", 1)
        return counts


def _content_length(head: bytes) -> int:
    return int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])


def _items(envelope: bytes) -> Iterator[_ItemHeader]:
    rest = envelope.partition(b"\n")[2]
    while rest:
        line, _, rest = rest.partition(b"\n")
        header: _ItemHeader = json.loads(line)
        yield header
        rest = rest[header["length"] + 1 :] if "length" in header else rest.partition(b"\n")[2]


if __name__ == "__main__":
    asyncio.run(_Server().serve())
