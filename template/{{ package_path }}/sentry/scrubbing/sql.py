"""SQL statements without their values."""

from __future__ import annotations

import re
from typing import Final

# What is no keyword, name or operator: comments, texts, numbers, quoted names (which are texts in MySQL). Where the
# dialects differ about the end of a text (`\'`) or of a comment (`#`), everything that follows goes.
_SQL_VALUE: Final = re.compile(
    r"""/\*(?:[^*]|\*(?!/))*+(?:\*/)?
    |--(?=\s)[^\n]*+
    |(?:--|\#|\$\w*+\$).*+
    |'(?:[^'\\]|'')*+(?:'|\\.*+)?
    |"(?:[^"\\]|"")*+(?:"|\\.*+)?
    |`[^`]*+`?
    |(?<![\w.:$@?%])[0-9][\w.+-]*+""",
    re.VERBOSE | re.DOTALL,
)
_SQL_LIST: Final = re.compile(r"\?(?:[ \t\n]*+,[ \t\n]*+\?)++")
_SQL_VERB: Final = re.compile(
    r"""[\s(]*+(
    ALTER|ANALYZE|BEGIN|CALL|COMMIT|COPY|CREATE|DECLARE|DELETE|DROP|EXECUTE|EXPLAIN|FETCH|GRANT|INSERT|LISTEN|LOCK|MERGE
    |NOTIFY|PRAGMA|REFRESH|RELEASE|REPLACE|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SET|SHOW|START|TRUNCATE|UPDATE|UPSERT|VACUUM
    |VALUES|WITH)\b""",
    re.VERBOSE | re.IGNORECASE,
)


def without_values(statement: str) -> str:
    """Turn `SELECT id FROM users WHERE email = 'a@example.com'` into `SELECT id FROM users WHERE email = ?`."""
    return _SQL_LIST.sub("?", _SQL_VALUE.sub("?", statement))


def verb(statement: str) -> str | None:
    """Return the verb of a statement, `SELECT`, or None for what is no statement."""
    match = _SQL_VERB.match(statement)
    return match[1].upper() if match else None
