# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Structures of any depth: values under sensitive keys are filtered, all other text is masked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from typing import Final

from .credentials import FILTERED
from .keys import SensitiveKeys
from .masks import Mask

_DEEPEST: Final = 16
_MOST: Final = 100_000
"""Values in one structure. What is larger or deeper, or contains itself, is cut there."""

_CUT: Final = "[cut]"
_LONGEST_NAME: Final = 80
_LONGEST_PLAIN_NUMBER: Final = 6


class Scrubber:
    """Copies structures into plain JSON and leaves out what must not leave."""

    def __init__(self, mask: Mask, keys: SensitiveKeys) -> None:
        self._mask = mask
        self._keys = keys

    def value(self, value: object) -> object:
        """A masked copy. It never raises because of what it finds."""
        return _Walk(self._mask, self._keys).value(value, 0)

    def under(self, key: str, value: object) -> object:
        """The same for a value with a name."""
        return FILTERED if self._keys.covers(key, value) else self.value(value)


class _Walk:
    def __init__(self, mask: Mask, keys: SensitiveKeys) -> None:
        self._mask = mask
        self._keys = keys
        self._left = _MOST

    def value(self, value: object, depth: int) -> object:
        self._left -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._mask(value)
        if isinstance(value, int):
            return self._number(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if depth >= _DEEPEST or self._left <= 0:
            return _CUT
        if isinstance(value, Mapping):
            return self._mapping(value, depth + 1)
        if isinstance(value, (bytes, bytearray)):
            return self._mask(value.decode("utf-8", "replace"))
        if isinstance(value, (list, tuple, Set)):
            return self._sequence(value, depth + 1)
        return f"<{type(value).__name__}>"

    def _number(self, value: int) -> object:
        if -(10**_LONGEST_PLAIN_NUMBER) < value < 10**_LONGEST_PLAIN_NUMBER:
            return value
        text = str(value) if value.bit_length() < 256 else _CUT
        masked = self._mask(text)
        return value if masked == text else masked

    def _mapping(self, mapping: Mapping[object, object], depth: int) -> dict[str, object]:
        copy: dict[str, object] = {}
        for key, value in mapping.items():
            if self._left <= 0:
                break
            name = key if isinstance(key, str) else str(self.value(key, depth))
            masked = FILTERED if self._keys.covers(name, value) else self.value(value, depth)
            copy[self._mask(name)] = masked
        return copy

    def _sequence(self, values: Iterable[object], depth: int) -> list[object]:
        copy: list[object] = []
        named = False
        for value in values:
            if self._left <= 0:
                break
            copy.append(FILTERED if named else self.value(value, depth))
            named = not named and self._names_a_credential(value)
        return copy

    def _names_a_credential(self, value: object) -> bool:
        """`["authorization", "Bearer ..."]` and `["--token", "..."]`: the next one is the credential."""
        if isinstance(value, (bytes, bytearray)):
            value = bytes(value[: _LONGEST_NAME + 1]).decode("utf-8", "replace")
        if not isinstance(value, str) or not 3 <= len(value) <= _LONGEST_NAME:
            return False
        name = value.removeprefix("b").strip("'\"-")
        return bool(name) and name.replace("-", "").replace("_", "").isalnum() and self._keys.match(name)
