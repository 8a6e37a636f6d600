# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Payment cards, IBANs, phone numbers and other long runs of digits in free text."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Final

_GAPS: Final = r" .()/_\t\u2010-\u2015\u2212-"

# A date, kept as it is, or seven and more digits with at most two separators between each.
_DATE: Final = r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)"
_TIME: Final = r"(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?!\d))?"
_DIGITS: Final = re.compile(
    rf"(?P<date>{_DATE}{_TIME})"
    r"|\+?\(?\d(?:[" + _GAPS + r"]{0,2}(?!" + _DATE + r")\d){6,}+",
)
_GROUP: Final = re.compile(r"\d++")
_CARD_LENGTHS: Final = range(13, 20)
_CARD_BEGINNINGS: Final = "23456"
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")
_PHONE_LENGTHS: Final = range(7, 16)

_IBAN_BEGINS: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ -]?[A-Za-z0-9]{4})")
_IBAN_LENGTHS: Final = range(34, 14, -1)
_LETTERS: Final = {ord(letter): str(10 + number) for number, letter in enumerate(string.ascii_uppercase)}


def without_cards(text: str) -> str:
    """The text with `[card]` for each payment card, grouped or not, that passes the Luhn check."""
    return _DIGITS.sub(lambda run: _without_cards(run[0]) if run["date"] is None else run[0], text)


def without_personal_numbers(text: str) -> str:
    """The text without cards, phone numbers and runs of seven and more digits. Dates stay."""
    return _DIGITS.sub(_number, text)


def _number(run: re.Match[str]) -> str:
    if run["date"] is not None:
        return run[0]
    text = run[0]
    if "." in text and " " in text and not text.startswith("+"):
        # Several numbers, such as `1.1 500 3021`.
        return " ".join(_kind_of(piece) for piece in text.split(" "))
    return _kind_of(text)


def _kind_of(text: str) -> str:
    digits = "".join(filter(str.isdigit, text))
    if len(digits) < 7:
        return text
    if any(True for _ in _cards(text)):
        return "[card]"
    if _is_decimal(text):
        return text
    grouped = text.startswith(("+", "00")) or not text.isdigit()
    return "[phone]" if grouped and len(digits) in _PHONE_LENGTHS else "[number]"


def _is_decimal(text: str) -> bool:
    whole, _, fraction = text.partition(".")
    return fraction.isdigit() and whole.isdigit() and (whole == "0" or not whole.startswith("0")) and len(whole) <= 6


def _without_cards(text: str) -> str:
    kept: list[str] = []
    position = 0
    for start, end in _cards(text):
        if start >= position:
            kept += (text[position:start], "[card]")
            position = end
    return "".join([*kept, text[position:]])


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Where groups of digits, one or several in a row, make up a card number."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    for first, (start, first_end) in enumerate(groups):
        # Nobody writes a card digit by digit in the middle of other numbers.
        if text[start] not in _CARD_BEGINNINGS or (first and first_end - start < 3):
            continue
        digits = ""
        for group_start, end in groups[first : first + _CARD_LENGTHS[-1]]:
            digits += text[group_start:end]
            if len(digits) > _CARD_LENGTHS[-1]:
                break
            if len(digits) in _CARD_LENGTHS and _passes_luhn(digits):
                yield start, end


def _passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))
    return total % 10 == 0


def without_ibans(text: str) -> str:
    """The text with `[iban]` for each account number that passes its check."""
    kept: list[str] = []
    position = 0
    for begin in _IBAN_BEGINS.finditer(text):
        if begin.start() >= position and (end := _end_of_iban(text, begin.start())):
            kept += (text[position : begin.start()], "[iban]")
            position = end
    return "".join([*kept, text[position:]]) if kept else text


def _end_of_iban(text: str, start: int) -> int | None:
    """The end of the longest IBAN (ISO 13616) that begins there."""
    ends: list[int] = []
    for place in range(start, min(start + 50, len(text))):
        if text[place].isascii() and text[place].isalnum():
            ends.append(place + 1)
        elif text[place] not in " -":
            break
    characters = [text[end - 1].upper() for end in ends[: _IBAN_LENGTHS[0]]]
    for length in _IBAN_LENGTHS:
        if length <= len(characters) and _passes_mod_97("".join(characters[:length])):
            return ends[length - 1]
    return None


def _passes_mod_97(iban: str) -> bool:
    return int((iban[4:] + iban[:4]).translate(_LETTERS)) % 97 == 1
