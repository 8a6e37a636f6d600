"""Numbers and ids: first what a check digit or a fixed form proves, then long runs. Dates, versions and amounts stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from .randomness import looks_random

_HAS_DIGITS: Final = re.compile(r"\d").search

# Ids of machines

_UUID: Final = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
_TRACE: Final = re.compile(r"(?<!\w)(?:[0-9a-f]{2}-)?[0-9a-f]{32}-[0-9a-f]{16}(?:-[0-9a-f]{1,2})?(?!\w)")
_ULID: Final = re.compile(r"(?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])")
_POINTER: Final = re.compile(r"\b0[xX](?:[1-7Ff][0-9A-Fa-f]{7}\b|[0-9A-Fa-f]{9,}+)")
"""An address, not a mask or a status, `0x80070005`."""
_BASE64: Final = re.compile(r"(?<![\w+/.-])[A-Za-z0-9+/]{16,}+={0,2}(?![\w+/-])")
_RUN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9_-]{12,}+")
_PART: Final = re.compile(r"[A-Za-z0-9]{12,}+")
_HEX: Final = re.compile(r"(?=[a-fA-F]*\d)(?=\d*[a-fA-F])(?:[0-9a-f]{12,}|[0-9A-F]{12,})").fullmatch
_PREFIXED: Final = re.compile(r"([a-z]{2,10}_)(?=[A-Za-z0-9]{0,40}[A-Z])(?=[A-Za-z0-9]{0,40}[a-z])[A-Za-z0-9]{14,64}").fullmatch
"""The ids of Stripe and others: `cus_NffrFeUfNV2Hib`."""


def mask_identifiers(text: str) -> str:
    """Mask ids of machines, accounts and papers, which hold letters or hyphens."""
    if not _HAS_DIGITS(text):
        return text
    text = _TRACE.sub("[hex]", _UUID.sub("[uuid]", text))
    text = _POINTER.sub("[hex]", _ULID.sub("[id]", text))
    text = _PAPER.sub(_mask_paper, _mask_ibans(text))
    return _RUN.sub(_mask_run, _BASE64.sub(_mask_base64, text))


def _mask_base64(match: re.Match[str]) -> str:
    """Mask base 64 that can't be a path: it has a plus or ends in an equals sign."""
    run = match[0]
    return "[token]" if ("+" in run or run.endswith("=")) and looks_random(run) else run


def _mask_run(match: re.Match[str]) -> str:
    """Mask a run as a whole if it looks random; otherwise its parts between hyphens and underscores."""
    run = match[0]
    prefixed = _PREFIXED(run)
    if prefixed and looks_random(run.removeprefix(prefixed[1])):
        return f"{prefixed[1]}[id]"
    return "[token]" if not run.isalnum() and len(run) >= 16 and looks_random(run) else _PART.sub(_mask_part, run)


def _mask_part(match: re.Match[str]) -> str:
    part = match[0]
    if _HEX(part):
        return "[hex]"
    return "[token]" if len(part) >= 16 and looks_random(part) else part


# Accounts and papers

IBAN_LENGTHS: Final = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FK", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HN", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
"""The characters of an account number (ISO 13616) by country."""
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ -]?[A-Za-z0-9]{3})")
_IBAN_CHARACTER: Final = re.compile(r"[ -]?([A-Za-z0-9])")


def _mask_ibans(text: str) -> str:
    """Mask account numbers whose length and check digits are right."""
    kept: list[str] = []
    position = 0
    for match in _IBAN.finditer(text):
        end = _end_of_iban(text, match.start())
        if match.start() >= position and end:
            kept += (text[position : match.start()], "[iban]")
            position = end
    return "".join([*kept, text[position:]])


def _end_of_iban(text: str, start: int) -> int:
    """Return where the account number ends that begins here, or 0."""
    compact, end = text[start : start + 2].upper(), start + 2
    length = IBAN_LENGTHS.get(compact, 0)
    while len(compact) < length and (character := _IBAN_CHARACTER.match(text, end)):
        compact, end = compact + character[1].upper(), character.end()
    if not length or len(compact) < length or text[end : end + 1].isalnum():
        return 0
    digits = "".join(str(int(one, 36)) for one in compact[4:] + compact[:4])
    return end if int(digits) % 97 == 1 else 0


def _passes_finnish(code: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(code[:6] + code[7:10]) % 31] == code[10]


def _passes_spanish(code: str) -> bool:
    plain = code.replace("-", "")
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def _passes_machine_readable(code: str) -> bool:
    """Check the last digit as ICAO 9303 has it."""
    return sum(int(one, 36) * (7, 3, 1)[place % 3] for place, one in enumerate(code[:8])) % 10 == int(code[8])


PAPERS: Final[dict[str, str]] = {
    "UK national insurance": r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]",
    "UK driving licence": r"[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}",
    "US Medicare": r"[1-9][A-Z][0-9A-Z]\d-?[A-Z][0-9A-Z]\d-?[A-Z]{2}\d\d",
    "German social security": r"\d{8}[A-Z]\d{3}",
    "French passport": r"\d\d[A-Z]{2}\d{5}",
    "Indian PAN": r"[A-Z]{5}\d{4}[A-Z]",
    "Indian GSTIN": r"\d\d[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]",
    "Italian fiscal code": r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]",
    "Korean passport": r"[DGMORS]\d{3}[A-Z]\d{4}",
    "Singapore UEN": r"(?:\d{9}|[RST]\d\d[A-Z]{2}\d{4})[A-Z]",
    "Spanish passport": r"[A-Z]{3}\d{6}",
    "Passports, driving licences, health insurance": r"(?!KB)[A-Z]{1,3}\d{7,9}[A-Z]?",
    "Finnish identity code": r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]",
    "Spanish NIF, NIE": r"(?:\d{7,8}|[XYZ]\d{7})-?[A-Z]",
    "German identity card": r"[CFGHJ-NPRTV-Z][0-9CFGHJ-NPRTV-Z]{7}\d",
}
"""Papers of people whose numbers hold letters. Those with a check digit come last."""
_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "Finnish identity code": _passes_finnish,
    "Spanish NIF, NIE": _passes_spanish,
    "German identity card": _passes_machine_readable,
}
_NAMES: Final = tuple(PAPERS)
_PAPER: Final = re.compile(
    rf"(?i:(?<![A-Z0-9_/.-])(?:{'|'.join(f'({pattern})' for pattern in PAPERS.values())})(?![A-Z0-9_]|[-.]\w))"
)


def _mask_paper(match: re.Match[str]) -> str:
    check = _CHECKS.get(_NAMES[(match.lastindex or 1) - 1])
    return "[id]" if check is None or check(match[0].upper()) else match[0]


# Cards

_GAP: Final = r"(?:[ \t+.,_/\u00b7\u2010-\u2015\u2212-]|%20){0,3}?"
CARD_PREFIXES: Final = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|3(?:0[0-5]|[689])|35(?:2[89]|[3-8])|6(?:011|4[4-9]|5)|62|5[068]|6[37]"
)
"""Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro."""
_CARD: Final = re.compile(
    rf"(?<![\d.+])(?<!\d[,-])[2-6]\d{{3}}(?:{_GAP}\d{{4}}){{2}}{_GAP}(?:\d{{4}}(?P<rest>{_GAP}\d{{1,3}})?|\d{{1,3}})(?!\d)"
    rf"|(?<![\d.+])3\d{{3}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}(?!\d)|(?<![\d.+])[2-6](?:[ -]\d){{12,18}}(?![ -]?\d)"
)
_LENGTHS: Final = range(13, 20)
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")
_NO_DIGIT: Final = re.compile(r"\D|(?<=%)20")


def mask_cards(text: str, *, grouped_only: bool = False) -> str:
    """Mask payment card numbers with the prefix of a brand and the right check digit.

    Args:
        grouped_only: leave digits without gaps, which can't be told from the id of something.
    """

    def mask(match: re.Match[str]) -> str:
        number, rest = match[0], ""
        if match["rest"] and not _is_card(number):
            # Behind the card its security code, or a month.
            number, rest = number.removesuffix(match["rest"]), match["rest"]
        if not _is_card(number) or (grouped_only and number.isdigit()):
            return match[0]
        return f"[card]{rest}"

    return _CARD.sub(mask, text)


def _is_card(text: str) -> bool:
    digits = _NO_DIGIT.sub("", text)
    return len(digits) in _LENGTHS and CARD_PREFIXES.match(digits) is not None and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    """Check the last digit as ISO/IEC 7812-1, annex B, has it."""
    total = sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))
    return total % 10 == 0


# Other numbers

_UNIT: Final = (
    r"(?i:[kmgtp]?i?b(?:ytes?|its?)?(?:/s)?|octets|[nmu\u00b5]s|ns|s|secs?|(?:milli|micro|nano)?seconds?|min(?:ute)?s?|hours?|days?|[kmg]?hz|%"
    r"|px|rows?|lines?|records?|entries|items|requests?|pages|blocks|tokens|char(?:acter)?s|times|cycles|ops)(?![A-Za-z0-9])"
)
_LABEL: Final = (
    r"(?i:\w{0,40}?(?:time(?:stamp)?|steps?|size|length|count(?:er)?|offset|bytes)|date|flags|len|capacity|duration|elapsed|errno|exit ?code|heap|limit|memory|position"
    r"|seq(?:uence)?|since|status|timeout|total|ts|used|took|version|when|winerror)"
)
_NUMBER: Final = re.compile(
    rf"""(?P<kept>
        # 2025-11-27 10:15:00, 27.11.2025, 03:04:05.678901
        (?<![\d.])(?:19|20)\d\d(?P<in_date>[-/.])\d\d?(?P=in_date)\d\d?(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?(?:[ ]?[+-]\d\d:?\d\d)?)?(?!\d)
    |   (?<![\d.])\d\d?(?P<in_day>[-/.])\d\d?(?P=in_day)(?:19|20)\d\d(?!\d)
    |   (?<![\d:])\d{{1,3}}:\d\d(?::\d\d)?(?:[.,]\d{{1,9}})?(?![\d:])
        # 0.26552105443850205, 9.365e-06, 0.012345678901234567s
    |   (?<![\w.])(?:0|[1-9]\d{{0,11}})\.\d+(?:[eE][+-]?\d+)?(?:ns|us|ms|s|m|h)?(?![\w.])
        # 120.0.6099.109, but not the phone number 415.555.0132
    |   (?<![\d.])(?!0\d(?:\.\d\d){{4}}(?!\d)|\d{{3}}\.\d{{2,3}}\.\d{{4}}(?!\d))\d+(?:\.\d+){{2,}}
        # 67108864 bytes, size=67108864, 2147483647
    |   (?<![\w.])\d+[ ]?{_UNIT}
    |   \b{_LABEL}(?:[ \t]{{0,2}}[:=]?[ \t]{{0,2}}|[ ](?:is|of)[ ])\[?-?\d{{1,18}}(?![\d-])
    |   (?<![\d.])(?:-21474\d{{5}}|214748364[78]|429496729[56]|922337203685477580[78]|18446744073709551615)(?!\d)
    )|(?P<phone>
        # +49 30 1234567
        (?<![\w+])(?:\+|00(?=[1-9]))(?:[ ]?\(0\))?(?:[ ().\u2010-\u2015\u2212/-]{{0,3}}\d){{8,15}}(?!\d)
        # (415) 555-0132, 415.555.0132, 030 1234567, 0917-123-4567, 01.23.45.67.89
    |   (?<![\w.])\(\d{{2,5}}\)[ ./-]{{0,2}}\d{{2,4}}(?:[ ./-]?\d{{2,4}}){{1,3}}(?!\d)
    |   (?<![\w.-])\d{{3}}(?P<in_phone>[ .-])\d{{3}}(?P=in_phone)\d{{4}}(?![\d-])
    |   (?<![\w.-])\d{{3}}(?P<in_turkey>[ .-])\d{{3}}(?:(?P=in_turkey)\d\d){{2}}(?![\d-])
    |   (?<![\w.-])0\d{{1,4}}[ /-]\d{{6,9}}(?![\d-])
    |   (?<![\w.-])0\d{{0,4}}(?:[ /\u2010-\u2015\u2212-]\d{{2,5}}){{2,4}}(?![\d-])
    |   (?<![\w.])0\d(?:\.\d\d){{4}}(?!\d)
    )|(?P<paper>
        # A day and a serial number: 811218-9876, 960121-1234567
        (?<![\w.-])(?:\d\d)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{{4}}(?:\d{{3}})?(?![\w-])
    |   (?<![\w.-])(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d[-+]\d{{4}}(?![\w-])
    |   (?<![\w.-])\d{{6}}-\d{{4}}(?![\w-])
        # 078-05-1120, 911-701234
    |   (?<![\w.-])\d{{3}}[ .-]?\d\d[ .-]?\d{{4}}(?![\w-])
        # Three and more groups: 51 824 753 556, 731-530-150, 123/456/78901
    |   (?<![\w.])\d{{2,4}}(?:[ ]\d{{3,5}}){{2,3}}(?:[ ]\d)?(?![\w.:/-]|[ ]\d)
    |   (?<![\w.-])\d{{2,6}}(?P<in_paper>[:/\u2010-\u2015\u2212-])\d{{2,6}}(?:(?P=in_paper)\d{{1,6}}){{1,4}}(?![\w:/-])
    )|(?<!\d)(?<!\d\.)(?<!\b0[xX])\d{{8,}}+""",
    re.VERBOSE,
)


def mask_numbers(text: str) -> str:
    """Mask cards, phone numbers, and digits from the eighth on. Dates, times, decimals, versions and amounts stay."""
    if not _HAS_DIGITS(text):
        return text
    return _NUMBER.sub(_mask_number, mask_cards(text, grouped_only=True))


def _mask_number(match: re.Match[str]) -> str:
    text = match[0]
    if match["kept"] or sum(map(str.isdigit, text)) < 8 + bool(match["paper"]):
        return text
    return "[phone]" if match["phone"] else "[number]"
