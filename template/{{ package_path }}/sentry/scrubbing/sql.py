"""SQL statements without their values."""

from __future__ import annotations

import re
from typing import Final

# Characters, which is what Sentry keeps.
_MAX_STATEMENT: Final = 8_192

_VERBS: Final = (
    "ALTER",
    "ANALYZE",
    "ATTACH",
    "BEGIN",
    "CALL",
    "COMMIT",
    "COPY",
    "CREATE",
    "DECLARE",
    "DELETE",
    "DESCRIBE",
    "DROP",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT",
    "INSERT",
    "LISTEN",
    "LOCK",
    "MERGE",
    "NOTIFY",
    "PRAGMA",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "REPLACE",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
    "START",
    "TRUNCATE",
    "UPDATE",
    "UPSERT",
    "USE",
    "VACUUM",
    "VALUES",
    "WITH",
)

_COMMENT: Final = r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?|--(?=\s)[^\n]*+"
# Double quotes enclose a name or, in MySQL, a string. Where only a name can be, it is kept.
_NAME: Final = r"""
    (?:(?<=\.)|(?<=\bFROM\ )|(?<=\bJOIN\ )|(?<=\bINTO\ )|(?<=\bUPDATE\ )|(?<=\bTABLE\ ))
        "[A-Za-z_]\w{0,63}+"(?!\s*\))
    |"[A-Za-z_]\w{0,63}+"(?=\.)
    |`[A-Za-z_]\w{0,63}+`
"""

# Strings and numbers. Where dialects disagree about the end of a string (`\'`) or of a comment
# (`#`), all that follows is a value.
_VALUE: Final = r"""
    (?:--|\#|\$\w*+\$).*+
    |'(?:[^'\\]|'')*+(?:'|\\.*+)?
    |"(?:[^"\\]|"")*+(?:"|\\.*+)?
    |`[^`]*+`?
    |(?<![\w.:$@?%])[0-9][\w.+-]*+
"""

_TOKEN: Final = re.compile(
    rf"(?P<comment>{_COMMENT})|(?P<name>{_NAME})|{_VALUE}", re.VERBOSE | re.DOTALL | re.IGNORECASE
)
_LIST: Final = re.compile(r"\?(?:\s*+,\s*+\?)++")
_ROWS: Final = re.compile(r"\(\?\)(?:\s*+,\s*+\(\?\))++")
_IN: Final = re.compile(r"\b(IN\s{0,9}\()(?!\s*SELECT\b)[^()]++\)", re.IGNORECASE)
_VERB: Final = re.compile(
    rf"(?:[\s(]++|{_COMMENT})*+({'|'.join(_VERBS)})\b", re.DOTALL | re.IGNORECASE
)


def without_values(statement: str) -> str:
    """Turn `SELECT id FROM users WHERE name = 'Ada'` into `SELECT id FROM users WHERE name = ?`.

    Lists of values become one, so that a statement is the same however many rows it is about.
    """
    text = _TOKEN.sub(
        lambda token: " " if token["comment"] else token["name"] or "?", statement[:_MAX_STATEMENT]
    )
    return _ROWS.sub("(?)", _IN.sub(r"\1?)", _LIST.sub("?", text))).strip()


def verb(statement: str) -> str | None:
    """Return the verb of a statement, `SELECT`, or None for what is not a statement."""
    match = _VERB.match(statement)
    return match[1].upper() if match else None
