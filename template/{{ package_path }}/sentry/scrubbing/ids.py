"""Ids of machines, bank accounts, and papers: first what a form or a check digit proves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from .values import Step, apply, replace

_HAS_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{10}").search
_HAS_DIGITS: Final = re.compile(r"\d(?:\D*+\d){3}").search

# Machines
_UUID: Final = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])"
)
_TRACE: Final = re.compile(
    r"(?<!\w)(?:[0-9a-f]{2}-)?[0-9a-f]{32}-[0-9a-f]{16}(?:-[0-9a-f]{1,2})?(?!\w)"
)
_ULID: Final = re.compile(r"(?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])")
# An address, not a mask or a status such as 0x80070005.
_POINTER: Final = re.compile(r"\b0[xX](?:[1-7Ff][0-9A-Fa-f]{7}\b|[0-9A-Fa-f]{9,}+)")
_BASE64: Final = re.compile(r"(?<![\w+/.-])[A-Za-z0-9+/]{16,}+={0,2}(?![\w+/-])")
_RUN: Final = re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)[A-Za-z0-9_-]{12,}+")
_PART: Final = re.compile(r"[A-Za-z0-9]{12,}+")
_HEX: Final = re.compile(r"(?=[a-fA-F]*\d)(?=\d*[a-fA-F])(?:[0-9a-f]{12,}|[0-9A-F]{12,})").fullmatch

# What words of identifiers are made of. Random letters of mixed case seldom have four in a row.
_WORDS: Final = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_NO_LETTERS: Final = re.compile(r"[^A-Za-z]+")
_CHANGE: Final = re.compile(r"(?<=[A-Za-z])\d|(?<=\d)[A-Za-z]")


def looks_random(run: str) -> bool:
    """Tell `7hT2kQ9xWb4Lm0ZcVr1d` from `HTTPConnectionPoolManager`."""
    letters, changes = _NO_LETTERS.sub("", run), len(_CHANGE.findall(run))
    if letters.islower() or letters.isupper():
        # Of one case. Words that are joined by hyphens have some changes as well.
        return changes >= (4 if run.isalnum() else 6)
    if not letters or (run.isalnum() and run[0].isdigit()):
        return bool(letters)
    rest = len(_WORDS.sub("", letters)) / len(letters)
    return rest + changes * 0.06 >= (0.4 if changes > 1 else 0.65)


# Mask base 64 that can't be a path: it has a plus or ends in an equals sign.
def _mask_base64(match: re.Match[str]) -> str:
    run = match[0]
    return "[token]" if ("+" in run or run.endswith("=")) and looks_random(run) else run


# Mask a run as a whole if it looks random; otherwise its parts between hyphens.
def _mask_run(match: re.Match[str]) -> str:
    run = match[0]
    is_token = not run.isalnum() and len(run) >= 16 and looks_random(run)
    return "[token]" if is_token else _PART.sub(_mask_part, run)


def _mask_part(match: re.Match[str]) -> str:
    part = match[0]
    if _HEX(part):
        return "[hex]"
    return "[token]" if len(part) >= 16 and looks_random(part) else part


# Bank accounts
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ -]?[A-Za-z0-9]{3})")
_IBAN_CHARACTER: Final = re.compile(r"[ -]?([A-Za-z0-9])").match
# Characters by country, ISO 13616.
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


# Yield the account numbers whose length and check digits are right.
def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        compact, end = match[0][:2].upper(), match.start() + 2
        length = IBAN_LENGTHS.get(compact, 0)
        while len(compact) < length and (character := _IBAN_CHARACTER(text, end)):
            compact, end = compact + character[1].upper(), character.end()
        if length and len(compact) == length and not text[end : end + 1].isalnum():
            digits = "".join(str(int(one, 36)) for one in compact[4:] + compact[:4])
            if int(digits) % 97 == 1:
                yield match.start(), end


def _passes_finnish(code: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(code[:6] + code[7:10]) % 31] == code[10]


def _passes_spanish(code: str) -> bool:
    number = code[:-1].rstrip("-").translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == code[-1]


# Check the last digit as ICAO 9303 has it.
def _passes_icao(code: str) -> bool:
    values = (int(one, 36) * (7, 3, 1)[place % 3] for place, one in enumerate(code[:-1]))
    return sum(values) % 10 == int(code[-1])


# Papers of people whose numbers hold letters. Those with a check digit come last.
PAPERS: Final[dict[str, str]] = {
    "UK national insurance": r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]",
    "UK driving licence": r"[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}",
    "US Medicare": r"[1-9][A-Z][0-9A-Z]\d-?[A-Z][0-9A-Z]\d-?[A-Z]{2}\d\d",
    "German social security": r"\d{8}[A-Z]\d{3}",
    "French passport": r"\d\d[A-Z]{2}\d{5}",
    "Indian PAN": r"[A-Z]{5}\d{4}[A-Z]",
    "Indian GSTIN": r"\d\d[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]",
    "Italian fiscal code": r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]",
    "Italian driving licence": r"U1[0-9A-Z]{7}[A-Z]",
    "Korean passport": r"[DGMORS]\d{3}[A-Z]\d{4}",
    "Singapore UEN": r"(?:\d{9}|[RST]\d\d[A-Z]{2}\d{4})[A-Z]",
    "Spanish passport": r"[A-Z]{3}\d{6}",
    "Passports, driving licences, health insurance": r"(?!KB)[A-Z]{1,3}\d{7,9}[A-Z]?",
    "Finnish identity code": r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]",
    "Spanish NIF, NIE": r"(?:\d{7,8}|[XYZ]\d{7})-?[A-Z]",
    "German identity card": r"[CFGHJ-NPRTV-Z][0-9CFGHJ-NPRTV-Z]{7}\d",
}
_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "Finnish identity code": _passes_finnish,
    "Spanish NIF, NIE": _passes_spanish,
    "German identity card": _passes_icao,
}
_NAMES: Final = tuple(PAPERS)
_PAPER: Final = re.compile(
    r"(?<![A-Za-z0-9_/.-])(?=[A-Za-z]{0,6} ?\d)"
    rf"(?i:(?:{'|'.join(f'({shape})' for shape in PAPERS.values())})(?![A-Z0-9_]|[-.]\w))"
)


def _mask_paper(match: re.Match[str]) -> str:
    check = _CHECKS.get(_NAMES[(match.lastindex or 1) - 1])
    return "[id]" if check is None or check(match[0].upper()) else match[0]


_STEPS: Final[tuple[Step, ...]] = (
    (("-",), _UUID, "[uuid]"),
    (("-",), _TRACE, "[hex]"),
    (("",), _ULID, "[id]"),
    (("0x", "0X"), _POINTER, "[hex]"),
)
_RUNS: Final[tuple[Step, ...]] = (
    (("+", "="), _BASE64, _mask_base64),
    (("",), _RUN, _mask_run),
)


def mask_ids(text: str) -> str:
    """Mask ids of machines, bank accounts, papers of people, and what looks random."""
    has_runs = _HAS_RUN(text) is not None
    text = apply(_STEPS, text) if has_runs else text
    if _HAS_DIGITS(text):
        text = _PAPER.sub(_mask_paper, replace(text, _ibans(text), "[iban]"))
    return apply(_RUNS, text) if has_runs else text
