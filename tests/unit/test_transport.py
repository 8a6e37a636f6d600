"""What can't be scrubbed isn't sent: a real client with the transport of services, and a server on this machine."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope, Item, PayloadRef
from support.engine import scrubbing
from support.web import Request, Response, answering


class Server:
    """Receives envelopes."""

    def __init__(self) -> None:
        self.port = 0
        self.envelopes: list[bytes] = []

    def take(self, request: Request) -> Response:
        gzipped = request.body[:2] == b"\x1f\x8b"
        self.envelopes.append(gzip.decompress(request.body) if gzipped else request.body)
        return Response()

    def items(self) -> list[Any]:
        """Payloads of all items, in the order in which they came."""
        return [json.loads(line) for body in self.envelopes for line in body.splitlines()[2::2]]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    with answering(server.take) as server.port:
        yield server


class Unreadable(dict[str, object]):
    def items(self) -> Any:
        raise RuntimeError("of ada@example.org")


BROKEN = {
    "no JSON": Item(payload=b"of ada@example.org", headers={"type": "event"}),
    "a mapping that raises": Item(payload=PayloadRef(json=Unreadable(a=1)), headers={"type": "event"}),
}


@pytest.mark.parametrize("item", BROKEN.values(), ids=BROKEN.keys())
def test_an_item_that_cannot_be_scrubbed_is_dropped_counted_and_logged(
    item: Item, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    options = scrubbing("policy").ScrubberOptions("full")
    client = sentry_sdk.Client(
        dsn=f"http://public@127.0.0.1:{server.port}/1",
        transport=scrubbing("transport").scrubbing_transport(options),
        default_integrations=False,
    )
    good = Item(payload=PayloadRef(json={"message": "arrives"}), headers={"type": "event"})

    with caplog.at_level(logging.WARNING):
        assert client.transport
        client.transport.capture_envelope(Envelope({"event_id": "0" * 32}, [item, good]))
        client.close(timeout=10.0)

    assert server.items()[0] == {"message": "arrives"}
    assert [report["discarded_events"] for report in server.items()[1:]] == [
        [{"reason": "internal_sdk_error", "category": "error", "quantity": 1}]
    ]
    [record] = caplog.records
    assert "dropped" in record.message
    assert "ada" not in record.message
