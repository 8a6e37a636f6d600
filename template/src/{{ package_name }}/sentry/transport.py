# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The way out: the SDK hands every envelope to its transport, and this one puts the gate in front of the wire."""

from __future__ import annotations

import logging

from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import HttpTransport

from . import sdk
from .service_gate import ServiceGate

logger = logging.getLogger(__name__)


class NotSeenByTheGateError(Exception):
    """An item was about to be written that the gate has not seen. The SDK drops the envelope."""


class _Sealed(Item):
    """An item on its way to the gate. It cannot be written.

    `_send_envelope` below is not part of the SDK's interface. If a later SDK no longer calls it, nothing leaves at
    all, which a test notices, instead of everything.
    """

    def serialize_into(self, f: object) -> None:
        raise NotSeenByTheGateError


class GatedTransport(HttpTransport):
    """The SDK's transport behind a gate. A class for each gate: see `transport_behind()`."""

    gate: ServiceGate

    def capture_envelope(self, envelope: Envelope) -> None:
        sealed: list[Item] = [_Sealed(item.payload, item.headers) for item in envelope.items]
        super().capture_envelope(Envelope(envelope.headers, sealed))

    def _send_envelope(self, envelope: Envelope) -> None:
        """Runs in the SDK's thread, so that no request waits for the gate."""
        items = [kept for item in envelope.items if (kept := self._passed(item)) is not None]
        if items:
            super()._send_envelope(Envelope(self.gate.envelope_headers(envelope.headers), items))

    def _fetch_pending_client_report(self, force: bool = False, interval: int = 60) -> Item | None:
        """The SDK adds the counts of lost items to an envelope that has passed the gate."""
        report = super()._fetch_pending_client_report(force, interval)
        return None if report is None else self._passed(report)

    def _passed(self, item: Item) -> Item | None:
        try:
            kept = self.gate.item(item)
            reason = "before_send"
            if kept is not None:
                # Written here, the SDK keeps the bytes: what cannot be written is counted like what cannot be filtered.
                kept.get_bytes()
        except Exception as error:
            kept = None
            reason = "internal_sdk_error"
            logger.warning(
                "An item for Sentry was dropped: it could not be filtered (%s, %s).",
                item.data_category,
                type(error).__name__,
            )
        if kept is None:
            self._count(item, reason)
        return kept

    def _count(self, item: Item, reason: str) -> None:
        try:
            self.record_lost_event(reason, item=item)
        except Exception:
            # The size of what cannot be written cannot be counted.
            self.record_lost_event(reason, data_category=item.data_category)


def transport_behind(gate: ServiceGate) -> type[GatedTransport]:
    """The value of the SDK's option `transport`, which takes a class."""
    # The line about a dropped item must not become an item.
    sdk.ignore_logger(__name__)
    return type("GatedTransport", (GatedTransport,), {"gate": gate})
