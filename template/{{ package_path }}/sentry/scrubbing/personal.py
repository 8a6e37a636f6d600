"""Personal data of a recognizable shape, replaced by what it was: `[email]`, `[phone]`, `[uuid]`.

The order matters: what has an unmistakable shape or a check digit comes first, so that nothing
else takes a part of it. Equal errors stay equal and group. Each pattern takes linear time on
hostile text: repetitions are possessive (`++`), bounded, or disjoint, and a run of characters isn't
tried again at each of its characters (`(?<!...)`).
"""

from __future__ import annotations

import re
from typing import Final

from .digits import mask_numbers
from .ids import mask_ids
from .quoted import mask_quoted
from .values import Step, apply

_URL: Final = re.compile(r"://([^\s\"'<>`/?#\\]*+)([^\s\"'<>`?#\\]*+)([?#][^\s\"'<>`\\]*+)?")
_QUERY: Final = re.compile(r"\?(?!\[query\]|P=)[^\s\"'<>?=&]{1,100}=[^\s\"'<>]*+")
_REQUEST_LINE: Final = re.compile(
    r"\b(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE) /(?!\[path\])[^\s\"'<>]++"
)
# Hosts whose paths name a page of a manual, not a person.
_DOCUMENTATION: Final = re.compile(
    r"""(?:(?:docs|doc|dev|developer|developers|errors|help|learn|support|www|bugs|api|peps|legacy
        |platform|fastapi|sqlmodel|typer)\.)?
    (?:aiohttp\.org|aka\.ms|anthropic\.com|apache\.org|celeryq\.dev|curl\.se|djangoproject\.com
    |docker\.com|encode\.io|huggingface\.co|ietf\.org|json-schema\.org|kubernetes\.io|langchain\.com
    |mariadb\.com|microsoft\.com|mongodb\.com|mozilla\.org|mypy-lang\.org|mysql\.com|nginx\.org
    |numpy\.org|openai\.com|openssl\.org|opentelemetry\.io|palletsprojects\.com|pola\.rs
    |postgresql\.org|pydantic\.dev|pydata\.org|pytest\.org|python\.org|python-httpx\.org|redis\.io
    |rfc-editor\.org|scipy\.org|sentry\.io|sqlalche\.me|sqlalchemy\.org|sqlite\.org|starlette\.dev
    |stripe\.com|tiangolo\.com|w3\.org)
    |docs\.aws\.amazon\.com|docs\.github\.com|go\.microsoft\.com|[\w-]+\.readthedocs\.io""",
    re.VERBOSE,
).fullmatch
_PAGE: Final = re.compile(r"(?!.*\d{8})(?:/[\w.,~+:()-]{0,60}){1,10}(?:#[\w.-]{1,60})?").fullmatch

# `%2B` is a plus. A local part doesn't begin within such a code.
_EMAIL: Final = re.compile(
    r"""(?:(?<![\w.+\u0300-\u036f-])(?!(?<=%)[0-9A-Fa-f]{2})
        (?:[\w.+\u0300-\u036f-]|%2[Bb])++|"[^"\n@]{1,64}")
    (?:@|%(?:25){0,4}40)
    (?:\[[0-9A-Fa-f:.]{2,45}\]
    |(?=[\w.-]{0,253}?\.(?:[^\W\d_]{2}|xn--))\w[\w-]*+(?:\.\w[\w-]*+)++)""",
    re.VERBOSE,
)
_MAC: Final = re.compile(
    r"(?<![\w:.-])(?=[0-9A-Fa-f]{2,4}[:.-][0-9A-Fa-f]{2})(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2})"
    r"(?![\w:-]|\.\w)"
)
# `::` or six colons between hexadecimal digits, at least one of them a digit. Not behind a $:
# `$1::int` is a parameter of PostgreSQL. Not the loopback address.
_IPV6: Final = re.compile(
    r"(?<![\w:.$])(?=[0-9A-Fa-f:.]{0,48}?\d)(?=[0-9A-Fa-f:.]{0,48}?::|(?:[0-9A-Fa-f.]{0,15}:){6})"
    r"(?!::1(?![0-9A-Fa-f:]))(?:[0-9A-Fa-f:]|\.(?=\d)){3,}+(?!\w)"
)
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# Not a loopback, unspecified, or network mask. In names of hosts also with hyphens.
_IPV4: Final = re.compile(
    rf"(?=\d)(?:(?<![\d.~])(?<!\b[vV])(?!0\.|127\.|255\.){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d)"
    rf"|(?<![\w.-]){_OCTET}(?:-{_OCTET}){{3}}(?=[)\s.]|\Z)(?<=[\d-]{{10}}))"
)
_VERSION: Final = re.compile(
    r"(?:(?i:version|release|ver|build|driver|update)[\s:=v\"'(]{0,3}|[A-Z][a-z]+[A-Za-z]*/)\Z"
).search
_HOME: Final = re.compile(
    r"((?:/home/|/Users/|\b[A-Za-z]:\\{1,2}Users\\{1,2}))"
    r"(?!\[user\]|(?:app|Public|root|runner|Shared)\b)"
    r"[^\s/\\\"'<>:]{1,60}(?: [^\s/\\\"'<>:]{1,60}(?=\\))?"
)


def _mask_url(url: re.Match[str]) -> str:
    host, path, query = url.groups()
    is_page = _DOCUMENTATION(host) and _PAGE(f"{path}{query or ''}")
    if is_page or not (host or path):
        return url[0]
    return f"://{host}{path if path in ('', '/') else '/[path]'}{'?[query]' if query else ''}"


# Mask an address, but not a version of four parts.
def _mask_ipv4(address: re.Match[str]) -> str:
    before = address.string[max(0, address.start() - 16) : address.start()]
    return address[0] if _VERSION(before) else "[ip]"


_STEPS: Final[tuple[Step, ...]] = (
    (("://",), _URL, _mask_url),
    (("?",), _QUERY, "?[query]"),
    ((" /",), _REQUEST_LINE, r"\1 /[path]"),
    (("@", "40"), _EMAIL, "[email]"),
    (("/home/", "Users"), _HOME, r"\1[user]"),
    ((":", "-", "."), _MAC, "[mac]"),
    ((":",), _IPV6, "[ip]"),
    ((".", "-"), _IPV4, _mask_ipv4),
)


def mask_personal_data(text: str) -> str:
    """Mask addresses, URLs, ids, long numbers, and what databases and pydantic quote in errors."""
    return mask_numbers(mask_ids(apply(_STEPS, mask_quoted(text))))
