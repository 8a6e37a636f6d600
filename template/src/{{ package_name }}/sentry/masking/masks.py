# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Personal data in free text, replaced by what it was: `[email]`, `[card]`, `[ip]`. Credentials: see credentials.py.

Equal errors stay equal, so they still group. Every pattern here and there is linear on hostile text: repetitions are
possessive (`++`), bounded or disjoint, and no run of characters is begun again at each of its characters (`(?<!...)`).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from .credentials import without_credentials
from .keys import SensitiveKeys
from .numbers import without_ibans, without_personal_numbers
from .statements import skeleton

Mask = Callable[[str], str]

# Plain words: nothing that a pattern below begins with.
_SUSPICIOUS: Final = re.compile(r"[^A-Za-z ,.;()\n]|[A-Za-z]{16}|(?i:bearer|basic|negotiate)").search


class Remembering:
    """A mask that remembers its answers until it is told to forget: an item repeats the same texts many times."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._answers: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        answer = self._answers.get(text)
        if answer is None:
            answer = self._answers[text] = self._mask(text)
        return answer

    def forget(self) -> None:
        self._answers.clear()


def credentials_mask(keys: SensitiveKeys) -> Mask:
    """A mask for what no policy lets out."""

    def mask(text: str) -> str:
        return without_credentials(readable(text), keys) if _SUSPICIOUS(text) else text

    return mask


def personal_mask(keys: SensitiveKeys, own: Iterable[tuple[str, str]] = ()) -> Mask:
    """A mask for credentials and for personal data of a recognisable shape.

    Args:
        keys: names whose values are credentials.
        own: patterns of the service's own, and what stands for what they match.
    """
    patterns = [(re.compile(pattern), placeholder.replace("\\", r"\\")) for pattern, placeholder in own]

    def mask(text: str) -> str:
        for pattern, placeholder in patterns:
            text = pattern.sub(placeholder, text)
        if not _SUSPICIOUS(text):
            return text
        return without_personal_data(without_credentials(readable(text), keys))

    return mask


def readable(text: str) -> str:
    """Look-alikes hide nothing: full-width letters and foreign digits become plain, invisible characters go."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", "".join(map(_plain, text)))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(int(character))
    return "" if unicodedata.category(character) in ("Cf", "Cs") else character


def without_personal_data(text: str) -> str:
    """The text without URLs' paths and queries, addresses, long numbers and what databases and pydantic quote."""
    text = _without_quoted_values(text)
    if "://" in text:
        text = _URL.sub(_bare_url, text)
    if "?" in text:
        text = _QUERY.sub("?[query]", text)
    if "/" in text:
        text = _REQUEST_LINE.sub(r"\1 /[path]", text)
    if "@" in text or "%40" in text:
        text = _EMAIL.sub("[email]", text)
    if ":" in text:
        text = _MAC.sub("[mac]", text)
        text = _IPV6.sub(_ipv6, text)
    if _HAS_DIGITS(text):
        text = _IPV4.sub("[ip]", text)
        text = without_ibans(text)
        text = _UUID.sub("[uuid]", text)
        text = _POINTER.sub("[hex]", text)
        text = _RUN.sub(_run, text)
        text = without_personal_numbers(text)
    return text


# URLS -------------------------------------------------------------------------------------------

_URL: Final = re.compile(r"://([^\s\"'<>`/?#\\]*+)([^\s\"'<>`?#\\]*+)([?#][^\s\"'<>`\\]*+)?")
_QUERY: Final = re.compile(r"\?(?!\[query\])[^\s\"'<>?=&]{1,100}=[^\s\"'<>]*+")
_REQUEST_LINE: Final = re.compile(
    r"\b(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE) /(?!\[path\])[^\s\"'<>]++"
)


def _bare_url(url: re.Match[str]) -> str:
    host, path, query = url.groups()
    return f"://{host}{'/[path]' if path not in ('', '/') else path}{'?[query]' if query else ''}"


# ADDRESSES --------------------------------------------------------------------------------------

_EMAIL: Final = re.compile(
    r"""(?:(?<![\w.+-])(?:[\w.+-]|%2[Bb])++|"[^"\n]{1,64}")(?:@|%40)(?:\w[\w-]*+(?:\.[\w-]++)*+|\[[^\s\]]{1,64}\])"""
)
_HAS_DIGITS: Final = re.compile(r"\d").search
_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
# Not behind a $: `$1::int` is a parameter of PostgreSQL.
_IPV6: Final = re.compile(r"(?<![\w:.$])[0-9A-Fa-f:.]{2,}+")
_MAC: Final = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])")


def _ipv6(run: re.Match[str]) -> str:
    text = run[0]
    colons = text.count(":", 0, 48)
    if colons < 2 or not ("::" in text or colons >= 6) or len(text) > 48:
        return text
    address = text.rstrip(":.") + ("::" if text.endswith("::") else "")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return text
    rest = text[len(address) :]
    return f"[ip]{'' if '::' in rest else rest}"


# RUNS OF LETTERS AND DIGITS ---------------------------------------------------------------------

_UUID: Final = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
_POINTER: Final = re.compile(r"\b0[xX][0-9A-Fa-f]{6,}+")
_RUN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{12,}+(?:[_-][A-Za-z0-9]++)*+")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{12,}+").fullmatch


def _run(match: re.Match[str]) -> str:
    """Long hexadecimal runs, and those in which letters and digits alternate as in no word."""
    text = match[0]
    digits = sum(map(str.isdigit, text))
    if not digits:
        return text
    if _HEX(text):
        return "[hex]" if digits < len(text) else text
    mixed = not (text.islower() or text.isupper())
    return "[token]" if len(text) >= 16 and digits >= (3 if mixed else 5) else text


# WHAT DATABASES AND PYDANTIC QUOTE --------------------------------------------------------------

# Each value ends at the last of its marks on the line.
_QUOTED_UNTIL: Final = {
    "input_value=": ", input_type=",
    "[parameters: ": "]",
    "Duplicate entry '": "' for key",
    "=(": ")",
    "Failing row contains (": ")",
}
_QUOTED: Final = re.compile(
    r"(input_value=|\[parameters: |Duplicate entry '|(?<=\))=\(|Failing row contains \()([^\n]++)"
)
_INPUT: Final = re.compile(r"([\"']input[\"']: ).*+", re.DOTALL)
_SQL: Final = "[SQL: "


def _without_quoted_values(text: str) -> str:
    if _SQL in text:
        text = _with_skeleton(text)
    if "input" in text:
        text = _INPUT.sub(r"\1[value]", text)
    return _QUOTED.sub(_quoted, text)


def _quoted(line: re.Match[str]) -> str:
    begin, value = line.groups()
    _, mark, rest = value.rpartition(_QUOTED_UNTIL[begin])
    return f"{begin}[value]{mark}{rest if mark else ''}"


def _with_skeleton(text: str) -> str:
    """SQLAlchemy's errors: the message, `[SQL: statement]`, `[parameters: ...]`, a link."""
    message, _, quoted = text.partition(_SQL)
    statement, _, _ = quoted.partition("]\n[parameters: ")
    statement, _, _ = statement.rpartition("]") if statement.endswith("]") else statement.partition("]\n(Background on")
    return f"{message}{_SQL}{skeleton(statement)}]"
