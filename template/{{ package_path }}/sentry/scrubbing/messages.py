"""SQL statements without their values, and error messages without what they quote of requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from .values import Step, apply, end_of_value, replace

# SQL statements

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


# Error messages

_MASKED: Final = "[value]"
_END_OF_LINE: Final = r"(?=\s*(?:\n|\\n|\Z))"

# SQLAlchemy's statement, whose brackets close at the end of a line, and PostgreSQL's line of it.
_STATEMENT: Final = re.compile(
    r"(\[SQL: |\nLINE \d{1,6}: )"
    r"((?:[^\]\n]|\](?!(?:\\?\n|\\n)[\[(]|\Z)|(?<!\n)\n(?![\[(]|[ ]*\^))*+)"
)
# In each line: what stays, then what is replaced.
_QUOTED: Final = re.compile(
    rf"""
    # SQLAlchemy
    (\[parameters:[ ])(?!\[value\])(?:[^\]\n]|\](?!\\n|\n|\Z))++
    # PostgreSQL
    |(\bKey[ ][^\n=]{{1,200}}\)=\()(?!\[value\])(?:[^)]|\)(?![ ](?:already|is|conflicts)\b))++
    |(\)=\()(?!\[value\])[^)\n]++
    |(\bFailing[ ]row[ ]contains[ ]\()(?!\[value\])(?:[^)]|\)(?!\.?{_END_OF_LINE}))++
    |(\b(?:invalid[ ]input[ ](?:syntax|value)[ ]for[^:\n]{{0,80}}|malformed[ ]\w{{1,20}}[ ]literal
      |date/time[ ]field[ ]value[ ]out[ ]of[ ]range|COPY[ ][^:\n]{{1,100}}):[ ])
      (?!\[value\])"(?:[^"]|"(?!{_END_OF_LINE}))*+"?
    |(\bJSON[ ]data,[ ]line[ ]\d{{1,9}}:[ ])(?!\[value\])[^\n]++
    |(\$\d{{1,5}}[ ]=[ ])'(?:[^']|'')*+'
    # asyncpg
    |(\binvalid[ ]input[ ]for[ ]query[ ]argument[ ]\$\d{{1,5}}:[ ])(?!\[value\])
      (?:[^\n]{{1,4000}}(?=[ ]\([^()\n]{{3,300}}\){_END_OF_LINE})|[^\n]++)
    |(\binvalid[ ]UUID[ ])(?!\[value\])'(?:[^'\n]|'(?!:))*+'
    # MySQL, SQLite
    |(\bDuplicate[ ]entry[ ])(?!\[value\])(?:'(?:[^']|'(?![ ]for[ ]key))*+'|[^\n]++)
    |(\b[Ii]ncorrect[ ][\w ]{{1,30}}?[ ]value:[ ])(?!\[value\])
      '(?:[^']|'(?![ ]for[ ]|{_END_OF_LINE}))*+'?
    |(\bnear[ ])(?!["'][A-Z(),;*=.]{{1,20}}["'])
      (?:"[^"\n]*+"|'(?:[^'\n]|'(?![ ]at[ ]line|"))*+')
    |(\b(?:unterminated[ ]quoted[ ]string[ ]at[ ]or[ ]near|unrecognized[ ]token:|Token)[ ])
      "[^"\n]*+"+
    # MongoDB
    |(\bdup[ ]key:[ ])(?!\[value\])\{{(?:[^{{}}"]|"(?:[^"\\]|\\.)*+")*+\}}?""",
    re.VERBOSE,
)
_QUOTING: Final = (
    "$",
    ")=(",
    "COPY ",
    "Duplicate entry",
    "Failing row",
    "JSON data",
    "Token ",
    "[parameters:",
    "dup key",
    "invalid ",
    "literal:",
    "near ",
    "out of range:",
    "unrecognized token",
    "value:",
)
_STEPS: Final[tuple[Step, ...]] = (
    (("[SQL", "\nLINE"), _STATEMENT, lambda match: f"{match[1]}{without_values(match[2])}"),
    (_QUOTING, _QUOTED, lambda match: f"{match[match.lastindex or 0]}{_MASKED}"),
)
_DOCUMENT: Final = re.compile(r"""["'](?:keyValue|op)["']: (?=\{)""")
_INPUT: Final = re.compile(
    r"""["']loc["'][ ]?:[ ]?(?P<loc>[\[(][^\])\n]{0,300})
    |["']input["'][ ]?:[ ]?
    |,[ ]input_value=[^\n]*(?=,[ ]input_type=)
    |,[ ]input_value=[^\n]*""",
    re.VERBOSE,
)
_FIELD: Final = re.compile(r"[\w-]+")


def mask_quoted(text: str) -> str:
    """Mask the values that databases and pydantic quote."""
    text = apply(_STEPS, text)
    documents = (
        (found.end(), end_of_value(text, found.end())) for found in _DOCUMENT.finditer(text)
    )
    return mask_inputs(replace(text, documents, _MASKED), lambda name: True)


def mask_inputs(text: str, is_masked: Callable[[str], bool]) -> str:
    """Mask the inputs that pydantic shows, in `str(error)`, `error.json()`, and `error.errors()`.

    Args:
        is_masked: whether the value of a field must not be sent, by a name in its location.
    """
    return replace(text, _inputs(text, is_masked), _MASKED) if "input" in text else text


def _inputs(text: str, is_masked: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    location = ""
    for match in _INPUT.finditer(text):
        if match["loc"]:
            location = match["loc"]
            continue
        is_option = match[0].startswith(",")
        if is_option:
            # The location is in the line above the message.
            line = text.rfind("\n", 0, match.start())
            location = text[text.rfind("\n", 0, max(line, 0)) + 1 : max(line, 0)]
        if any(map(is_masked, _FIELD.findall(location) or [""])):
            start = match.start() + len(", input_value=") if is_option else match.end()
            yield start, match.end() if is_option else end_of_value(text, start)
