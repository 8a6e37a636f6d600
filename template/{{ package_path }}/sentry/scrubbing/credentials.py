"""Credentials of a recognizable shape: keys, tokens of vendors, credentials in URLs, headers and command lines."""

from __future__ import annotations

import base64
import re
from typing import Final

from .names import SensitiveKeys
from .quoted import mask_inputs
from .randomness import looks_random
from .values import FILTERED, sensitive_values
from .vendors import TOKENS

# Up to the line that ends it, with headers such as `Proc-Type: 4,ENCRYPTED` in between.
_KEY_BLOCK: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----))*+(?:-----END [A-Z0-9 ]{0,50}-----)?"
)
_BEGINNING: Final = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
_TOKEN: Final = re.compile(rf"{_BEGINNING}(?=\S{{14}})(?:{'|'.join(TOKENS.values())})")
_WEB_TOKEN: Final = re.compile(
    # JSON Web Tokens, tokens of Telegram bots, password hashes.
    rf"{_BEGINNING}eyJ[\w-]{{5,}}+\.[\w-]{{4,}}+(?:\.[\w-]*+){{0,4}}|{_BEGINNING}ZXlK[\w+/=-]{{30,}}+"
    r"|(?<!\d)\d{8,10}:[\w-]{35}(?![\w-])"
    r"|\$(?:2[abxy]|argon2(?:id?|d)|pbkdf2[\w-]{0,12}|scrypt|[156y]|apr1)\$[^\s\"'<>,]{16,}+"
    r"|\b(?:pbkdf2_sha\d+|scrypt|bcrypt_sha256|argon2)\$[^\s\"'<>,]{16,}+"
)
_RANDOM_RUN: Final = re.compile(r"(?<![\w+/=.-])[\w+/-]{32,400}+={0,2}(?![\w+/=.-])")
_ADDRESS: Final = re.compile(r"(?:(?<=/)|(?<=%2[Ff]))(?:/|%2[Ff])([^\s\"'<>`\\]++)")
_WEBHOOK: Final = re.compile(
    r"(hooks\.slack\.com|hooks\.zapier\.com|discord(?:app)?\.com/api/webhooks|webhook\.office\.com|api\.telegram\.org"
    r"|logic\.azure\.com|hook\.\w{2,6}\.make\.com|chat\.googleapis\.com/v1/spaces)/(?!\[path\])[^\s\"'<>]++"
)
_COOKIE: Final = re.compile(r"(?i)\b((?:set-)?cookie[ \t]?+[:=][ \t]?+)(?![\"'\[{]|b[\"'])[^\r\n]++")
_SCHEME: Final = re.compile(
    r"(?i)(?<![a-z])(?P<scheme>bearer|basic|negotiate|ntlm|ssws|auth[ \t]plain)(?P<space>[ \t]{1,8})(?P<token>[A-Za-z0-9._~+/=:-]{6,}+)"
)
# `curl -u ada:secret`, `mysqldump -psecret`, `sshpass -p secret`
_USER_OPTION: Final = re.compile(r"((?:^|\s)(?:-u|--user|--proxy-user|-U)[ =]?[\"']?)[\w.@+-]{1,80}:[^\s\"']{2,}+")
_PASSWORD_OPTION: Final = re.compile(
    r"(\b(?:mysql\w*|mariadb\S*|sshpass|docker[ ]login|redis-cli|mongo\w*|sqlcmd|smbclient|ldap\w+)[ \t](?:[^\n]{0,100}?[ \t])?-[pPaw])"
    r"(?:[ \t]?(?!-)[^\s-][^\s]*+)"
)


def mask_credentials(text: str, keys: SensitiveKeys) -> str:
    """Mask passwords, tokens, keys, cookies, and credentials in URLs, headers and command lines."""
    text = _TOKEN.sub("[token]", _KEY_BLOCK.sub("[key]", text))
    text = _WEB_TOKEN.sub("[token]", text)
    text = _WEBHOOK.sub(r"\1/[path]", _ADDRESS.sub(_mask_user, text))
    text = mask_inputs(text, keys.match)
    text = _mask_values(_COOKIE.sub(rf"\1{FILTERED}", text), keys)
    text = _USER_OPTION.sub(r"\1[credentials]", _PASSWORD_OPTION.sub(rf"\1 {FILTERED}", text))
    return _RANDOM_RUN.sub(_mask_random, _SCHEME.sub(_mask_scheme, text))


def _mask_values(text: str, keys: SensitiveKeys) -> str:
    kept: list[str] = []
    position = 0
    for start, end in sensitive_values(text, keys):
        kept += (text[position:start], FILTERED)
        position = end
    return "".join([*kept, text[position:]])


def _mask_user(address: re.Match[str]) -> str:
    """Mask user and password in `//user:password@host/path`, also when the password holds a `/` or a `#`."""
    rest = address[1]
    authority = re.split(r"[/?#]|%2[Ff]", rest, maxsplit=1)[0]
    at = max(authority.rfind("@"), authority.rfind("%40"))
    if at < 0 and ":" in authority and not authority.rpartition(":")[2].isdigit():
        at = max(rest.rfind("@"), rest.rfind("%40"))
    return address[0] if at < 0 else f"{address[0][: -len(rest)]}[credentials]{rest[at:]}"


def _mask_scheme(match: re.Match[str]) -> str:
    """Mask what follows Bearer, if it isn't the next word of a sentence; of other schemes, which are words, what is encoded."""
    scheme, token = match["scheme"].lower(), match["token"]
    is_token = _is_no_word(match) if scheme in ("bearer", "ssws") else _is_encoded(token, of_user=scheme == "basic")
    return f"{match['scheme']}{match['space']}[token]" if is_token else match[0]


def _is_no_word(match: re.Match[str]) -> bool:
    following = match.string[match.end() : match.end() + 2]
    return not (re.fullmatch(r"[a-z]{6,16}[.:]?", match["token"]) and re.match(r" [a-z]", following))


def _is_encoded(token: str, *, of_user: bool) -> bool:
    try:
        decoded = base64.b64decode(token + "=" * (-len(token) % 4), validate=True)
    except ValueError:
        return False
    return b":" in decoded if of_user else b"\0" in decoded or looks_random(token)


def _mask_random(run: re.Match[str]) -> str:
    """Mask what looks like a key that no vendor has marked, such as the secrets of Amazon Web Services."""
    is_mixed = not run[0].islower() and not run[0].isupper()
    return "[token]" if is_mixed and looks_random(run[0]) else run[0]
