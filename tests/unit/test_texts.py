"""The masks send of each text in `texts.py` exactly what it says, and take linear time on hostile text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.engine import scrubbing

from .texts import TEXTS, VENDORS, Row

ROWS = [row for rows in TEXTS.values() for row in rows]


@pytest.fixture(scope="module")
def pseudonymous() -> Callable[[str], str]:
    mask: Callable[[str], str] = scrubbing("text").personal_mask(scrubbing("names").SensitiveKeys(personal=True))
    return mask


@pytest.fixture(scope="module")
def full() -> Callable[[str], str]:
    mask: Callable[[str], str] = scrubbing("text").credentials_mask(scrubbing("names").SensitiveKeys())
    return mask


@pytest.mark.parametrize("row", ROWS, ids=[row.text[:60] for row in ROWS])
def test_a_text_is_sent_as_specified(row: Row, pseudonymous: Callable[[str], str], full: Callable[[str], str]) -> None:
    assert (pseudonymous(row.text), full(row.text)) == (row.pseudonymous, row.full)
