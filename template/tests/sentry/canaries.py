# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Values that must not leave: made anew for each run, so that no source line and no earlier run holds them."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, quote_plus

Kind = Literal["structured", "text", "credential"]
"""Structured: in a place of its own, such as a header. Text: recognisable, in free text. Credential: under a name or in
a shape that says so. `strict` lets none of them out, `pseudonymous` neither, `full` no credential."""

PLACES: Final[dict[str, Kind]] = {
    **dict.fromkeys(
        (
            *("path parameter", "query", "header x-forwarded-for", "header of its own", "header baggage", "user agent"),
            *("body flat", "body nested", "body in a list", "form", "multipart", "local variable", "user id"),
            *("user name", "outgoing URL path", "outgoing URL query", "SQL parameter", "SQL literal", "redis key"),
            *("model prompt", "model answer", "task arguments", "check-in", "host name", "environment variable"),
            *("attachment", "unknown item", "client report", "validation error"),
        ),
        "structured",
    ),
    **dict.fromkeys(
        (
            *("exception", "note", "chained exception", "grouped exception", "message", "log message", "log argument"),
            *("log extra", "log template", "user e-mail", "tag", "tag key", "context", "context in context", "extra"),
            *("crumb", "crumb data", "span name", "span attribute", "metric attribute", "fingerprint", "pattern card"),
            *("pattern iban", "pattern phone", "pattern ipv4", "pattern ipv6", "pattern query", "pattern digits"),
            *("pattern hex", "pattern uuid", "pattern url path"),
        ),
        "text",
    ),
    **dict.fromkeys(
        (
            *("header authorization", "header cookie", "header x-api-key", "body password", "body nested apiKey"),
            *("form password", "query token", "command line", "local password", "extra secret", "context token"),
            *("pattern jwt", "pattern bearer", "pattern basic", "pattern url password", "pattern key", "pattern pair"),
            *("pattern credit card", "multipart password"),
        ),
        "credential",
    ),
}


@dataclass(frozen=True)
class Canary:
    """A value in a place, and what to look for."""

    place: str
    kind: Kind
    value: str
    needle: str

    def found_in(self, wire: bytes) -> bool:
        """Whether the bytes hold it: as it is, URL-encoded, in base64, in hexadecimal, or with its spaces gone."""
        return any(form in wire for form in _forms(self.needle))


def canaries(seed: int) -> dict[str, Canary]:
    """One canary for each place; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    return {place: _canary(place, kind, chance) for place, kind in PLACES.items()}


def leaked(planted: Iterable[Canary], wire: bytes) -> list[str]:
    """The places whose values are among the bytes."""
    return [canary.place for canary in planted if canary.found_in(wire)]


def _canary(place: str, kind: Kind, chance: random.Random) -> Canary:
    word = _letters(chance)
    value, needle = _PATTERNS.get(place, _plain if kind != "text" else _email)(word, chance)
    return Canary(place, kind, value, needle)


def _letters(chance: random.Random, length: int = 12) -> str:
    # No vowels: no word of any language, and none of the hexadecimal digits that make a pattern.
    return "".join(chance.choices("ghjklmnpqrstvwxz", k=length))


def _digits(chance: random.Random, length: int) -> str:
    return "".join(chance.choices("123456789", k=length))


def _plain(word: str, chance: random.Random) -> tuple[str, str]:
    return word, word


def _email(word: str, chance: random.Random) -> tuple[str, str]:
    return f"{word}@example.org", word


def _card(word: str, chance: random.Random) -> tuple[str, str]:
    digits = "4" + _digits(chance, 14)
    for check in string.digits:
        if _luhn(digits + check):
            digits += check
            break
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4)), digits


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _iban(word: str, chance: random.Random) -> tuple[str, str]:
    account = _digits(chance, 18)
    check = 98 - int(account + "131400") % 97
    iban = f"DE{check:02}{account}"
    return iban, iban


def _phone(word: str, chance: random.Random) -> tuple[str, str]:
    number = _digits(chance, 8)
    return f"+49 30 {number}", number


def _ipv4(word: str, chance: random.Random) -> tuple[str, str]:
    address = f"203.{chance.randint(100, 255)}.{chance.randint(100, 255)}.{chance.randint(100, 255)}"
    return address, address


def _ipv6(word: str, chance: random.Random) -> tuple[str, str]:
    address = f"2001:db8:{_digits(chance, 4)}:{_digits(chance, 4)}::{_digits(chance, 4)}"
    return address, address


def _hex(word: str, chance: random.Random) -> tuple[str, str]:
    run = f"{chance.getrandbits(120):030x}a1"
    return run, run


def _uuid(word: str, chance: random.Random) -> tuple[str, str]:
    digits = f"{chance.getrandbits(128):032x}"
    text = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return text, digits[20:]


def _jwt(word: str, chance: random.Random) -> tuple[str, str]:
    return f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOi{word}.{word[::-1]}", word


def _basic(word: str, chance: random.Random) -> tuple[str, str]:
    encoded = base64.b64encode(f"root:{word}".encode()).decode()
    return f"Basic {encoded}", encoded


_PATTERNS: Final = {
    "pattern card": _card,
    "pattern credit card": _card,
    "pattern iban": _iban,
    "pattern phone": _phone,
    "pattern ipv4": _ipv4,
    "pattern ipv6": _ipv6,
    "pattern query": lambda word, chance: (f"https://example.org/search?q={word}", word),
    "pattern url path": lambda word, chance: (f"https://example.org/people/{word}", word),
    "pattern digits": lambda word, chance: 2 * (_digits(chance, 9),),
    "pattern hex": _hex,
    "pattern uuid": _uuid,
    "pattern jwt": _jwt,
    "pattern bearer": lambda word, chance: (f"Bearer {word}", word),
    "pattern basic": _basic,
    "pattern url password": lambda word, chance: (f"postgresql://root:{word}@db.example.org/shop", word),
    "pattern key": lambda word, chance: (f"ghp_{word}{word}1", word),
    "pattern pair": lambda word, chance: (f"password={word}", word),
}


def _forms(needle: str) -> Iterator[bytes]:
    yield needle.encode()
    yield quote(needle, safe="").encode()
    yield quote_plus(needle).encode()
    yield needle.encode().hex().encode()
    for spaced in _grouped(needle):
        yield spaced.encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + needle.encode())
        # The first and the last characters depend on what stands around the value.
        inner = encoded[4 if shift else 0 : -4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _grouped(needle: str) -> Iterator[str]:
    if needle.isdigit() and len(needle) == 16:
        for gap in " -":
            yield gap.join(needle[start : start + 4] for start in range(0, 16, 4))
