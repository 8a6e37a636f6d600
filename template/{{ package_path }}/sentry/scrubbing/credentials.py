"""Credentials in text, which are sent under no policy, by name and by shape; the masks for text."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Final

from .names import SensitiveKeys as SensitiveKeys
from .patterns import mask_cards, mask_personal_data, normalize

FILTERED: Final = "[Filtered]"
"""Sentry's own placeholder."""

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

_PASSES: Final = 4
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
