# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""SQL statements without the values in them."""

from __future__ import annotations

import re
from typing import Final

# What is no keyword, name or operator: comments, texts, numbers, quoted names (which are texts in MySQL). Where the
# dialects differ about the end of a text (`\'`) or of a comment (`#`), everything that follows goes.
_VALUE: Final = re.compile(
    r"""/\*(?:[^*]|\*(?!/))*+(?:\*/)?
    |--(?=\s)[^\n]*+
    |(?:--|\#|\$\w*+\$).*+
    |'(?:[^'\\]|'')*+(?:'|\\.*+)?
    |"(?:[^"\\]|"")*+(?:"|\\.*+)?
    |`[^`]*+`?
    |(?<![\w.:$@?%])[0-9][\w.+-]*+""",
    re.VERBOSE | re.DOTALL,
)
_LISTS: Final = re.compile(r"\?(?:[ \t\n]*+,[ \t\n]*+\?)++")
_VERB: Final = re.compile(
    r"""[\s(]*+(
    ALTER|ANALYZE|BEGIN|CALL|COMMIT|COPY|CREATE|DECLARE|DELETE|DROP|EXECUTE|EXPLAIN|FETCH|GRANT|INSERT|LISTEN|LOCK|MERGE
    |NOTIFY|PRAGMA|REFRESH|RELEASE|REPLACE|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SET|SHOW|START|TRUNCATE|UPDATE|UPSERT|VACUUM
    |VALUES|WITH)\b""",
    re.VERBOSE | re.IGNORECASE,
)


def skeleton(statement: str) -> str:
    """`SELECT id FROM users WHERE email = 'a@example.com'` becomes `SELECT id FROM users WHERE email = ?`."""
    return _LISTS.sub("?", _VALUE.sub("?", statement))


def verb(statement: str) -> str | None:
    """The kind of statement, `SELECT`; None for what is none."""
    match = _VERB.match(statement)
    return match[1].upper() if match else None
