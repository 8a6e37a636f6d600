# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Attributes of spans, logs and metrics: the SDK's by their list, all others as the service's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .. import privacy
from ..facts import number
from ..policy_table import Fate, Kind
from ..treatment import GONE, Handler, Treatment
from .frames import relative
from .span_names import Names

_TYPES: Final[dict[type, str]] = {bool: "boolean", int: "integer", float: "double", str: "string", list: "array"}


class Attributes:
    """Attributes, as `{"value": ..., "type": ...}` or plain."""

    def __init__(self, treatment: Treatment, names: Names) -> None:
        self._everything = treatment.fate(Kind.UNKNOWN) is Fate.CLEANED
        self._cleaned = treatment.cleaned
        self._registered = treatment.settings.safe_keys
        self._details = treatment.details()
        self._handlers: dict[str, Handler] = {
            **treatment.handlers(privacy.ATTRIBUTES),
            "code.file.path": lambda value: (relative(value) if isinstance(value, str) else None) or GONE,
            "sentry.op": names.operation,
            "sentry.segment.name": names.repeated,
            "sentry.transaction": names.repeated,
        }

    def typed(self, value: object) -> dict[str, object]:
        """Attributes that carry the name of their type."""
        plain = self.plain(without_types(value))
        typed = ((name, kept, _TYPES.get(type(kept))) for name, kept in plain.items())
        return {name: {"value": kept, "type": kind} for name, kept, kind in typed if kind is not None}

    def plain(self, value: object) -> dict[str, object]:
        """Attributes that are their values."""
        if not isinstance(value, Mapping):
            return {}
        copy: dict[str, object] = {}
        own: dict[str, object] = {}
        for name, part in value.items():
            handler = self._handlers.get(name)
            if handler is not None:
                kept = handler(part)
                if kept is not GONE:
                    copy[name] = kept
            elif not isinstance(name, str) or name in privacy.NOISE:
                continue
            elif self._everything:
                copy[name] = self._cleaned.under(name, part)
            elif name in self._registered or not privacy.RESERVED.match(name):
                own[name] = part
            elif name.startswith(privacy.NUMBERS) and number(part):
                copy[name] = part
        if own:
            copy.update(self._details(own))
        return copy


def without_types(value: object) -> dict[str, object]:
    """`{"value": ..., "type": ...}` of each attribute, made plain."""
    if not isinstance(value, Mapping):
        return {}
    return {
        name: part["value"]
        for name, part in value.items()
        if isinstance(name, str) and isinstance(part, Mapping) and "value" in part
    }
