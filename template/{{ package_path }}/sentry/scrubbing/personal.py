"""Personal data of a recognizable shape, replaced by what it was: `[email]`, `[phone]`, `[uuid]`.

The order matters: what has an unmistakable shape or a check digit comes first, so that nothing
else takes a part of it. Equal errors stay equal and group. Each pattern takes linear time on
hostile text: repetitions are possessive (`++`), bounded, or disjoint, and a run of characters isn't
tried again at each of its characters (`(?<!...)`). A repeated group is atomic (`(?>(...)*)`) instead
of possessive, which Python 3.11.0 to 3.11.4 match wrongly: python/cpython 106052.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from .values import QUOTED, Step, apply, mask_inputs, replace

# Addresses that name a page of a manual, not a person.
_DOCUMENTATION: Final = re.compile(
    r"""(?:(?:(?:docs|doc|dev|developer|developers|errors|help|learn|support|www|bugs|api|peps|legacy
        |platform|fastapi|sqlmodel|typer)\.)?
    (?:aiohttp\.org|aka\.ms|anthropic\.com|apache\.org|celeryq\.dev|curl\.se|djangoproject\.com
    |docker\.com|encode\.io|huggingface\.co|ietf\.org|json-schema\.org|kubernetes\.io|langchain\.com
    |mariadb\.com|microsoft\.com|mongodb\.com|mozilla\.org|mypy-lang\.org|mysql\.com|nginx\.org
    |numpy\.org|openai\.com|openssl\.org|opentelemetry\.io|palletsprojects\.com|pola\.rs
    |postgresql\.org|pydantic\.dev|pydata\.org|pytest\.org|python\.org|python-httpx\.org|redis\.io
    |rfc-editor\.org|scipy\.org|sentry\.io|sqlalche\.me|sqlalchemy\.org|sqlite\.org|starlette\.dev
    |stripe\.com|tiangolo\.com|w3\.org)
    |docs\.aws\.amazon\.com|docs\.github\.com|go\.microsoft\.com|[\w-]+\.readthedocs\.io)
    (?!.*\d{8})(?:/[\w.,~+:()-]{0,60}){1,10}(?:\#[\w.-]{1,60})?""",
    re.VERBOSE,
).fullmatch
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_VERSION: Final = re.compile(
    r"(?:(?i:version|release|ver|build|driver|update)[\s:=v\"'(]{0,3}|[A-Z][a-z]+[A-Za-z]*/)\Z"
).search


def _mask_url(url: re.Match[str]) -> str:
    host, path, query = url.groups()
    if not (host or path) or _DOCUMENTATION(url[0].removeprefix("://")):
        return url[0]
    return f"://{host}{path if path in ('', '/') else '/[path]'}{'?[query]' if query else ''}"


# Mask an address, but not a version of four parts.
def _mask_ipv4(address: re.Match[str]) -> str:
    before = address.string[max(0, address.start() - 16) : address.start()]
    return address[0] if _VERSION(before) else "[ip]"


_PART: Final = re.compile(r"[A-Za-z0-9]{12,}+")
_HEX: Final = re.compile(r"(?=[a-fA-F]*\d)(?=\d*[a-fA-F])(?:[0-9a-f]{12,}|[0-9A-F]{12,})").fullmatch

# What identifiers are made of: `HTTP`, `Connection`, `pool`, `64`, `20251127T101500Z`.
_PIECE: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|(?:19|20)\d{6}T\d{4,6}Z?|\d+")
# Letters that hardly any word has side by side. Another piece begins between them.
_ODD_PAIR: Final = re.compile(
    r"""(?i:
    b(?=[hkqvwx])
    |c(?=[jvwxz])
    |d(?=[qxz])
    |f(?=[ghjkqvxz])
    |g(?=[bjkqvwx])
    |h(?=[dfghjkqvwxz])
    |i(?=[w])
    |j(?=[bcdfghjkmnpqrtvwxyz])
    |k(?=[bchjkpqtxz])
    |l(?=[hjqx])
    |m(?=[ghjkqvwxz])
    |n(?=[x])
    |p(?=[jqwxz])
    |q(?=[abcdefghijkmopqvwxyz])
    |r(?=[jqxz])
    |s(?=[jxz])
    |t(?=[gjkqx])
    |u(?=[hjquvwy])
    |v(?=[bdfghjklnqrtuwxyz])
    |w(?=[fgjkmpquvxyz])
    |x(?=[bdgjklnqruvwz])
    |y(?=[hjkquvx])
    |z(?=[bcdfghjkmnpqrstuvwx])
    )""",
    re.VERBOSE,
)


# Tell `7hT2kQ9xWb4Lm0ZcVr1d` from `HTTPConnectionPoolManager` by the length of the pieces.
def _looks_random(run: str) -> bool:
    if len(run) < 16:
        return False
    pieces = _PIECE.findall(run)
    length = sum(map(len, pieces))
    # Separators, which the pieces lack, divide names.
    count = len(pieces) + len(_ODD_PAIR.findall(" ".join(pieces))) - (len(run) - length)
    # Letters of one case show fewer pieces, and the names in a program aren't as long.
    is_no_name = run.islower() or run.isupper() or run[0].isdigit() or len(run) >= 36
    return count * (4 if is_no_name else 3) >= length


def mask_random(match: re.Match[str]) -> str:
    """Mask what looks random."""
    return "[token]" if _looks_random(match[0]) else match[0]


def _mask_part(match: re.Match[str]) -> str:
    return "[hex]" if _HEX(match[0]) else mask_random(match)


# Mask a run as a whole if it looks random; otherwise its parts between hyphens.
def _mask_run(match: re.Match[str]) -> str:
    run = match[0]
    is_token = not run.isalnum() and _looks_random(run)
    return "[token]" if is_token else _PART.sub(_mask_part, run)


# Bank accounts
# Characters behind the check digits, and the countries whose accounts have as many: ISO 13616.
_IBAN_LENGTHS: Final[dict[int, tuple[str, ...]]] = {
    11: ("NO",),
    12: ("BE",),
    14: ("DK", "FI", "FK", "FO", "GL", "NL", "SD"),
    15: ("MK", "SI"),
    16: ("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"),
    17: ("CH", "HR", "LI", "LV"),
    18: ("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"),
    19: ("AE", "GI", "IL", "IQ", "OM", "SO", "TL"),
    20: ("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"),
    21: ("LY", "PT", "ST"),
    22: ("IS", "TR"),
    23: ("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"),
    24: ("AL", "AZ", "BY", "CY", "DO", "GT", "HN", "HU", "LB", "NI", "PL", "SV"),
    25: ("BR", "EG", "PS", "QA", "UA"),
    26: ("JO", "KW", "MU", "YE"),
    27: ("MT", "SC"),
    28: ("LC",),
    29: ("RU",),
}
_IBAN_SHAPES: Final = "|".join(
    rf"(?:{'|'.join(countries)})[0-9]{{2}}(?:[ -]?[A-Z0-9]){{{length}}}"
    for length, countries in _IBAN_LENGTHS.items()
)
# Looked at without being taken, because a number that fails the check may hide the next.
_IBAN: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?=[A-Za-z]{{2}}\d\d)(?=((?ai:{_IBAN_SHAPES}))(?![A-Za-z0-9]))"
)


# Yield the account numbers whose length and check digits are right.
def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        account = match[1].replace(" ", "").replace("-", "")
        digits = "".join(str(int(character, 36)) for character in account[4:] + account[:4])
        if int(digits) % 97 == 1:
            yield match.span(1)


def _passes_finnish(code: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(code[:6] + code[7:10]) % 31] == code[10]


# X, Y, and Z stand for the first digit of foreigners.
def _passes_spanish(code: str) -> bool:
    number = code[:-1].rstrip("-").translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == code[-1]


# Check the last digit as ICAO 9303 has it.
def _passes_icao(code: str) -> bool:
    values = (int(one, 36) * (7, 3, 1)[place % 3] for place, one in enumerate(code[:-1]))
    return sum(values) % 10 == int(code[-1])


# By the name of the group in the pattern of papers.
_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "finnish": _passes_finnish,
    "spanish": _passes_spanish,
    "german": _passes_icao,
}


def _mask_paper(match: re.Match[str]) -> str:
    check = _CHECKS.get(match.lastgroup or "")
    return "[id]" if check is None or check(match[0].upper()) else match[0]


# Cards
_GAP: Final = r"(?:[ \t+.,_/\u00b7\u2010-\u2015\u2212-]|%20){0,3}?"
_CARD: Final = rf"""(?=[2-6])(?<![\d.+])(?:(?<!\d[,-])[2-6]\d{{3}}(?:{_GAP}\d{{4}}){{2}}{_GAP}
        (?:\d{{4}}(?P<rest>{_GAP}\d{{1,3}})?|\d{{1,3}})(?!\d)
    |3\d{{3}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}(?!\d)
    |[2-6](?:[ -]\d){{12,18}}(?![ -]?\d))"""
# Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro
_BRAND: Final = re.compile(
    r"4|5[0-68]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3(?:[47689]|0[0-5]|5(?:2[89]|[3-8]))"
    r"|6(?:011|4[4-9]|[2357])"
).match
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


def _mask_card(match: re.Match[str]) -> str:
    # Behind a card is often its security code or a month.
    for rest in ("", match["rest"] or ""):
        if _is_card(match[0].removesuffix(rest)):
            return f"[card]{rest}"
    return match[0]


# Check the prefix and the last digit as ISO/IEC 7812-1, annex B, has it.
def _is_card(text: str) -> bool:
    digits = re.sub(r"%20|\D", "", text)
    total = sum(map(int, digits[-1::-2] + digits[-2::-2].translate(_DOUBLED)))
    return _BRAND(digits) is not None and total % 10 == 0


# Other numbers
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


def _mask_number(match: re.Match[str]) -> str:
    text = match[0]
    if match["kept"] or sum(map(str.isdigit, text)) < (9 if match["grouped"] else 8):
        return text
    if text.isdigit() and _LABEL(match.string, max(0, match.start() - 32), match.start()):
        return text
    return "[phone]" if match["phone"] else "[number]"


_DIGITS: Final = tuple("0123456789")
CARDS: Final[tuple[Step, ...]] = ((_DIGITS, re.compile(_CARD, re.VERBOSE), _mask_card),)
# Numbers of accounts come between these two tables.
_STEPS: Final[tuple[Step, ...]] = (
    (
        ("://",),
        re.compile(r"://([^\s\"'<>`/?#\\]*+)([^\s\"'<>`?#\\]*+)([?#][^\s\"'<>`\\]*+)?"),
        _mask_url,
    ),
    (
        ("?",),
        re.compile(r"\?(?!\[query\]|P=)[^\s\"'<>?=&]{1,100}=[^\s\"'<>]*+"),
        "?[query]",
    ),
    (
        (" /",),
        re.compile(
            r"\b(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE) /(?!\[path\])[^\s\"'<>]++"
        ),
        r"\1 /[path]",
    ),
    # `%2B` is a plus. A local part doesn't begin within such a code.
    (
        ("@", "40"),
        re.compile(
            r"""(?:(?<![\w.+\u0300-\u036f-])(?!(?<=%)[0-9A-Fa-f]{2})
                (?>(?:[\w.+\u0300-\u036f-]|%2[Bb])+)|"[^"\n@]{1,64}")
            (?:@|%(?:25){0,4}40)
            (?:\[[0-9A-Fa-f:.]{2,45}\]
            |(?=[\w.-]{0,253}?\.(?:[^\W\d_]{2}|xn--))\w[\w-]*+(?>(?:\.\w[\w-]*+)+))""",
            re.VERBOSE,
        ),
        "[email]",
    ),
    (
        ("/home/", "Users"),
        re.compile(
            r"((?:/home/|/Users/|\b[A-Za-z]:\\{1,2}Users\\{1,2}))"
            r"(?!\[user\]|(?:app|Public|root|runner|Shared)\b)"
            r"[^\s/\\\"'<>:]{1,60}(?: [^\s/\\\"'<>:]{1,60}(?=\\))?"
        ),
        r"\1[user]",
    ),
    (
        (":", "-", "."),
        re.compile(
            r"(?<![\w:.-])(?=[0-9A-Fa-f]{2,4}[:.-][0-9A-Fa-f]{2})"
            r"(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2})"
            r"(?![\w:-]|\.\w)"
        ),
        "[mac]",
    ),
    # `::` or six colons between hexadecimal digits, at least one of them a digit. Not behind a $:
    # `$1::int` is a parameter of PostgreSQL. Not the loopback address.
    (
        (":",),
        re.compile(
            r"(?<![\w:.$])(?=[0-9A-Fa-f:.]{0,48}?\d)(?=[0-9A-Fa-f:.]{0,48}?::|(?:[0-9A-Fa-f.]{0,15}:){6})"
            r"(?!::1(?![0-9A-Fa-f:]))(?>(?:[0-9A-Fa-f:]|\.(?=\d)){3,})(?!\w)"
        ),
        "[ip]",
    ),
    # Not a loopback, unspecified, or network mask. In names of hosts also with hyphens.
    (
        (".", "-"),
        re.compile(
            rf"(?=\d)(?:(?<![\d.~])(?<!\b[vV])(?!0\.|127\.|255\.){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d)"
            rf"|(?<![\w.-]){_OCTET}(?:-{_OCTET}){{3}}(?=[)\s.]|\Z)(?<=[\d-]{{10}}))"
        ),
        _mask_ipv4,
    ),
    (
        ("-",),
        re.compile(
            r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])"
        ),
        "[uuid]",
    ),
    # A trace and a span
    (
        ("-",),
        re.compile(r"(?<!\w)(?:[0-9a-f]{2}-)?[0-9a-f]{32}-[0-9a-f]{16}(?:-[0-9a-f]{1,2})?(?!\w)"),
        "[hex]",
    ),
    # ULID
    (
        _DIGITS,
        re.compile(r"(?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])"),
        "[id]",
    ),
    # An address, not a mask or a status such as 0x80070005.
    (
        ("0x", "0X"),
        re.compile(r"\b0[xX](?:[1-7Ff][0-9A-Fa-f]{7}\b|[0-9A-Fa-f]{9,}+)"),
        "[hex]",
    ),
)
_AFTER_ACCOUNTS: Final[tuple[Step, ...]] = (
    (
        _DIGITS,
        re.compile(
            r"""(?<![A-Za-z0-9_/.-])(?=[A-Za-z]{0,6}[ ]?\d)(?i:(?:
            # UK: national insurance, driving license
                [A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?\d\d[ ]?\d\d[ ]?\d\d[ ]?[A-D]
            |   [A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}
            # US Medicare
            |   [1-9][A-Z][0-9A-Z]\d-?[A-Z][0-9A-Z]\d-?[A-Z]{2}\d\d
            # German social security
            |   \d{8}[A-Z]\d{3}
            # French passport
            |   \d\d[A-Z]{2}\d{5}
            # Indian PAN, GSTIN
            |   [A-Z]{5}\d{4}[A-Z]
            |   \d\d[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]
            # Italian fiscal code, identity card, driving license
            |   [A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]
            |   [A-Z]{2}\d{5}[A-Z]{2}
            |   U1[0-9A-Z]{7}[A-Z]
            # Korean passport
            |   [DGMORS]\d{3}[A-Z]\d{4}
            # Singapore UEN
            |   (?:\d{9}|[RST]\d\d[A-Z]{2}\d{4})[A-Z]
            # Spanish passport
            |   [A-Z]{3}\d{6}
            # Passports, driving licenses, health insurance of several countries
            |   (?!KB)[A-Z]{1,3}\d{7,9}[A-Z]?
            # With a check: Finnish identity code, Spanish NIF and NIE, German identity card
            |   (?P<finnish>\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y])
            |   (?P<spanish>(?:\d{7,8}|[XYZ]\d{7})-?[A-Z])
            |   (?P<german>[CFGHJ-NPRTV-Z][0-9CFGHJ-NPRTV-Z]{7}\d)
            )(?![A-Z0-9_]|[-.]\w))""",
            re.VERBOSE,
        ),
        _mask_paper,
    ),
    # Base 64 that can't be a path: it has a plus or ends in an equals sign.
    (
        ("+", "="),
        re.compile(r"(?<![\w+/.-])(?=[A-Za-z0-9/]*[+=])[A-Za-z0-9+/]{16,}+={0,2}(?![\w+/-])"),
        mask_random,
    ),
    (
        ("",),
        re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)[A-Za-z0-9_-]{12,}+"),
        _mask_run,
    ),
)
_LONG_NUMBERS: Final[tuple[Step, ...]] = (
    # Digits without a gap can't be told from the id of something.
    (_DIGITS, re.compile(rf"(?=[2-6])(?!\d{{13}})(?:{_CARD})", re.VERBOSE), _mask_card),
    (
        _DIGITS,
        re.compile(
            rf"""(?<!\d)(?=[\d+(-])(?:(?P<kept>
                # 2025-11-27 10:15:00, 20251127T101500Z, 27.11.2025, 03:04:05.678901
                (?<![\d.])(?:19|20)\d\d(?P<in_date>[-/.])\d\d?(?P=in_date)\d\d?
                    (?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?(?:[ ]?[+-]\d\d:?\d\d)?)?(?!\d)
            |   (?<![\d.])(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T\d{{4,6}}
            |   (?<![\d.])\d\d?(?P<in_day>[-/.])\d\d?(?P=in_day)(?:19|20)\d\d(?!\d)
            |   (?<![\d:])\d{{1,3}}:\d\d(?::\d\d)?(?:[.,]\d{{1,9}})?(?![\d:])
                # 0.26552105443850205, 9.365e-06, 0.012345678901234567s
            |   (?<![\w.])(?:0|[1-9]\d{{0,11}})\.\d+(?:[eE][+-]?\d+)?(?:ns|us|ms|s|m|h)?(?![\w.])
                # 120.0.6099.109, but not the phone number 415.555.0132
            |   (?<![\d.])(?!0\d(?:\.\d\d){{4}}(?!\d)|\d{{3}}\.\d{{2,3}}\.\d{{4}}(?!\d))
                    \d+(?:\.\d+){{2,}}
                # 67108864 bytes, 1514038440000 (a time in milliseconds, to the second), 2147483647
            |   (?<![\w.])\d+[ ]?
                    (?i:[kmgtp]?i?b(?:ytes?|its?)?(?:/s)?|octets|[nmu\u00b5]?s|secs?
                    |(?:milli|micro|nano)?seconds?|min(?:ute)?s?|hours?|days?|[kmg]?hz|%|px|rows?|lines?
                    |records?|entries|items|requests?|pages|blocks|tokens|char(?:acter)?s|times|cycles
                    |ops)(?![A-Za-z0-9])
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
                # 2123 45670 1, 51 824 753 556, 731-530-150, 123/456/78901
            |   (?<![\w.])\d{{4}}[ ]\d{{5}}[ ]\d(?![\w.:/-])
            |   (?<![\w.])\d{{2,4}}(?:[ ]\d{{3,5}}){{2,3}}(?:[ ]\d)?(?![\w.:/-]|[ ][\d*])
            |   (?<![\w.-])\d{{2,6}}(?P<in_group>[:/{_DASH}])\d{{2,6}}(?:(?P=in_group)\d{{1,6}}){{1,4}}
                    (?![\w:/-])
            )|(?<!\d)(?<!\d\.)(?<!\b0[xX])\d{{8,}}+)""",
            re.VERBOSE,
        ),
        _mask_number,
    ),
)


def mask_personal_data(text: str) -> str:
    """Mask addresses, URLs, ids, long numbers, and what databases and pydantic quote in errors."""
    text = apply(_STEPS, mask_inputs(apply(QUOTED, text)))
    text = apply(_AFTER_ACCOUNTS, replace(text, _ibans(text), "[iban]"))
    return apply(_LONG_NUMBERS, text) if _HAS_EIGHT_DIGITS(text) else text
