"""Copies of structures of any depth, in plain JSON, without the values that must not be sent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final

from .credentials import FILTERED, MaskText
from .names import SensitiveKeys

_MAX_DEPTH: Final = 16
_MAX_VALUES: Final = 100_000
"""Values in one structure. What is larger or deeper, or contains itself, is cut there."""

_CUT: Final = "[cut]"
_MAX_NAME: Final = 80
_PLAIN_NUMBERS: Final = range(-(10**6) + 1, 10**6)


class ValueScrubber:
    """Copies structures into plain JSON without what must not leave. It never raises because of what it finds."""

    def __init__(self, mask: MaskText, keys: SensitiveKeys) -> None:
        self.mask: Final = mask
        self._keys: Final = keys

    def value(self, value: object) -> object:
        """Return a masked copy."""
        return self._copy(value, 0, iter(range(_MAX_VALUES)))

    def under(self, key: str, value: object) -> object:
        """Return a masked copy of a value with a name."""
        return FILTERED if self._keys.covers(key, value) else self.value(value)

    def _copy(self, value: object, depth: int, left: Iterator[int]) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, int):
            return self._number(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, (bytes, bytearray)):
            return self.mask(value.decode("utf-8", "replace"))
        if not isinstance(value, (Mapping, list, tuple, Set)):
            return f"<{type(value).__name__}>"
        if depth >= _MAX_DEPTH:
            return _CUT
        if isinstance(value, Mapping):
            return self._mapping(value, depth + 1, left)
        return self._sequence(value, depth + 1, left)

    def _number(self, value: int) -> object:
        if value in _PLAIN_NUMBERS:
            return value
        text = str(value) if value.bit_length() < 256 else _CUT
        masked = self.mask(text)
        return value if masked == text else masked

    def _mapping(self, mapping: Mapping[object, object], depth: int, left: Iterator[int]) -> dict[str, object]:
        copy: dict[str, object] = {}
        # The counter comes last: zip() takes from it only what the structure has.
        for (key, value), _ in zip(mapping.items(), left, strict=False):
            name = key if isinstance(key, str) else str(self._copy(key, depth, left))
            copy[self.mask(name)] = FILTERED if self._keys.covers(name, value) else self._copy(value, depth, left)
        return copy

    def _sequence(self, values: Iterable[object], depth: int, left: Iterator[int]) -> list[object]:
        copy: list[object] = []
        named = False
        for value, _ in zip(values, left, strict=False):
            copy.append(FILTERED if named else self._copy(value, depth, left))
            named = not named and self._names_a_credential(value)
        return copy

    def _names_a_credential(self, value: object) -> bool:
        """Return whether the next value is a credential: `["authorization", "Bearer ..."]`, `["--token", "..."]`."""
        if isinstance(value, (bytes, bytearray)):
            value = bytes(value[: _MAX_NAME + 1]).decode("utf-8", "replace")
        if not isinstance(value, str) or not 3 <= len(value) <= _MAX_NAME:
            return False
        name = value.removeprefix("b").strip("'\"-")
        return bool(name) and name.replace("-", "").replace("_", "").isalnum() and self._keys.match(name)
