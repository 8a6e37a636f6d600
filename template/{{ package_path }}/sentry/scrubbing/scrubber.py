"""Applies a policy to an item: looks up the rule for its kind, and follows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from sentry_sdk.envelope import Item, PayloadRef

from .fields import ENVELOPE, ITEM_HEADER, ITEMS
from .policy import Category, ScrubberOptions
from .rules import Decider, Removed, as_dict

# Bytes of an attachment that isn't JSON. What is larger isn't searched within the time that a
# request may cost.
_MAX_ATTACHMENT: Final = 1 << 20


class Scrubber:
    """One policy for one process. What it returns is new; what it is given stays as it is.

    Args:
        options: the policy, and what it has to know of the service.
        removed: called with each value that isn't sent as it was.
    """

    def __init__(self, options: ScrubberOptions, removed: Removed | None = None) -> None:
        self._decider: Final = Decider(options, removed)

    def item(self, item: Item) -> Item | None:
        """Return the scrubbed item, or None to drop it.

        Raises:
            Exception: scrubbing failed; the item must not be sent.
        """
        decider, kind = self._decider, str(item.headers.get("type"))
        # Of feedback, which a user has written, nothing would be left.
        if (kind == "span" and not decider.options.tracing) or (
            kind == "feedback" and decider.strict
        ):
            return None
        decider.filtered.begin()
        decider.masked.begin()
        if (rule := ITEMS.get(kind)) is None:
            payload = _unknown_item(decider, item)
        else:
            # What the SDK makes is an object; what others make may be bytes.
            value = (
                item.payload.json if item.payload.json is not None else json.loads(item.get_bytes())
            )
            payload = rule(decider, value, "", {})
        if payload is None or as_dict(payload).get("items") == []:
            return None
        headers = as_dict(ITEM_HEADER(decider, item.headers, "header", {}))
        headers.pop("length", None)
        if isinstance(payload, bytes):
            return Item(payload=payload, headers=headers)
        if isinstance(items := as_dict(payload).get("items"), list):
            headers["item_count"] = len(items)
        return Item(payload=PayloadRef(json=payload), headers=headers)

    def envelope_headers(self, headers: Mapping[str, object]) -> dict[str, object]:
        """Return what may be sent of the headers of an envelope."""
        return as_dict(ENVELOPE(self._decider, headers, "envelope", {}))


def _unknown_item(decider: Decider, item: Item) -> object:
    """Return what may be sent of an attachment or of an item that only a later SDK has."""
    if not decider.full:
        return decider.note(Category.UNKNOWN, item.payload.json or "(bytes)", None, "")
    if item.payload.json is not None:
        return decider.filtered.value(item.payload.json)
    try:
        text = item.get_bytes()[:_MAX_ATTACHMENT].decode("utf-8")
    except UnicodeDecodeError:
        return None
    # Line by line, because a mask cuts what is too long for a message. A private key has many
    # lines.
    lines = decider.filtered.without_values(text).splitlines(keepends=True)
    return (
        None if "PRIVATE KEY-----" in text else "".join(map(decider.filtered.mask, lines)).encode()
    )
