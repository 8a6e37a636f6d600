"""Names whose values must not be sent: of credentials, and of personal data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")

# Anywhere in a key, however its words are joined: dbPassword, X-API-KEY, PHPSESSID, set-cookie.
_PARTS: Final = re.compile(
    r"passw|passphrase|secret|token(?!iz)|authori[sz]ation|cookie|credential|bearer|jwt|csrf|xsrf"
    r"|(?:api|private|access|signing|encryption|session)key|sess(?:ion)?id|cardnum|creditcard|securitycode"
)
# As a word of its own: `pin`, but not `shipping`.
_WORDS: Final = frozenset(
    ("auth", "cvc", "cvv", "dsn", "otp", "pass", "pin", "pwd", "sid", "sig", "signature", "ssn", "totp"),
)


class SensitiveKeys:
    """Tell sensitive keys from others. Case, `-`, `_`, `.` and camelCase make no difference.

    Args:
        further: keys of the service. `customer_number` also covers `customerNumber`, `X-Customer-Number` and
            `customernumber`.
    """

    def __init__(self, further: Iterable[str] = ()) -> None:
        self._phrases = tuple(_words(key) for key in further)
        # A process sees the same few hundred keys again and again.
        self.match = lru_cache(maxsize=2048)(self._match)

    def covers(self, key: str, value: object) -> bool:
        """Return whether the value under this key must not leave. A count, `max_tokens: 512`, may."""
        is_count = isinstance(value, (int, float)) and not isinstance(value, bool) and key.endswith("tokens")
        return self.match(key) and not is_count

    def _match(self, key: str) -> bool:
        words = _words(key)
        compact = "".join(words)
        if _PARTS.search(compact) or not _WORDS.isdisjoint(words) or compact == "session":
            return True
        starts = range(len(words))
        return any(
            compact == "".join(phrase) or any(words[start : start + len(phrase)] == phrase for start in starts)
            for phrase in self._phrases
        )


def _words(key: str) -> tuple[str, ...]:
    plain = key if key.isascii() else unicodedata.normalize("NFKC", key)
    return tuple(word.casefold() for word in _WORD.findall(plain))
