"""The masks for text: credentials, which no policy sends, and personal data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from .credentials import mask_credentials
from .personal import CARDS, mask_personal_data
from .policy import SensitiveKeys
from .values import MAX_TEXT, Step, apply

MaskText = Callable[[str], str]

_TAIL: Final = 512
_CUT: Final = " [cut]"
# Up to the last word that is complete and has no digit.
_COMPLETE: Final = re.compile(r".*(?<![^\s\"',;<>])[^\s\"',;<>\d]++(?=[\s\"',;<>])", re.DOTALL)

# What some pattern begins with. Most texts are plain words.
_SUSPECT: Final = re.compile(
    r"[^A-Za-z ,.;()\n]|[A-Za-z]{16}|(?i:bearer|basic|negotiate|ntlm)"
).search


# A placeholder that touches a word or other digits: they may be something else now.
_TOUCHED: Final = re.compile(
    r"(?:[\w@%]|\d[ /-])\[[A-Za-z]+\]|\[[A-Za-z]+\](?:[\w@%/]|[ /-]\d)|://[^\s/]{0,99}\["
).search


def credentials_mask(keys: SensitiveKeys) -> MaskText:
    """Return a function that masks what is sent under no policy."""
    return _mask_with(lambda text: apply(CARDS, mask_credentials(text, keys)))


def personal_mask(keys: SensitiveKeys, masks: Iterable[tuple[str, str]] = ()) -> MaskText:
    """Return a function that masks credentials and personal data of a recognizable shape.

    Args:
        keys: names whose values are masked.
        masks: regular expressions of more personal data, and what replaces it.
    """
    own: list[Step] = [
        (("",), re.compile(pattern), name.replace("\\", r"\\")) for pattern, name in masks
    ]
    return _mask_with(
        lambda text: mask_personal_data(mask_credentials(apply(own, text), keys)), always=bool(own)
    )


# Cuts, normalizes, and masks until nothing changes. A text in which nothing is found stays as it
# is, so normalization changes no harmless text.
def _mask_with(mask: MaskText, *, always: bool = False) -> MaskText:
    def masked(text: str) -> str:
        text = cut(text)
        for _ in range(4):
            plain = normalize(text)
            found = mask(plain) if always or _SUSPECT(plain) else plain
            if found == plain:
                return text
            text = found
            if not _TOUCHED(text):
                break
        return text

    # Names, log messages, and errors come again and again.
    cached = lru_cache(maxsize=1024)(masked)
    return lambda text: cached(text) if len(text) <= 500 else masked(text)


def cut(text: str) -> str:
    """Return what Sentry keeps of a text, without its unfinished last word and numbers before it.

    Half a token or half a card number would have no shape by which it is recognized.
    """
    if len(text) <= MAX_TEXT:
        return text
    end = MAX_TEXT - len(_CUT)
    complete = _COMPLETE.match(text, end - _TAIL, end)
    return f"{text[: complete.end() if complete else end - _TAIL]}{_CUT}"


def normalize(text: str) -> str:
    """Turn styled letters and foreign digits into plain ones, and drop invisible characters.

    Each character on its own: to compose them takes quadratic time.
    """
    return text if text.isascii() else "".join(map(_plain, text))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isdecimal():
        return str(int(character))
    if unicodedata.category(character) in ("Cf", "Cs"):
        return ""
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if len(compatible) < 2 else character
