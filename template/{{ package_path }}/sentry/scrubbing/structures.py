"""Copies of structures of any depth, in plain JSON, without the values that must not be sent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from functools import lru_cache
from typing import Final

from .policy import SensitiveKeys, measures
from .text import MaskText
from .values import FILTERED, sensitive_values

_MAX_DEPTH: Final = 16
_MAX_NAME: Final = 200
_MAX_TEXT: Final = 8_192
_MAX_CACHED: Final = 500
# Numbers of eight digits and more may be ids of persons.
_LONG_NUMBER: Final = 10**7
# What one item may cost: a value of a structure as much as this many characters. Sentry accepts an
# item of 1 MB.
_COST_OF_VALUE: Final = 20
_BUDGET: Final = 1 << 20
# Replaces what is too deep or too much. A structure that contains itself is cut at the depth.
_CUT: Final = "[cut]"


class ValueScrubber:
    """Copies values into plain JSON without what must not be sent, whatever it finds in them.

    Args:
        mask: what masks text.
        keys: the names whose values must not be sent.
    """

    def __init__(self, mask: MaskText, keys: SensitiveKeys) -> None:
        self.mask: Final = mask
        self.keys: Final = keys
        # Names, log messages, and errors come again and again.
        self._masked: Final = lru_cache(maxsize=1024)(mask)
        self._left = _BUDGET

    def begin(self) -> None:
        """Begin with another item."""
        self._left = _BUDGET

    def value(self, value: object, depth: int = 0) -> object:
        """Return a masked copy."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (bytes, bytearray)):
            # A character of UTF-8 has at most four bytes.
            value = value[: 4 * _MAX_TEXT].decode("utf-8", "replace")
        if isinstance(value, str):
            return self.text(value) if self._may_spend(min(len(value), _MAX_TEXT)) else _CUT
        if isinstance(value, int):
            if abs(value) < _LONG_NUMBER:
                return value
            text = str(int(value)) if value.bit_length() < 256 else _CUT
            masked = self.text(text)
            return value if masked == text != _CUT else masked
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if not isinstance(value, (Mapping, list, tuple, Set)):
            return f"<{type(value).__name__}>"
        if depth >= _MAX_DEPTH:
            return _CUT
        return (
            self._mapping(value, depth)
            if isinstance(value, Mapping)
            else self._sequence(value, depth)
        )

    def under(self, name: str, value: object, depth: int = 0) -> object:
        """Return a masked copy of the value of a name."""
        if self.keys.covers(name, value):
            return FILTERED
        is_measure = isinstance(value, int) and abs(value) < 2**63 and measures(name)
        return value if is_measure else self.value(value, depth)

    def text(self, text: str) -> str:
        """Return masked text."""
        return self._masked(text) if len(text) <= _MAX_CACHED else self.mask(text)

    def name(self, name: str) -> str:
        """Return a masked name. A long one isn't a name."""
        return self._masked(name) if len(name) <= _MAX_NAME else _CUT

    def without_values(self, text: str) -> str:
        """Return text without values of sensitive names. Lines keep their numbers."""
        kept: list[str] = []
        position = 0
        for start, end in sensitive_values(text, self.keys):
            kept += (text[position:start], FILTERED, "\n" * text.count("\n", start, end))
            position = end
        return "".join([*kept, text[position:]])

    def _may_spend(self, cost: int) -> bool:
        self._left -= cost
        return self._left >= 0

    def _mapping(self, mapping: Mapping[object, object], depth: int) -> dict[str, object]:
        copy: dict[str, object] = {}
        for key, value in mapping.items():
            if not self._may_spend(_COST_OF_VALUE):
                break
            name = key if isinstance(key, str) else str(self.value(key, depth + 1))
            copy[self.name(name)] = self.under(name, value, depth + 1)
        return copy

    def _sequence(self, values: Iterable[object], depth: int) -> list[object]:
        copy: list[object] = []
        named = False
        for value in values:
            if not self._may_spend(_COST_OF_VALUE):
                break
            copy.append(FILTERED if named else self.value(value, depth + 1))
            named = not named and self._names_a_credential(value)
        return copy

    def _names_a_credential(self, value: object) -> bool:
        """Return whether the next value is a credential, as in `["--token", "..."]`."""
        text = (
            value.decode("latin-1")
            if isinstance(value, (bytes, bytearray)) and len(value) <= _MAX_NAME
            else value
        )
        if not isinstance(text, str) or len(text) > _MAX_NAME:
            return False
        name = text.removeprefix("b").strip("'\"-")
        return name.replace("-", "").replace("_", "").isalnum() and self.keys.match(name)
