"""Personal data of a recognizable shape, replaced by what it was: `[email]`, `[phone]`, `[uuid]`, `[query]`.

The order matters: what has an unmistakable shape or a check digit comes first, so that nothing else takes a part of it. Equal
errors stay equal and group. Each pattern takes linear time on hostile text: repetitions are possessive (`++`), bounded or
disjoint, and a run of characters isn't tried again at each of its characters (`(?<!...)`).
"""

from __future__ import annotations

import re
from typing import Final

from .numbers import mask_identifiers, mask_numbers
from .quoted import mask_quoted
from .randomness import looks_random

_URL: Final = re.compile(r"://([^\s\"'<>`/?#\\]*+)([^\s\"'<>`?#\\]*+)([?#][^\s\"'<>`\\]*+)?")
_QUERY: Final = re.compile(r"\?(?!\[query\]|P=)[^\s\"'<>?=&]{1,100}=[^\s\"'<>]*+")
_REQUEST_LINE: Final = re.compile(
    r"\b(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE) /(?!\[path\])[^\s\"'<>]++"
)
_DOCUMENTATION: Final = re.compile(
    r"""(?:(?:docs|doc|dev|developer|developers|errors|help|learn|support|www|wiki|bugs|api|peps|spec|legacy|cloud|platform|console)\.)?
    (?:python\.org|pydantic\.dev|sqlalche\.me|sqlalchemy\.org|tiangolo\.com|starlette\.dev|encode\.io|python-httpx\.org|aiohttp\.org
    |celeryq\.dev|djangoproject\.com|palletsprojects\.com|pytest\.org|numpy\.org|scipy\.org|pydata\.org|pola\.rs|mypy-lang\.org
    |postgresql\.org|mysql\.com|mariadb\.com|mongodb\.com|redis\.io|sqlite\.org|openssl\.org|curl\.se|nginx\.org|apache\.org
    |kubernetes\.io|docker\.com|mozilla\.org|w3\.org|ietf\.org|rfc-editor\.org|json-schema\.org|opentelemetry\.io
    |microsoft\.com|aka\.ms|amazon\.com|amazonaws\.cn|stripe\.com|openai\.com|anthropic\.com|sentry\.io|langchain\.com|huggingface\.co)
    |(?:fastapi|sqlmodel|typer)\.tiangolo\.com|docs\.aws\.amazon\.com|go\.microsoft\.com|docs\.github\.com|[\w-]+\.readthedocs\.io""",
    re.VERBOSE,
).fullmatch
"""Hosts whose paths name a page of a manual, not a person."""
_PAGE: Final = re.compile(r"(?!.*\d{8})(?:/[\w.,~+:%()-]{0,60}){1,10}").fullmatch

# `%2B` is a plus. A local part doesn't begin within such a code.
_EMAIL: Final = re.compile(
    r"""(?:(?<![\w.+\u0300-\u036f-])(?!(?<=%)[0-9A-Fa-f]{2})(?:[\w.+\u0300-\u036f-]|%2[Bb])++|"[^"\n@]{1,64}")
    (?:@|%(?:25){0,4}40)(?:\[[0-9A-Fa-f:.]{2,45}\]|(?=[\w.-]*?\.(?:[^\W\d_]{2}|xn--))\w[\w-]*+(?:\.\w[\w-]*+)++)""",
    re.VERBOSE,
)
_MAC: Final = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w:-]|\.\w)"
)
_IPV6: Final = re.compile(
    # `::` or seven colons between hexadecimal digits. Not behind a $: `$1::int` is a parameter of PostgreSQL.
    r"(?<![\w:.$])(?=[0-9A-Fa-f:.]{0,48}?\d)(?=[0-9A-Fa-f:.]{0,48}?::|(?:[0-9A-Fa-f.]{0,15}:){6})"
    r"(?!::1(?![0-9A-Fa-f:]))(?:[0-9A-Fa-f:]|\.(?=\d)){3,}+(?!\w)"
)
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4: Final = re.compile(
    rf"(?<![\d.~])(?<!\b[vV])(?!0\.|127\.|255\.){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d)"
    rf"|(?<![\w.-]){_OCTET}(?:-{_OCTET}){{3}}(?=[)\s.]|\Z)(?<=[\d-]{{10}})"
)
_VERSION_BEFORE: Final = re.compile(r"(?i)(?:version|release|ver|build|driver|update|[a-z]{3,}/)[\s:=v\"'(]{0,3}\Z").search
_HOME: Final = re.compile(
    r"((?:/home/|/Users/|\b[A-Za-z]:\\{1,2}Users\\{1,2}))(?!\[user\]|runner\b|app\b|root\b|Public\b|Shared\b)"
    r"(?:[^\s/\\\"'<>:]{1,60}(?: [^\s/\\\"'<>:]{1,60}(?=\\))?)"
)


def mask_personal_data(text: str) -> str:
    """Mask addresses, paths and queries of URLs, ids, long numbers, and what databases and pydantic quote in errors."""
    text = _URL.sub(_mask_url, mask_quoted(text))
    text = _REQUEST_LINE.sub(r"\1 /[path]", _QUERY.sub("?[query]", text))
    text = _HOME.sub(r"\1[user]", _EMAIL.sub("[email]", text))
    text = _IPV6.sub("[ip]", _MAC.sub("[mac]", text))
    text = mask_identifiers(_IPV4.sub(_mask_ipv4, text))
    return mask_numbers(text)


def _mask_url(url: re.Match[str]) -> str:
    host, path, query = url.groups()
    if not host and not path:
        return url[0]
    is_page = path in ("", "/") or (_DOCUMENTATION(host) and _PAGE(path))
    return f"://{host}{path if is_page else '/[path]'}{'?[query]' if query else ''}"


def _mask_ipv4(address: re.Match[str]) -> str:
    """Mask an address, but not a version of four parts."""
    before = address.string[max(0, address.start() - 16) : address.start()]
    return address[0] if _VERSION_BEFORE(before) else "[ip]"
