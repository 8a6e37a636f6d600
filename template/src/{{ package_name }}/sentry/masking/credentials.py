# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Credentials in free text: what leaves under no policy, wherever it stands."""

from __future__ import annotations

import base64
import re
from typing import Final

from .keys import SensitiveKeys
from .numbers import without_cards

FILTERED: Final = "[filtered]"

_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*+(?:-----END [A-Z ]{0,30}-----)?")
_JWT: Final = re.compile(r"(?<![\w-])eyJ[\w-]{5,}+\.[\w-]{4,}+(?:\.[\w-]*+){0,4}")

# The beginnings of the keys that providers of cloud, code, chat, payment and models hand out.
_KEY_BEGINNINGS: Final = (
    *("AKIA", "ASIA", "AIza", "GOCSPX-", "ya29.", "EAAC", "SG.", "hvs.", "dapi", "dop_v1_", "doo_v1_", "shpat_"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "pypi-", "hf_", "lin_api_"),
    *("xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "sntrys_", "sntryu_", "whsec_", "AccountKey="),
    *("sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "gsk_", "r8_", "pplx-", "AGE-SECRET-KEY-"),
)
_KEY: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, _KEY_BEGINNINGS)) + r")[\w.~+/=-]{12,}+",
)
_BOT_TOKEN: Final = re.compile(r"(?<!\d)\d{8,10}:[\w-]{35}(?![\w-])")

_ADDRESS: Final = re.compile(r"(?:(?<=/)|(?<=%2[Ff]))(?:/|%2[Ff])([^\s\"'<>`\\]++)")
_WEBHOOK: Final = re.compile(
    r"(hooks\.slack\.com|discord(?:app)?\.com/api/webhooks|webhook\.office\.com)/(?!\[path\])[^\s\"'<>]++"
)

_COOKIE: Final = re.compile(r"(?i)\b((?:set-)?cookie[ \t]?+[:=][ \t]?+)(?![\"'\[{]|b[\"'])[^\r\n]++")
_SCHEME: Final = re.compile(r"(?i)\b(bearer|basic|negotiate)([ \t]{1,8})([A-Za-z0-9._~+/=:-]{6,}+)")

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
_HAS_PAIRS: Final = re.compile(r"[=:,]|%3|\n|--").search

_ENOUGH_DIGITS: Final = re.compile(r"\d[^A-Za-z]{11,25}\d").search


def without_credentials(text: str, keys: SensitiveKeys) -> str:
    """The text with placeholders for passwords, tokens, keys, cookies, card numbers and URL credentials."""
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub("[key]", text)
    if "eyJ" in text:
        text = _JWT.sub("[token]", text)
    if any(map(text.__contains__, _KEY_BEGINNINGS)):
        text = _KEY.sub("[key]", text)
    if "@" in text or "%40" in text:
        text = _ADDRESS.sub(_without_user, text)
    if ".com/" in text:
        text = _WEBHOOK.sub(r"\1/[path]", text)
    if "ookie" in text or "OOKIE" in text:
        text = _COOKIE.sub(rf"\1{FILTERED}", text)
    if ":" in text:
        text = _BOT_TOKEN.sub("[token]", text)
    if _HAS_PAIRS(text):
        text = _without_values(text, keys)
    text = _SCHEME.sub(_without_token, text)
    if _ENOUGH_DIGITS(text):
        text = without_cards(text)
    return text


def _without_user(address: re.Match[str]) -> str:
    """`//user:password@host/path` without user and password, also when the password holds a `/` or a `#`."""
    rest = address[1]
    authority = re.split(r"[/?#]|%2[Ff]", rest, maxsplit=1)[0]
    begin = address[0][: -len(rest)]
    at = max(authority.rfind("@"), authority.rfind("%40"))
    if at < 0 and ":" in authority and not authority.rpartition(":")[2].isdigit():
        at = max(rest.rfind("@"), rest.rfind("%40"))
    if at < 0:
        return address[0]
    return f"{begin}[credentials]{rest[at:]}"


def _without_token(scheme: re.Match[str]) -> str:
    """Whatever follows Bearer; after Basic, which is also a word, what decodes to `user:password`."""
    if scheme[1].lower() == "basic":
        try:
            decoded = base64.b64decode(scheme[3] + "=" * (-len(scheme[3]) % 4), validate=True)
        except ValueError:
            return scheme[0]
        if b":" not in decoded:
            return scheme[0]
    return f"{scheme[1]}{scheme[2]}[token]"


def _without_values(text: str, keys: SensitiveKeys) -> str:
    """The text without the values of its sensitive keys."""
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
    return "".join([*kept, text[position:]]) if kept else text
