"""What a secret of Sentry looks like in a line of text. The secret itself is never returned."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote

_TOKEN: Final = re.compile(r"\bsntry[a-z]_[A-Za-z0-9_=+/-]{20,}")
_OLD_TOKEN: Final = re.compile(r"(?i)(?:sentry_\w*token|auth\.token)[\"']?\s*[=:]\s*[\"']?[0-9a-f]{64}\b")
"""Before 2023 a token was 64 hexadecimal digits, which only its name tells from a checksum."""
_DSN: Final = re.compile(
    r"(?i)https?://(?P<key>\w+)(?::\w+)?@(?P<host>[\w.-]+|\[[0-9a-f:.]+\])(?::\d+)?/(?:[\w.-]+/)*\d+(?!\w)"
)
_DSN_NAME: Final = re.compile(r"(?i)sentry[_.-]?dsn")
_KEY: Final = re.compile(r"(?i)[0-9a-f]{16,}")
_QUERY: Final = re.compile(r"\bsentry_key=[0-9a-f]{32}\b")
_NOBODYS_HOST: Final = re.compile(
    # The organization 0 is the one in Sentry's own documentation.
    r"(?i)localhost|127(?:\.\d+){3}|\[::1\]|receiver|o0\.ingest\..*|(?:.*\.)?example\.(?:com|net|org)"
    r"|(?:.*\.)?(?:example|invalid|localhost|test)"
)
_BASE64: Final = re.compile(r"\b(?:aHR0c|c250cnl)[A-Za-z0-9+/_-]{20,}={0,2}")
"""`http` or `sntry` as a Kubernetes Secret has it."""

_ASSIGNMENT: Final = re.compile(r"\ufeff?\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*")
_SECRET_NAME: Final = re.compile(r"SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)", re.IGNORECASE)

MARKS: Final = (b"://", b"%3A%2F%2F", b"sntry", b"aHR0c", b"c250cnl", b"sentry_", b"SENTRY_", b"auth.token")
"""A file without any of these holds nothing that `secret_in` finds."""

ALLOWED: Final = "gitleaks:allow"
"""A line with this comment is left alone, here as by gitleaks."""


def secret_in(line: str, *, example: bool = False) -> str | None:
    """Name the secret in a line, such as "a DSN".

    Args:
        example: whether made-up keys are expected there, as in tests: then a DSN counts by its key alone, not because
            of the name before it.
    """
    for text in _readings(line):
        if _TOKEN.search(text) or _OLD_TOKEN.search(text):
            return "a Sentry token"
        if _QUERY.search(text):
            return "the key of a DSN"
        for found in _DSN.finditer(text):
            named = not example and _DSN_NAME.search(text, 0, found.start())
            if (named or _KEY.fullmatch(found["key"])) and not _NOBODYS_HOST.fullmatch(found["host"]):
                return "a DSN"
    return None


def secret_variable(line: str) -> str | None:
    """Name the variable in a line of an env file that belongs in secrets.env.

    An empty value counts too, because the variable is in the wrong file. A DSN or a token counts under any name, also
    in a comment.
    """
    found = _ASSIGNMENT.fullmatch(line.strip().lstrip("# "))
    if found is None:
        return secret_in(line)
    named = _SECRET_NAME.fullmatch(found["name"]) and not line.lstrip().startswith("#")
    return found["name"] if named or _DSN.search(line) or secret_in(line) else None


def filled_in(line: str) -> str | None:
    """Name the secret variable that a line of an example gives a value."""
    found = _ASSIGNMENT.fullmatch(line)
    return found["name"] if found and found["value"].strip("\"'") and _SECRET_NAME.fullmatch(found["name"]) else None


def _readings(line: str) -> list[str]:
    """Return the line as it is, percent-decoded, and what it holds in base64."""
    readings = [line]
    if "%40" in line:
        readings.append(unquote(line))
    for found in _BASE64.finditer(line):
        encoded = found[0].rstrip("=")
        try:
            decoded = base64.urlsafe_b64decode(encoded.replace("+", "-").replace("/", "_") + "=" * (-len(encoded) % 4))
        except binascii.Error:
            continue
        readings.append(decoded.decode("utf-8", "replace"))
    return readings
