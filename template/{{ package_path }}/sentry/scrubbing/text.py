"""The two masks for text: credentials, which no policy sends, and personal data. Cut first, then normalize, then mask."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from .credentials import mask_credentials
from .names import SensitiveKeys
from .numbers import mask_cards
from .personal import mask_personal_data

MaskText = Callable[[str], str]

MAX_TEXT: Final = 8192
"""Characters of one text that Sentry keeps. `re.sub()` holds the GIL, so a longer text would keep the event loop waiting."""
_TAIL: Final = 512
_WORD_OR_GAP: Final = re.compile(r"[^\s\"',;<>]++|[\s\"',;<>]++")
_CUT: Final = "[cut]"

_PASSES: Final = 4
# What some pattern of this package begins with. Most texts are plain words.
_SUSPECT: Final = re.compile(r"[^A-Za-z ,.;()\n]|[A-Za-z]{16}|(?i:bearer|basic|negotiate)").search


def credentials_mask(keys: SensitiveKeys) -> MaskText:
    """Return a function that masks what is sent under no policy."""
    return _mask_with(lambda text: mask_cards(mask_credentials(text, keys)))


def personal_mask(keys: SensitiveKeys, masks: Iterable[tuple[str, str]] = ()) -> MaskText:
    """Return a function that masks credentials and personal data of a recognizable shape.

    Args:
        keys: names whose values are masked.
        masks: regular expressions of more personal data, and what replaces it.
    """
    own = [(re.compile(pattern), placeholder.replace("\\", r"\\")) for pattern, placeholder in masks]
    known = _mask_with(lambda text: mask_personal_data(mask_credentials(text, keys)))

    def mask(text: str) -> str:
        text = cut(text)
        for pattern, placeholder in own:
            text = pattern.sub(placeholder, text)
        return known(text)

    return mask


def cut(text: str) -> str:
    """Return what Sentry keeps of a text, without the unfinished word at its end and numbers in front of it.

    Half a token or half a card number has no shape by which it would be recognized.
    """
    if len(text) <= MAX_TEXT:
        return text
    kept = MAX_TEXT - len(_CUT)
    pieces = _WORD_OR_GAP.findall(text, kept - _TAIL, kept)[:-1]
    while pieces and (not pieces[-1].strip("\"',;<> \t\r\n") or any(map(str.isdigit, pieces[-1]))):
        pieces.pop()
    return f"{text[: kept - _TAIL]}{''.join(pieces)}{_CUT}"


def normalize(text: str) -> str:
    """Turn full-width and styled letters and foreign digits into plain ones, and drop invisible characters.

    Each character by itself: to compose them takes quadratic time in CPython.
    """
    return text if text.isascii() else "".join(map(_plain, text))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character.isdecimal():
        return str(int(character))
    if unicodedata.category(character) in ("Cf", "Cs"):
        return ""
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if len(compatible) == 1 else character


def _mask_with(mask: MaskText) -> MaskText:
    """Return a mask that cuts and normalizes, and leaves its results as they are, as well as texts without a finding."""

    def masked(text: str) -> str:
        text = cut(text)
        for _ in range(_PASSES):
            if not _SUSPECT(text):
                break
            plain = normalize(text)
            found = mask(plain)
            if found == plain:
                break
            text = found
        return text

    return masked
