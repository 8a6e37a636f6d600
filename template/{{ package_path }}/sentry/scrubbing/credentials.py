"""Credentials, which leave under no policy, by key and by shape; masks for texts and for structures of any depth."""

from __future__ import annotations

import base64
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import lru_cache
from typing import Final

from .patterns import mask_cards, mask_personal_data, normalize

FILTERED: Final = "[Filtered]"
"""Sentry's own placeholder."""

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


# The beginnings of the keys that providers of cloud, code, chat, payment and models hand out.
_KEY_BEGINNINGS: Final = (
    *("AKIA", "ASIA", "AIza", "GOCSPX-", "ya29.", "EAAC", "SG.", "hvs.", "dapi", "dop_v1_", "doo_v1_", "shpat_"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "pypi-", "hf_", "lin_api_"),
    *("xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "sntrys_", "sntryu_", "whsec_", "AccountKey="),
    *("sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "gsk_", "r8_", "pplx-", "AGE-SECRET-KEY-"),
)
_KEY: Final = re.compile(
    rf"-----BEGIN [A-Z ]{{0,30}}PRIVATE KEY-----[^-]*+(?:-----END [A-Z ]{{0,30}}-----)?"
    rf"|(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, _KEY_BEGINNINGS))})[\w.~+/=-]{{12,}}+"
)
_TOKEN: Final = re.compile(
    # A JSON web token, and the token of a Telegram bot.
    r"(?<![\w-])eyJ[\w-]{5,}+\.[\w-]{4,}+(?:\.[\w-]*+){0,4}|(?<!\d)\d{8,10}:[\w-]{35}(?![\w-])"
)
_ADDRESS: Final = re.compile(r"(?:(?<=/)|(?<=%2[Ff]))(?:/|%2[Ff])([^\s\"'<>`\\]++)")
_WEBHOOK: Final = re.compile(
    r"(hooks\.slack\.com|discord(?:app)?\.com/api/webhooks|webhook\.office\.com)/(?!\[path\])[^\s\"'<>]++"
)
_COOKIE: Final = re.compile(r"(?i)\b((?:set-)?cookie[ \t]?+[:=][ \t]?+)(?![\"'\[{]|b[\"'])[^\r\n]++")
_SCHEME: Final = re.compile(r"(?i)(?<![a-z])(bearer|basic|negotiate)([ \t]{1,8})([A-Za-z0-9._~+/=:-]{6,}+)")

# `password = hunter2`, `"api_key": "..."`, `(b'authorization', b'Bearer ...')`, `token%3D...`, `--token ...`, a field
# of a form: the key with what stands between it and its value, ...
_KEY_OF_PAIR: Final = re.compile(
    r"""(?<![\w.-])(?P<key>[\w.-]++)
    (?:(?:\\{0,2}["']|%2[27])?[ \t]{0,3}(?:=>|[:=]|%3[ADad]|(?<=["']),)[ \t]{0,3}
    |\\{0,2}["'](?:\\r\\n|\r\n|\n){2}
    |(?P<gap>[ \t]{1,3}))""",
    re.VERBOSE,
)
# ... and the value: quoted, in brackets, or up to the next space or delimiter.
_VALUE_OF_PAIR: Final = re.compile(
    r"""(?:b?"(?:[^"\\]|\\.)*+"?
    |b?'(?:[^'\\]|\\.)*+'?
    |b?\\{1,2}"(?:[^\\]|\\[^"])*+(?:\\")?
    |b?\\{1,2}'(?:[^\\]|\\[^'])*+(?:\\')?
    |\[[^\]]*+\]?
    |\{[^}]*+\}?
    |(?i:(?:bearer|basic|digest|negotiate|token)[ \t]++)?[^\s,;&"'<>\[{]
    )[^\s,;&"'<>]*+""",
    re.VERBOSE | re.DOTALL,
)


def mask_credentials(text: str, keys: SensitiveKeys) -> str:
    """Mask passwords, tokens, keys, cookies, card numbers and the credentials in URLs."""
    text = _TOKEN.sub("[token]", _KEY.sub("[key]", text))
    text = _WEBHOOK.sub(r"\1/[path]", _ADDRESS.sub(_mask_user, text))
    text = _mask_pairs(_COOKIE.sub(rf"\1{FILTERED}", text), keys)
    return mask_cards(_SCHEME.sub(_mask_token, text))


def _mask_user(address: re.Match[str]) -> str:
    """Mask user and password in `//user:password@host/path`, also when the password holds a `/` or a `#`."""
    rest = address[1]
    authority = re.split(r"[/?#]|%2[Ff]", rest, maxsplit=1)[0]
    at = max(authority.rfind("@"), authority.rfind("%40"))
    if at < 0 and ":" in authority and not authority.rpartition(":")[2].isdigit():
        at = max(rest.rfind("@"), rest.rfind("%40"))
    return address[0] if at < 0 else f"{address[0][: -len(rest)]}[credentials]{rest[at:]}"


def _mask_token(scheme: re.Match[str]) -> str:
    """Mask whatever follows Bearer; after Basic, which is also a word, what decodes to `user:password`."""
    if scheme[1].lower() == "basic":
        try:
            decoded = base64.b64decode(scheme[3] + "=" * (-len(scheme[3]) % 4), validate=True)
        except ValueError:
            return scheme[0]
        if b":" not in decoded:
            return scheme[0]
    return f"{scheme[1]}{scheme[2]}[token]"


def _mask_pairs(text: str, keys: SensitiveKeys) -> str:
    """Mask the values of sensitive keys."""
    kept: list[str] = []
    position = 0
    for pair in _KEY_OF_PAIR.finditer(text):
        key = pair["key"]
        if pair.start() < position or not keys.match(key) or (pair["gap"] and not key.startswith("--")):
            continue
        value = _VALUE_OF_PAIR.match(text, pair.end())
        if value is not None and keys.covers(key, 0 if value[0].isdecimal() else value[0]):
            kept += (text[position : pair.end()], FILTERED)
            position = value.end()
    return "".join([*kept, text[position:]])


# Masks

MaskText = Callable[[str], str]

_MAX_DEPTH: Final = 16
_MAX_VALUES: Final = 100_000
"""Values in one structure. What is larger or deeper, or contains itself, is cut there."""

_PASSES: Final = 4
_CUT: Final = "[cut]"
_MAX_NAME: Final = 80
_PLAIN_NUMBERS: Final = range(-(10**6) + 1, 10**6)

# What some pattern of this package begins with. Most texts are plain words.
_SUSPECT: Final = re.compile(r"[^A-Za-z ,.;()\n]|[A-Za-z]{16}|(?i:bearer|basic|negotiate)").search


def _repeated(mask: MaskText) -> MaskText:
    """Return a mask that leaves its results as they are: behind `[card]` a token begins, behind digits none does."""

    def repeated(text: str) -> str:
        for _ in range(_PASSES):
            masked = mask(normalize(text)) if _SUSPECT(text) else text
            if masked == text:
                break
            text = masked
        return text

    return repeated


def credentials_mask(keys: SensitiveKeys) -> MaskText:
    """Return a function that masks what leaves under no policy."""
    return _repeated(lambda text: mask_credentials(text, keys))


def personal_mask(keys: SensitiveKeys, masks: Iterable[tuple[str, str]] = ()) -> MaskText:
    """Return a function that masks credentials and personal data of a recognisable shape.

    Args:
        keys: names whose values are credentials.
        masks: regular expressions of further personal data, and what stands for it.
    """
    further = [(re.compile(pattern), placeholder.replace("\\", r"\\")) for pattern, placeholder in masks]
    known = _repeated(lambda text: mask_personal_data(mask_credentials(text, keys)))

    def mask(text: str) -> str:
        for pattern, placeholder in further:
            text = pattern.sub(placeholder, text)
        return known(text)

    return mask


class ValueScrubber:
    """Copies structures into plain JSON without what must not leave. It never raises because of what it finds."""

    def __init__(self, mask: MaskText, keys: SensitiveKeys) -> None:
        self.mask: Final = mask
        self._keys: Final = keys

    def value(self, value: object) -> object:
        """Return a masked copy."""
        return self._copy(value, 0, iter(range(_MAX_VALUES)))

    def under(self, key: str, value: object) -> object:
        """Return a masked copy of a value with a name."""
        return FILTERED if self._keys.covers(key, value) else self.value(value)

    def _copy(self, value: object, depth: int, left: Iterator[int]) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, int):
            return self._number(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, (bytes, bytearray)):
            return self.mask(value.decode("utf-8", "replace"))
        if not isinstance(value, (Mapping, list, tuple, Set)):
            return f"<{type(value).__name__}>"
        if depth >= _MAX_DEPTH:
            return _CUT
        if isinstance(value, Mapping):
            return self._mapping(value, depth + 1, left)
        return self._sequence(value, depth + 1, left)

    def _number(self, value: int) -> object:
        if value in _PLAIN_NUMBERS:
            return value
        text = str(value) if value.bit_length() < 256 else _CUT
        masked = self.mask(text)
        return value if masked == text else masked

    def _mapping(self, mapping: Mapping[object, object], depth: int, left: Iterator[int]) -> dict[str, object]:
        copy: dict[str, object] = {}
        # The counter comes last: zip() takes from it only what the structure has.
        for (key, value), _ in zip(mapping.items(), left, strict=False):
            name = key if isinstance(key, str) else str(self._copy(key, depth, left))
            copy[self.mask(name)] = FILTERED if self._keys.covers(name, value) else self._copy(value, depth, left)
        return copy

    def _sequence(self, values: Iterable[object], depth: int, left: Iterator[int]) -> list[object]:
        copy: list[object] = []
        named = False
        for value, _ in zip(values, left, strict=False):
            copy.append(FILTERED if named else self._copy(value, depth, left))
            named = not named and self._names_a_credential(value)
        return copy

    def _names_a_credential(self, value: object) -> bool:
        """Return whether the next value is a credential: `["authorization", "Bearer ..."]`, `["--token", "..."]`."""
        if isinstance(value, (bytes, bytearray)):
            value = bytes(value[: _MAX_NAME + 1]).decode("utf-8", "replace")
        if not isinstance(value, str) or not 3 <= len(value) <= _MAX_NAME:
            return False
        name = value.removeprefix("b").strip("'\"-")
        return bool(name) and name.replace("-", "").replace("_", "").isalnum() and self._keys.match(name)
