"""Personal data in free text, replaced by what it was: `[email]`, `[card]`, `[ip]`. See credentials.py for credentials.

Equal errors stay equal, so they still group. Each pattern takes linear time on hostile text: repetitions are possessive
(`++`), bounded or disjoint, and a run of characters is not tried again at each of its characters (`(?<!...)`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final


def normalize(text: str) -> str:
    """Turn full-width letters and foreign digits into plain ones and drop invisible characters."""
    return text if text.isascii() else unicodedata.normalize("NFKC", "".join(map(_plain, text)))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(int(character))
    return "" if unicodedata.category(character) in ("Cf", "Cs") else character


def mask_personal_data(text: str) -> str:
    """Mask addresses, paths and queries of URLs, long numbers, and what databases and pydantic quote in errors."""
    text = _URL.sub(_mask_url, _QUOTED.sub(r"\1\2[value]", text))
    text = _REQUEST_LINE.sub(r"\1 /[path]", _QUERY.sub("?[query]", text))
    text = _EMAIL.sub("[email]", text)
    text = _IPV6.sub("[ip]", _MAC.sub("[mac]", text))
    if _HAS_DIGITS(text):
        text = _IBAN.sub("[iban]", _IPV4.sub("[ip]", text))
        text = _POINTER.sub("[hex]", _UUID.sub("[uuid]", text))
        text = _NUMBER.sub(_mask_number, _RUN.sub(_mask_run, text))
    return text


# URLs and addresses

_URL: Final = re.compile(r"://([^\s\"'<>`/?#\\]*+)([^\s\"'<>`?#\\]*+)([?#][^\s\"'<>`\\]*+)?")
_QUERY: Final = re.compile(r"\?(?!\[query\])[^\s\"'<>?=&]{1,100}=[^\s\"'<>]*+")
_REQUEST_LINE: Final = re.compile(
    r"\b(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE) /(?!\[path\])[^\s\"'<>]++"
)
_EMAIL: Final = re.compile(
    r"""(?:(?<![\w.+-])(?:[\w.+-]|%2[Bb])++|"[^"\n]{1,64}")(?:@|%40)"""
    r"""(?:\w[\w-]*+(?:\.[\w-]++)*+|\[[0-9A-Fa-f:.]{2,45}\])"""
)
_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
# `::` or six colons between hexadecimal digits. Not behind a $: `$1::int` is a parameter of PostgreSQL.
_IPV6: Final = re.compile(r"(?<![\w:.$])(?=[0-9A-Fa-f:.]{0,48}?::|(?:[0-9A-Fa-f.]{0,15}:){6})[0-9A-Fa-f:.]{2,}+")
_MAC: Final = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])")


def _mask_url(url: re.Match[str]) -> str:
    host, path, query = url.groups()
    return f"://{host}{'/[path]' if path not in ('', '/') else path}{'?[query]' if query else ''}"


# Runs of letters and digits

_HAS_DIGITS: Final = re.compile(r"\d").search
_IBAN: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?(?!\w)"
)
_UUID: Final = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
_POINTER: Final = re.compile(r"\b0[xX][0-9A-Fa-f]{6,}+")
_RUN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{12,}+(?:[_-][A-Za-z0-9]++)*+")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{12,}+").fullmatch


def _mask_run(match: re.Match[str]) -> str:
    """Mask long hexadecimal runs, and those in which letters and digits alternate as in no word."""
    text = match[0]
    digits = sum(map(str.isdigit, text))
    if not digits:
        return text
    if _HEX(text):
        return "[hex]" if digits < len(text) else text
    mixed = not (text.islower() or text.isupper())
    return "[token]" if len(text) >= 16 and digits >= (3 if mixed else 5) else text


# Payment cards, phone numbers and other long numbers

# A date, which is kept, or seven and more digits with at most two separators between each.
_DATE: Final = r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)"
_NUMBER: Final = re.compile(
    rf"(?P<date>{_DATE}(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?(?!\d))?)"
    rf"|\+?\(?\d(?:[ .()/_\t\u2010-\u2015\u2212-]{{0,2}}(?!{_DATE})\d){{6,}}+"
)
_GROUP: Final = re.compile(r"\d++")
_CARD_LENGTHS: Final = range(13, 20)
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


def mask_cards(text: str) -> str:
    """Mask each payment card number, grouped or not, that passes the Luhn check."""
    return _NUMBER.sub(lambda number: number[0] if number["date"] else _mask_cards(number[0]), text)


def _mask_cards(text: str) -> str:
    kept: list[str] = []
    position = 0
    for start, end in _cards(text):
        if start >= position:
            kept += (text[position:start], "[card]")
            position = end
    return "".join([*kept, text[position:]])


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Yield where one or several groups of digits make up a card number."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    for first, (start, first_end) in enumerate(groups):
        # A card begins with one of these digits, and nobody writes one digit by digit in the middle of other numbers.
        if text[start] not in "23456" or (first and first_end - start < 3):
            continue
        digits = ""
        for group_start, end in groups[first : first + _CARD_LENGTHS[-1]]:
            digits += text[group_start:end]
            if len(digits) > _CARD_LENGTHS[-1]:
                break
            if len(digits) in _CARD_LENGTHS and _passes_luhn(digits):
                yield start, end


def _passes_luhn(digits: str) -> bool:
    """Check the last digit as ISO/IEC 7812-1, annex B, has it."""
    total = sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))
    return total % 10 == 0


def _mask_number(number: re.Match[str]) -> str:
    text = number[0]
    if number["date"]:
        return text
    if "." in text and " " in text and not text.startswith("+"):
        # Several numbers, such as `1.1 500 3021`.
        return " ".join(map(_mask_digits, text.split(" ")))
    return _mask_digits(text)


def _mask_digits(text: str) -> str:
    digits = sum(map(str.isdigit, text))
    if digits < 7:
        return text
    whole, _, fraction = text.partition(".")
    if fraction.isdigit() and whole.isdigit() and (whole == "0" or whole[0] != "0") and len(whole) <= 6:
        return text  # a decimal number
    grouped = text.startswith(("+", "00")) or not text.isdigit()
    return "[phone]" if grouped and digits <= 15 else "[number]"


# What databases and pydantic quote

_QUOTED: Final = re.compile(
    r"(input_value=|\[parameters: |Duplicate entry |(?<=\))=\(|Failing row contains )[^\n]++"
    r"|(\[SQL: |[\"']input[\"']: )(?s:.*+)"
)
