"""Whether a run of letters and digits looks made by a generator, and not by a person who names things."""

from __future__ import annotations

import re
from typing import Final

# What words of identifiers are made of. Random letters of mixed case seldom have four in a row.
_WORDS: Final = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_NO_LETTERS: Final = re.compile(r"[^A-Za-z]+")
_CHANGE: Final = re.compile(r"(?<=[A-Za-z])\d|(?<=\d)[A-Za-z]")


def looks_random(run: str) -> bool:
    """Tell `7hT2kQ9xWb4Lm0ZcVr1d` from `HTTPConnectionPoolManager`: digits between letters, no words."""
    letters, changes = _NO_LETTERS.sub("", run), len(_CHANGE.findall(run))
    if not letters:
        return False
    if letters.islower() or letters.isupper():
        # Of one case. Words that are joined by hyphens have some changes as well.
        return changes >= (4 if run.isalnum() else 6)
    if run.isalnum() and run[0].isdigit():
        return True
    rest = len(_WORDS.sub("", letters)) / len(letters)
    return rest + changes * 0.06 >= (0.4 if changes > 1 else 0.65)
