# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The gate: everything that leaves the process passes it, item by item, whatever its type and the SDK's major."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from sentry_sdk.envelope import Item, PayloadRef

from . import privacy
from .gate_settings import Settings
from .payloads.attributes import Attributes
from .payloads.events import Events
from .payloads.frames import Frames
from .payloads.profiles import Profiles
from .payloads.span_names import Names
from .payloads.telemetry import Telemetry
from .policy_table import Fate, Kind
from .treatment import GONE, Handler, Treatment


class Gate:
    """One policy for one process. What it gives back is new: what it was given is left as it was."""

    def __init__(self, settings: Settings) -> None:
        treatment = Treatment(settings)
        names = Names(treatment)
        attributes = Attributes(treatment, names)
        frames = Frames(treatment)
        events = Events(treatment, frames, names, attributes)
        telemetry = Telemetry(treatment, names, attributes)
        profiles = Profiles(treatment, frames)
        self.policy: Final = settings.policy
        self.templates: Final = settings.templates
        self._treatment = treatment
        self._attachment = treatment.of_kind(Kind.ATTACHMENT)
        self._everything = treatment.fate(Kind.UNKNOWN) is Fate.CLEANED
        self._payloads: Final[dict[str, Handler]] = {
            "event": events.event,
            "transaction": events.event,
            "feedback": events.feedback,
            "span": telemetry.spans if settings.tracing else lambda spans: GONE,
            "log": telemetry.logs,
            "trace_metric": telemetry.metrics,
            "profile": profiles.chunk,
            "profile_chunk": profiles.chunk,
            "session": treatment.handler(privacy.SESSION),
            "sessions": treatment.handler(privacy.SESSIONS),
            "check_in": treatment.handler(privacy.CHECK_IN),
            "client_report": treatment.handler(privacy.CLIENT_REPORT),
        }
        self._envelope_header = treatment.handler(privacy.ENVELOPE)
        self._item_header = treatment.handler(privacy.ITEM_HEADER)

    def envelope_headers(self, headers: Mapping[str, object]) -> dict[str, object]:
        """What is written above the items of an envelope."""
        return _as_dict(self._envelope_header(headers))

    def item(self, item: Item) -> Item | None:
        """The item as it may leave, or None.

        Raises:
            Exception: filtering failed; the item must not leave.
        """
        try:
            return self._item(item)
        finally:
            self._treatment.forget()

    def _item(self, item: Item) -> Item | None:
        kind = item.headers.get("type")
        handler = self._payloads.get(kind) if isinstance(kind, str) else None
        if handler is not None:
            payload = handler(_json_of(item))
        elif self._everything:
            payload = self._unknown(item)
        else:
            return None
        if payload is GONE:
            return None
        headers = _as_dict(self._item_header(item.headers))
        headers.pop("length", None)
        if isinstance(payload, dict) and isinstance(payload.get("items"), list):
            headers["item_count"] = len(payload["items"])
        if isinstance(payload, bytes):
            return Item(payload=payload, headers=headers)
        return Item(payload=PayloadRef(json=payload), headers=headers)

    def _unknown(self, item: Item) -> object:
        """An attachment or a kind of item of a later SDK: JSON or text, cleaned; what is neither stays."""
        if item.payload.json is not None:
            return self._treatment.cleaned.value(item.payload.json)
        try:
            text = item.get_bytes().decode("utf-8")
        except UnicodeDecodeError:
            return GONE
        try:
            structure = json.loads(text)
        except ValueError:
            return self._treatment.credentials(text).encode()
        return json.dumps(self._treatment.cleaned.value(structure)).encode()


def _json_of(item: Item) -> object:
    """The payload as an object. What the SDK makes is one; what others make may be bytes."""
    return item.payload.json if item.payload.json is not None else json.loads(item.get_bytes())


def _as_dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
