"""Credentials: what leaves under no policy. Names of keys whose values they are, and their shapes in free text."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from .patterns import mask_cards

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
        return any(_holds(words, phrase) or compact == "".join(phrase) for phrase in self._phrases)


def _words(key: str) -> tuple[str, ...]:
    plain = key if key.isascii() else unicodedata.normalize("NFKC", key)
    return tuple(word.casefold() for word in _WORD.findall(plain))


def _holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(words[start : start + len(phrase)] == phrase for start in range(len(words) - len(phrase) + 1))


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
