"""Cards, phone numbers, and long numbers. Dates, times, decimals, versions, and amounts stay."""

from __future__ import annotations

import re
from typing import Final

# Cards
_GAP: Final = r"(?:[ \t+.,_/\u00b7\u2010-\u2015\u2212-]|%20){0,3}?"
_CARD: Final = re.compile(
    rf"""(?=[2-6])(?<![\d.+])(?:(?<!\d[,-])[2-6]\d{{3}}(?:{_GAP}\d{{4}}){{2}}{_GAP}
        (?:\d{{4}}(?P<rest>{_GAP}\d{{1,3}})?|\d{{1,3}})(?!\d)
    |3\d{{3}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}(?!\d)
    |[2-6](?:[ -]\d){{12,18}}(?![ -]?\d))""",
    re.VERBOSE,
)
# Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro
_BRAND: Final = re.compile(
    r"4|5[0-68]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3(?:[47689]|0[0-5]|5(?:2[89]|[3-8]))"
    r"|6(?:011|4[4-9]|[2357])"
).match
_LENGTHS: Final = range(13, 20)
_NO_DIGIT: Final = re.compile(r"%20|\D")
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


def mask_cards(text: str, *, grouped_only: bool = False) -> str:
    """Mask payment card numbers with the prefix of a brand and the right check digit.

    Args:
        grouped_only: leave digits without gaps, which can't be told from the id of something.
    """

    def mask(match: re.Match[str]) -> str:
        number, rest = match[0], ""
        if match["rest"] and not _is_card(number):
            # Behind the card is its security code or a month.
            number, rest = number.removesuffix(match["rest"]), match["rest"]
        if not _is_card(number) or (grouped_only and number.isdigit()):
            return match[0]
        return f"[card]{rest}"

    return _CARD.sub(mask, text)


# Check prefix, length, and the last digit as ISO/IEC 7812-1, annex B, has it.
def _is_card(text: str) -> bool:
    digits = _NO_DIGIT.sub("", text)
    doubled = digits[-2::-2].translate(_DOUBLED)
    total = sum(map(int, digits[-1::-2])) + sum(map(int, doubled))
    return len(digits) in _LENGTHS and _BRAND(digits) is not None and total % 10 == 0


# Other numbers
_UNIT: Final = r"""(?i:[kmgtp]?i?b(?:ytes?|its?)?(?:/s)?|octets|[nmu\u00b5]?s|secs?
    |(?:milli|micro|nano)?seconds?|min(?:ute)?s?|hours?|days?|[kmg]?hz|%|px|rows?|lines?|records?
    |entries|items|requests?|pages|blocks|tokens|char(?:acter)?s|times|cycles|ops)(?![A-Za-z0-9])"""
# What a number is a measure of: `size=67108864`, `startTime: 261967011`.
_LABEL: Final = re.compile(
    r"""(?i:time(?:stamp)?|steps?|size|length|count(?:er)?|offset|bytes|(?-i:[a-z]Val)|\b(?:date|flags|len|capacity
    |duration|elapsed|errno|exit\ ?code|heap|limit|memory|position|seq(?:uence)?|since|status
    |timeout|total|ts|used|took|version|when|winerror))
    [ \t]{0,2}(?:[:=][ \t]{0,2}|is[ ]|of[ ])?[\[-]?\Z""",
    re.VERBOSE,
).search
_HAS_EIGHT_DIGITS: Final = re.compile(r"\d(?:\D*+\d){7}").search
_DASH: Final = r"\u2010-\u2015\u2212-"
_NUMBER: Final = re.compile(
    rf"""(?<!\d)(?=[\d+(-])(?:(?P<kept>
        # 2025-11-27 10:15:00, 27.11.2025, 03:04:05.678901
        (?<![\d.])(?:19|20)\d\d(?P<in_date>[-/.])\d\d?(?P=in_date)\d\d?
            (?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?(?:[ ]?[+-]\d\d:?\d\d)?)?(?!\d)
    |   (?<![\d.])\d\d?(?P<in_day>[-/.])\d\d?(?P=in_day)(?:19|20)\d\d(?!\d)
    |   (?<![\d:])\d{{1,3}}:\d\d(?::\d\d)?(?:[.,]\d{{1,9}})?(?![\d:])
        # 0.26552105443850205, 9.365e-06, 0.012345678901234567s
    |   (?<![\w.])(?:0|[1-9]\d{{0,11}})\.\d+(?:[eE][+-]?\d+)?(?:ns|us|ms|s|m|h)?(?![\w.])
        # 120.0.6099.109, but not the phone number 415.555.0132
    |   (?<![\d.])(?!0\d(?:\.\d\d){{4}}(?!\d)|\d{{3}}\.\d{{2,3}}\.\d{{4}}(?!\d))
            \d+(?:\.\d+){{2,}}
        # 67108864 bytes, 1514038440000 (a time in milliseconds, to the second), 2147483647
    |   (?<![\w.])\d+[ ]?{_UNIT}
    |   (?<![\d.])1[4-9]\d{{8}}000(?!\d)
    |   (?<![\d.])(?:-21474\d{{5}}|214748364[78]|429496729[56]|922337203685477580[78]
            |18446744073709551615)(?!\d)
    )|(?P<phone>
        # +49 30 1234567
        (?<![\w+])(?:\+|00(?=[1-9]))(?:[ ]?\(0\))?(?:[ ()./{_DASH}]{{0,3}}\d){{8,15}}(?!\d)
        # (415) 555-0132, 415.555.0132, 532 123 45 67, 030 1234567, 0917-123-4567, 01.23.45.67.89
    |   (?<![\w.])\(\d{{2,5}}\)[ ./-]{{0,2}}\d{{2,4}}(?:[ ./-]?\d{{2,4}}){{1,3}}(?!\d)
    |   (?<![\w.-])\d{{3}}(?P<in_phone>[ .-])\d{{3}}(?P=in_phone)
            (?:\d{{4}}|\d\d(?P=in_phone)\d\d)(?![\d-])
    |   (?<![\w.-])0\d{{1,4}}[ -]\d{{6,9}}(?![\d-])
    |   (?<![\w.-])0\d{{0,4}}(?:[ /{_DASH}]\d{{2,5}}){{2,4}}(?![\d-])
    |   (?<![\w.])0\d(?:\.\d\d){{4}}(?!\d)
    )|(?P<grouped>
        # 811218-9876, 960121-1234567, 19811218-9876, 078-05-1120, 911-701234
        (?<![\w.-])(?:\d{{6}}|\d{{8}})[-+]\d{{4}}(?![\w-])
    |   (?<![\w.-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-\d{{7}}(?![\w-])
    |   (?<![\w.-])\d{{3}}[ .-]?\d\d[ .-]?\d{{4}}(?![\w-])
        # 51 824 753 556, 731-530-150, 123/456/78901
    |   (?<![\w.])\d{{2,4}}(?:[ ]\d{{3,5}}){{2,3}}(?:[ ]\d)?(?![\w.:/-]|[ ][\d*])
    |   (?<![\w.-])\d{{2,6}}(?P<in_group>[:/{_DASH}])\d{{2,6}}(?:(?P=in_group)\d{{1,6}}){{1,4}}
            (?![\w:/-])
    )|(?<!\d)(?<!\d\.)(?<!\b0[xX])\d{{8,}}+)""",
    re.VERBOSE,
)


def mask_numbers(text: str) -> str:
    """Mask cards, phone numbers, and digits from the eighth on."""
    if not _HAS_EIGHT_DIGITS(text):
        return text
    return _NUMBER.sub(_mask_number, mask_cards(text, grouped_only=True))


def _mask_number(match: re.Match[str]) -> str:
    text = match[0]
    if match["kept"] or sum(map(str.isdigit, text)) < (9 if match["grouped"] else 8):
        return text
    if text.isdigit() and _LABEL(match.string, max(0, match.start() - 32), match.start()):
        return text
    return "[phone]" if match["phone"] else "[number]"
