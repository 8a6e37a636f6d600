"""Copies of structures of any depth, in plain JSON, without the values that must not be sent."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Set
from itertools import islice
from typing import Final

from .policy import MAX_NAME, SensitiveKeys, measures
from .text import MAX_TEXT, MaskText
from .values import FILTERED, replace, sensitive_values

_MAX_DEPTH: Final = 16
# Numbers of eight digits and more may be ids of persons.
_LONG_NUMBER: Final = 10**7
# What one item may cost: a value of a structure as much as this many characters. Sentry accepts an
# item of 1 MB.
_COST_OF_VALUE: Final = 20
_BUDGET: Final = 1 << 20
# Replaces what is too deep or too much. A structure that contains itself is cut at the depth.
_CUT: Final = "[cut]"
# A name before its value, as in `["--token", "..."]` and `("authorization", "...")`.
_NAME_OF_NEXT: Final = re.compile(
    r"""(?:b(?=['"]))?['"-]{0,4}([\w-]{1,200}?)['"-]{0,4}"""
).fullmatch


class ValueScrubber:
    """Copies values into plain JSON without what must not be sent, whatever it finds in them.

    Args:
        mask: what masks text.
        keys: the names whose values must not be sent.
    """

    def __init__(self, mask: MaskText, keys: SensitiveKeys) -> None:
        self.mask: Final = mask
        self.keys: Final = keys
        self._left = _BUDGET

    def begin(self) -> None:
        """Begin with another item."""
        self._left = _BUDGET

    def value(self, value: object, depth: int = 0) -> object:
        if isinstance(value, (bytes, bytearray)):
            # A character of UTF-8 has at most four bytes.
            value = value[: 4 * MAX_TEXT].decode("utf-8", "replace")
        if isinstance(value, str):
            self._left -= min(len(value), MAX_TEXT)
            return self.mask(value) if self._left >= 0 else _CUT
        if isinstance(value, int) and abs(value) >= _LONG_NUMBER:
            text = str(int(value)) if value.bit_length() < 256 else _CUT
            masked = self.mask(text)
            return value if masked == text != _CUT else masked
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if not isinstance(value, (Mapping, list, tuple, Set)):
            return f"<{type(value).__name__}>"
        if depth >= _MAX_DEPTH:
            return _CUT
        affordable = min(len(value), max(0, self._left) // _COST_OF_VALUE)
        self._left -= affordable * _COST_OF_VALUE
        if isinstance(value, Mapping):
            return self._mapping(islice(value.items(), affordable), depth + 1)
        return self._sequence(islice(value, affordable), depth + 1)

    def under(self, name: str, value: object, depth: int = 0) -> object:
        """Return a masked copy of the value of a name."""
        if self.keys.covers(name, value):
            return FILTERED
        is_measure = isinstance(value, int) and abs(value) < 2**63 and measures(name)
        return value if is_measure else self.value(value, depth)

    def name(self, name: str) -> str:
        # A long one isn't a name.
        return self.mask(name) if len(name) <= MAX_NAME else _CUT

    def without_values(self, text: str) -> str:
        """Return text without values of sensitive names. Lines keep their numbers."""
        return replace(text, sensitive_values(text, self.keys), FILTERED, keep_lines=True)

    def _mapping(self, pairs: Iterable[tuple[object, object]], depth: int) -> dict[str, object]:
        copy: dict[str, object] = {}
        for key, value in pairs:
            name = key if isinstance(key, str) else str(self.value(key, depth))
            copy[self.name(name)] = self.under(name, value, depth)
        return copy

    def _sequence(self, values: Iterable[object], depth: int) -> list[object]:
        copy: list[object] = []
        name = ""
        for value in values:
            is_covered = self.keys.covers(name, value)
            copy.append(FILTERED if is_covered else self.value(value, depth))
            named = _NAME_OF_NEXT(copy[-1]) if isinstance(copy[-1], str) else None
            name = named[1] if named else ""
        return copy
