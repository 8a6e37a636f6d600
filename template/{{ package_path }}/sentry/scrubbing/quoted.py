"""What databases and pydantic quote in error messages: the sent values are masked, what explains the error stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from .sql import without_values
from .values import end_of_value

_VALUE: Final = "[value]"
_END: Final = r"(?=\s*(?:\n|\\n|\Z))"

_STATEMENT: Final = re.compile(r"(\[SQL: |\nLINE \d{1,6}: )((?:[^\]\n]|\](?!(?:\\?\n|\\n)[\[(]|\Z)|(?<!\n)\n(?![\[(]|[ ]*\^))*+)")
"""SQLAlchemy's statement and the line that PostgreSQL shows. Its brackets close at the end of a line."""
_QUOTED: Final = re.compile(
    rf"""
    # SQLAlchemy
    (\[parameters:[ ])(?!\[value\])(?:[^\]\n]|\](?!\\n|\n|\Z))++
    # PostgreSQL
    |(\bKey [^\n=]{{1,200}}\)=\()(?!\[value\])(?:[^)]|\)(?![ ](?:already|is|conflicts)\b))++
    |(\)=\()(?!\[value\])[^)\n]++
    |(\bFailing[ ]row[ ]contains[ ]\()(?!\[value\])(?:[^)]|\)(?!\.?{_END}))++
    |(\b(?:invalid[ ]input[ ](?:syntax[ ]for|value[ ]for)[^:\n]{{0,80}}|date/time[ ]field[ ]value[ ]out[ ]of[ ]range|malformed[ ]\w{{1,20}}[ ]literal
      |COPY[ ][^:\n]{{1,100}}):[ ])(?!\[value\])"(?:[^"]|"(?!{_END}))*+"?
    |(\bJSON[ ]data,[ ]line[ ]\d{{1,9}}:[ ])(?!\[value\])[^\n]++
    |(\$\d{{1,5}}[ ]=[ ])'(?:[^']|'')*+'
    # asyncpg
    |(\binvalid[ ]input[ ]for[ ]query[ ]argument[ ]\$\d{{1,5}}:[ ])(?!\[value\])(?:[^\n]{{1,4000}}(?=[ ]\([^()\n]{{3,300}}\){_END})|[^\n]++)
    |(\binvalid[ ]UUID[ ])(?!\[value\])'(?:[^'\n]|'(?!:))*+'
    # MySQL, SQLite
    |(\bDuplicate[ ]entry[ ])(?!\[value\])(?:'(?:[^']|'(?![ ]for[ ]key))*+'|[^\n]++)
    |(\b[Ii]ncorrect[ ][\w ]{{1,30}}?[ ]value:[ ])(?!\[value\])'(?:[^']|'(?![ ]for[ ]|{_END}))*+'?
    |(\bnear[ ])(?!["'][A-Z(),;*=.]{{1,20}}["'])(?:"[^"\n]*+"|'(?:[^'\n]|'(?![ ]at[ ]line|"))*+')
    |(\b(?:unterminated[ ]quoted[ ]string[ ]at[ ]or[ ]near|unrecognized[ ]token:|Token)[ ])"[^"\n]*+"+
    # MongoDB
    |(\bdup[ ]key:[ ])(?!\[value\])\{{(?:[^{{}}"]|"(?:[^"\\]|\\.)*+")*+\}}?""",
    re.VERBOSE,
)
_DOCUMENT: Final = re.compile(r"""["'](?:keyValue|op)["']: (?=\{)""")
_INPUT: Final = re.compile(
    r"""["']loc["'][ ]?:[ ]?(?P<loc>[\[(][^\])\n]{0,300})|(?P<key>["']input["'][ ]?:[ ]?)|(?P<option>,[ ]input_value=)""", re.VERBOSE
)
_INPUT_VALUE: Final = re.compile(r"[^\n]*(?=, input_type=)|[^\n]*")
_NAME: Final = re.compile(r"[\w-]+")


def mask_quoted(text: str) -> str:
    """Mask the values that databases and pydantic quote."""
    text = _STATEMENT.sub(lambda match: f"{match[1]}{without_values(match[2])}", text)
    text = _QUOTED.sub(lambda match: f"{match[match.lastindex or 0]}{_VALUE}", text)
    return mask_inputs(_mask_documents(text), lambda name: True)


def mask_inputs(text: str, is_masked: Callable[[str], bool]) -> str:
    """Mask the inputs that pydantic shows, in `str(error)`, `error.json()` and `error.errors()`.

    Args:
        is_masked: whether the value of a field must not be sent, by a name in its location.
    """
    kept: list[str] = []
    position, location = 0, ""
    for match in _INPUT.finditer(text):
        if match["loc"]:
            location = match["loc"]
        if match["loc"] or match.start() < position:
            continue
        if match["option"]:
            # The location is the line above the message.
            location = "\n".join(text[: match.start()].rsplit("\n", 2)[-2:-1])
        if any(map(is_masked, _NAME.findall(location) or [""])):
            start = match.end()
            end = end_of_value(text, start) if match["key"] else _end_of_input_value(text, start)
            kept += (text[position:start], _VALUE)
            position = end
    return "".join([*kept, text[position:]])


def _end_of_input_value(text: str, start: int) -> int:
    match = _INPUT_VALUE.match(text, start)
    return match.end() if match else start


def _mask_documents(text: str) -> str:
    """Mask the documents of an error of MongoDB."""
    kept: list[str] = []
    position = 0
    for match in _DOCUMENT.finditer(text):
        if match.start() >= position:
            kept += (text[position : match.end()], _VALUE)
            position = end_of_value(text, match.end())
    return "".join([*kept, text[position:]])
