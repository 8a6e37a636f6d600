"""The SDK hands every envelope to its transport; this one scrubs each item before it is sent."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import HttpTransport

from .policy import ScrubberOptions

if TYPE_CHECKING:
    from .scrubber import Scrubber

logger = logging.getLogger(__name__)


class _SealedItem(Item):
    """An item that waits to be scrubbed. It cannot be written.

    `_send_envelope` is not part of the SDK's interface. If a future SDK stops calling it, items
    are dropped rather than sent unscrubbed.
    """

    def serialize_into(self, f: object) -> None:
        raise RuntimeError("not scrubbed")


class ScrubbingTransport(HttpTransport):
    scrubber_options: ScrubberOptions

    @cached_property
    def scrubber(self) -> Scrubber:
        """Create it with the first item: compiling patterns takes longer than the SDK's start."""
        from .scrubber import Scrubber

        return Scrubber(self.scrubber_options)

    def capture_envelope(self, envelope: Envelope) -> None:
        super().capture_envelope(
            Envelope(
                envelope.headers,
                [_SealedItem(item.payload, item.headers) for item in envelope.items],
            )
        )

    def _send_envelope(self, envelope: Envelope) -> None:
        """Scrub in the SDK's thread, so that no request waits for it."""
        items = [scrubbed for item in envelope.items if (scrubbed := self._scrub(item)) is not None]
        if items:
            super()._send_envelope(
                Envelope(self.scrubber.envelope_headers(envelope.headers), items)
            )

    def record_lost_event(self, reason: str, *arguments: Any, **options: Any) -> None:
        """Count a lost item. The reason is sent in a client report, which isn't scrubbed."""
        super().record_lost_event(
            reason if reason.replace("_", "").isalpha() else "other", *arguments, **options
        )

    def _scrub(self, item: Item) -> Item | None:
        reason = "before_send"
        try:
            scrubbed = self.scrubber.item(item)
            if scrubbed is not None:
                # Written here, the SDK keeps the bytes: what cannot be written is counted like what
                # cannot be scrubbed.
                scrubbed.get_bytes()
                return scrubbed
        except Exception as error:
            reason = "internal_sdk_error"
            logger.warning(
                "An item for Sentry was dropped: it could not be scrubbed (%s, %s).",
                item.data_category,
                type(error).__name__,
            )
        try:
            self.record_lost_event(reason, item=item)
        except Exception:
            # The size of what cannot be written cannot be counted.
            self.record_lost_event(reason, item.data_category)
        return None


def scrubbing_transport(options: ScrubberOptions) -> type[ScrubbingTransport]:
    """Return the value of the SDK's option `transport`."""
    return type("ScrubbingTransport", (ScrubbingTransport,), {"scrubber_options": options})
