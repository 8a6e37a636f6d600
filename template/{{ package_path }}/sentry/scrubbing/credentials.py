"""Credentials of a recognizable shape: tokens, keys, passwords in URLs, headers, and commands."""

from __future__ import annotations

import base64
import re
from typing import Final

from .ids import looks_random
from .policy import SensitiveKeys
from .quoted import mask_inputs
from .values import FILTERED, Step, apply, replace, sensitive_values
from .vendors import TOKENS

# Up to the line that ends it, with headers such as `Proc-Type: 4,ENCRYPTED` in between.
_KEY_BLOCK: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----))*+"
    r"(?:-----END [A-Z0-9 ]{0,50}-----)?"
)
_BEGINNING: Final = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
_TOKEN: Final = re.compile(rf"(?=[A-Za-z0-9$]\S{{13}}){_BEGINNING}(?:{'|'.join(TOKENS.values())})")
_RANDOM_RUN: Final = re.compile(
    r"(?<![\w+/=.-])(?=[\w+/-]{32})(?=[A-Z0-9_+/-]{0,99}[a-z])(?=[a-z0-9_+/-]{0,99}[A-Z])"
    r"[\w+/-]{32,400}+={0,2}(?![\w+/=.-])"
)
_ADDRESS: Final = re.compile(r"(?:(?<=/)|(?<=%2[Ff]))(?:/|%2[Ff])([^\s\"'<>`\\]++)")
_END_OF_AUTHORITY: Final = re.compile(r"[/?#]|%2[Ff]")
_WEBHOOK: Final = re.compile(
    r"(api\.telegram\.org|chat\.googleapis\.com/v1/spaces|discord(?:app)?\.com/api/webhooks"
    r"|hook\.\w{2,6}\.make\.com|hooks\.slack\.com|hooks\.zapier\.com|logic\.azure\.com"
    r"|webhook\.office\.com)/(?!\[path\])[^\s\"'<>]++"
)
_COOKIE: Final = re.compile(
    r"(?i)\b((?:set-)?cookie[ \t]{0,9}[:=][ \t]{0,9}+)(?![\"'\[{]|b[\"'])[^\r\n]++"
)
_SCHEME: Final = re.compile(
    r"(?i)(?<![a-z])(?P<scheme>bearer|basic|negotiate|ntlm|ssws|auth[ \t]plain)"
    r"(?P<space>[ \t]{1,8})(?![\w-]{1,40}=[\"'])(?P<token>[A-Za-z0-9._~+/=:-]{6,}+)"
    r"(?P<next>(?=[ ][a-z]))?"
)
_PLAIN_WORD: Final = re.compile(r"[a-z]{6,16}").fullmatch
# curl -u ada:secret, mysqldump -psecret, sshpass -p secret
_USER_OPTION: Final = re.compile(
    r"((?:^|\s)(?:-u|--user|--proxy-user|-U)[ =]?[\"']?)[\w.@+-]{1,80}:[^\s\"']{2,}+"
)
_PASSWORD_OPTION: Final = re.compile(
    r"(\b(?:docker[ ]login|ldap\w{1,20}|mariadb\S{0,20}|mongo\w{0,20}|mysql\w{0,20}|redis-cli"
    r"|smbclient|sqlcmd|sshpass)[ \t](?:[^\n]{0,100}?[ \t])?-[Papw])[ \t]?(?!-)[^\s-]\S*+"
)


# Mask `user:password` in `//user:password@host/path`, also with a `/` in the password.
def _mask_user(address: re.Match[str]) -> str:
    rest = address[1]
    authority = _END_OF_AUTHORITY.split(rest, maxsplit=1)[0]
    at = max(authority.rfind("@"), authority.rfind("%40"))
    if at < 0 and ":" in authority and not authority.rpartition(":")[2].isdigit():
        at = max(rest.rfind("@"), rest.rfind("%40"))
    return address[0] if at < 0 else f"{address[0][: -len(rest)]}[credentials]{rest[at:]}"


# Mask what follows a scheme, unless both are words of a sentence.
def _mask_scheme(match: re.Match[str]) -> str:
    scheme, token = match["scheme"].lower(), match["token"]
    if scheme in ("bearer", "ssws"):
        is_token = match["next"] is None or not _PLAIN_WORD(token)
    else:
        is_token = _is_encoded(token, as_user=scheme == "basic")
    return f"{match['scheme']}{match['space']}[token]" if is_token else match[0]


def _is_encoded(token: str, *, as_user: bool) -> bool:
    try:
        decoded = base64.b64decode(token + "=" * (-len(token) % 4), validate=True)
    except ValueError:
        return False
    return b":" in decoded if as_user else b"\0" in decoded or looks_random(token)


_BEFORE: Final[tuple[Step, ...]] = (
    (("-----BEGIN",), _KEY_BLOCK, "[key]"),
    (("",), _TOKEN, "[token]"),
    (("//", "%2"), _ADDRESS, _mask_user),
    (("/",), _WEBHOOK, r"\1/[path]"),
    (("ookie", "OOKIE"), _COOKIE, rf"\1{FILTERED}"),
)
_AFTER: Final[tuple[Step, ...]] = (
    ((" -",), _PASSWORD_OPTION, rf"\1 {FILTERED}"),
    (("-",), _USER_OPTION, r"\1[credentials]"),
    (
        ("earer", "EARER", "asic", "ASIC", "egotiate", "tlm", "NTLM", "SSWS", "lain", "PLAIN"),
        _SCHEME,
        _mask_scheme,
    ),
    # Keys that no vendor has marked, such as the secrets of Amazon Web Services.
    (("",), _RANDOM_RUN, lambda run: "[token]" if looks_random(run[0]) else run[0]),
)


def mask_credentials(text: str, keys: SensitiveKeys) -> str:
    """Mask passwords, tokens, keys, cookies, and credentials in URLs, headers, and commands."""
    text = mask_inputs(apply(_BEFORE, text), keys.match)
    return apply(_AFTER, replace(text, sensitive_values(text, keys), FILTERED))
