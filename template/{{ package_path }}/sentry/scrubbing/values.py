"""Values in text: after sensitive names, in SQL statements, and in what error messages quote.

One pattern finds a sensitive name and what joins it to its value. Plain code then reads the value,
because a regular expression can't follow nested brackets. What has been read isn't read again, so
hostile text takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from .policy import SensitiveKeys

# Sentry's own placeholder.
FILTERED: Final = "[Filtered]"

# A pattern, what replaces it, and in front of both the strings of which each match has one. To look
# for a string takes far less time than to try a pattern.
Step: TypeAlias = (
    "tuple[tuple[str, ...], re.Pattern[str], str] | "
    "tuple[tuple[str, ...], re.Pattern[str], Callable[[re.Match[str]], str]]"
)

_QUOTE: Final = r"""(?:\\{0,7}["'`]|%2[27]|&(?:quot|apos|\#3[49]);)"""
_LINE_BREAK: Final = r"(?:\r?\n|\\r\\n|\\n)"
# In a sentence a value is told from a word by its digits.
_WORD_WITH_DIGITS: Final = r"""(?=["'`]?[^\s"'`]{0,50}\d)(?=["'`]?[^\s"'`]{0,50}[A-Za-z])"""
# The joint is only looked at, because it may hold the next name: `const apiKey = "..."`.
_NAME_AND_JOINT: Final = re.compile(
    rf"""(?:(?P<tag><(?:[\w-]{{1,30}}:)?)|(?<![\w.%-])|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\[nrt]))
    (?P<name>(?P<flag>--)?[\w.-]{{2,}}+)
    (?=(?P<joint>
        (?:{_QUOTE}|\]|\)|%5[Dd]){{0,4}}+
        (?:
            # password=x, "password": "x", password := x, password -> x, token%3Dx
            [ \t]{{0,3}}
            (?:[=-]>|:{{1,3}}=|\?=|!==?|={{1,3}}|\|(?!\|)|(?P<colon>:(?!:))|%3[ADad])
            [ \t]{{0,3}}
            # ... also with the value in the next line
            (?:(?<=[: ])[|>]?[+-]?{_LINE_BREAK}(?:[ \t]+|(?=["'])))?
            # name="password" value="x"
        |   [ \t]{{0,3}}[,;]?[ \t]{{0,3}}
            {_QUOTE}?(?:value|default|content){_QUOTE}?[ \t]{{0,3}}[:=][ \t]{{0,3}}
            # ("password", "x")
        |   (?<=["'`])(?P<listed>,)[ \t]{{0,3}}(?=b?\\{{0,7}}["'`])
            # a part of a form
        |   (?<=["'`]){_LINE_BREAK}{{2}}
            # var password string = "x"
        |   [ \t]{{1,3}}[A-Za-z][\w.*\[\]]{{0,30}}[ \t]{{1,3}}:?=[ \t]{{0,3}}(?=["'`])
        )
        # <password>x</password>
    |   (?(tag)(?P<element>(?:[ \t][^<>]{{0,200}})?>)|(?!))
        # --password x
    |   (?(flag)[ \t]{{1,3}}|(?!))
        # password is x
    |   (?P<gap>[ \t]{{1,3}}(?:(?:is|was):?[ \t]{{1,3}})?)
            {_WORD_WITH_DIGITS}(?=(?P<word>\S{{6,60}}))
    ))""",
    re.VERBOSE,
)
# What an earlier pass has left.
_PLACEHOLDER: Final = re.compile(
    r"\[(?:card|credentials|email|hex|iban|id|ip|key|mac|number|path|phone|query|token|user|uuid|value)\]"
).fullmatch
# After a comma, what is no value: `"tokens", "param": None`, `["id", "token", "created_at", "at"]`.
_ANOTHER_NAME: Final = re.compile(
    r"""b?(\\{0,7}["'`])(?:[\w.-]{0,60}\1[ \t]*:|[a-z_]{1,60}\1,)"""
).match

_OPENING: Final = re.compile(
    r"""(?:[A-Za-z_][\w.]{0,60}(?=[(\[{])|&?[A-Za-z]{0,2}(?=["']))?
    (?P<mark>\"\"\"|'''|\\+["']|%2[27]|&(?:quot|apos|\#3[49]);|["'`\u201c\u2018\u00ab(\[{<])""",
    re.VERBOSE,
).match
_CLOSING: Final = {
    "(": ")",
    "[": "]",
    "{": "}",
    "<": ">",
    "\u201c": "\u201d",
    "\u2018": "\u2019",
    "\u00ab": "\u00bb",
}
_BRACKET_OR_STRING: Final = re.compile(
    r"""[()\[\]{}<>]|"(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?""", re.DOTALL
)
_STRINGS: Final = {
    '"': re.compile(r'(?:[^"\\]|\\.)*+"?', re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*+'?", re.DOTALL),
}
_IN_WORD: Final = r"""[^\s,;&|"'<>()\[\]{}]"""
_GLUED: Final = re.compile(rf"(?:(?!/>){_IN_WORD})*+")
# A word goes on behind a bracket or a comma, but not where `&user=` begins the next pair.
_WORD: Final = re.compile(
    rf"""(?:(?i:bearer|basic|digest|negotiate|token|ntlm|oauth|hawk|mac|api-?key|key|jwt|ssws
        |signature|shared-?key(?:lite)?|aws4-hmac-sha256|aws)[ \t]{{1,3}}(?={_IN_WORD}))?
    (?:{_IN_WORD}|[()\[\]{{}}](?={_IN_WORD})
    |[,;&|](?={_IN_WORD})(?![\w.%-]{{1,60}}[ \t]?[=:]))++""",
    re.VERBOSE,
)
_SCHEME: Final = re.compile(r"[A-Za-z][\w-]{1,30}[ \t]{1,3}(?=\S)")
_PARAMETERS: Final = re.compile(r"""(?:,[ \t]{0,3}[\w-]{1,40}=(?:"[^"\n]*+"?|[^\s,;"']++))*+""")
# The value after an annotation (`token: str = "x"`), and literals that are joined (`"x" + "y"`).
_CONTINUED: Final = re.compile(
    r"""[ \t]{1,3}:?=(?![=>])[ \t]{0,3}|(?<==)(?=["'(\[{])
    |(?<=["'`])[ \t]{0,3}(?:[+.][ \t]{0,3})?(?=[bfru]?["'])""",
    re.VERBOSE,
).match
_MAX_PARTS: Final = 8

_HARMLESS: Final = re.compile(
    r"""(?i:none|null|nil|undefined|nan|true|false|yes|no|on|off|any|bool(?:ean)?|bytes?|dict|float
    |int(?:eger)?|list|object|(?:secret)?str(?:ing)?|absent|closed|denied|disabled|empty|enabled|error
    |expired|failed|forbidden|incorrect|invalid|malformed|mismatch|missing|ok|optional|rejected
    |required|revoked|unauthorized|unexpected|unknown|unset|unsupported|valid|wrong)
    |["'`\u201c]{0,2}(?:\*+|\[[A-Za-z]+\]|%[a-z]|%\([a-z_]+\)s|\$\d+|:[a-z_]+|\{[A-Za-z_.]*\}|\?|\.\.\.
    |-+|0x[0-9a-fA-F]{1,8})?["'`\u201d]{0,2}|\(\)|\[\]|\{\}|<>""",
    re.VERBOSE,
).fullmatch
_ANNOTATION: Final = re.compile(r"[\w.\[\], |]{1,60} = ")
_COUNT: Final = re.compile(r"\d{1,12}(?:\.\d{1,6})?").fullmatch
_HOST: Final = re.compile(r"[\w-]*[A-Za-z][\w-]*[.-][\w.-]*|auth").fullmatch
_PORT: Final = re.compile(r"\d{2,5}(?![.-]?\w)").match
_MAY_BE_WORDS: Final = re.compile(r"(?i:pass|pwd|secret|pin|phrase|code|answer)").search
_SENTENCE: Final = re.compile(
    r"[A-Z]?[a-z']{1,15}(?P<more>,? (?:[A-Z]?[a-z']{1,15}|[A-Z]{2,8})(?![\w=:/+-]))?"
).match
_FAULT: Final = re.compile(
    r"""(?i:\b(?:bad|corrupt|decod\w+|error|expired|fail\w*|illegal|incorrect|invalid|malformed|missing
    |no|pars\w+|rejected|revoked|unexpected|unknown|unsupported|validat\w+|verif\w+|wrong)
    \b[\w\ \t'-]{0,40})\Z""",
    re.VERBOSE,
).search


def sensitive_values(text: str, keys: SensitiveKeys) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each value after a sensitive name, in order, not overlapping."""
    position = 0
    for match in _NAME_AND_JOINT.finditer(text):
        name, start = match["name"][-100:], match.end("joint")
        if match.start() >= position and keys.match(name) and _is_pair(text, match, name):
            find_end = _end_of_element if match["element"] else end_of_value
            end = find_end(text, start, match["name"])
            if end > start and not _is_harmless(text, match, end, keys):
                yield start, end
                position = end


def replace(text: str, spans: Iterable[tuple[int, int]], placeholder: str) -> str:
    """Replace parts of a text; of parts that overlap, the first."""
    kept: list[str] = []
    position = 0
    for start, end in spans:
        if start >= position:
            kept += (text[position:start], placeholder)
            position = end
    return "".join([*kept, text[position:]])


def apply(steps: Iterable[Step], text: str) -> str:
    """Replace what the patterns of these steps match, one after the other."""
    for strings, pattern, replacement in steps:
        # A loop, because any() would cost as much as a short pattern.
        for string in strings:
            if string in text:
                text = pattern.sub(replacement, text)
                break
    return text


# Tell a pair from words of a sentence, and from two names in a list.
def _is_pair(text: str, match: re.Match[str], name: str) -> bool:
    before = match.start("name") - 1
    if _PLACEHOLDER(text, max(0, before), match.end("name") + 1):
        return text[before - 1].isalnum()
    if match["listed"]:
        return _ANOTHER_NAME(text, match.end("joint")) is None
    return not match["gap"] or len(match["word"]) >= 20 or _MAY_BE_WORDS(name) is not None


# Return where the content of an XML element ends.
def _end_of_element(text: str, start: int, name: str) -> int:
    end = text.find(f"</{name}", start, start + 2000)
    end = text.find("<", start) if end < 0 else end
    return end if end >= 0 and text[start:end].strip() else start


def end_of_value(text: str, start: int, name: str = "") -> int:
    """Return where a value ends: literals, brackets, a word, or a header with its parameters."""
    is_header = "authori" in name.lower()
    end = _end_of_part(text, _end(_SCHEME, text, start) if is_header else start)
    for _ in range(_MAX_PARTS):
        continued = _CONTINUED(text, end)
        if continued is None or end == start:
            break
        end = _end_of_part(text, continued.end())
    return _end(_PARAMETERS, text, end) if is_header else end


def _end_of_part(text: str, start: int) -> int:
    opening = _OPENING(text, start)
    if opening is None:
        return _end(_WORD, text, start)
    mark, end = opening["mark"], opening.end()
    if mark in _STRINGS:
        end = _end(_STRINGS[mark], text, end)
    elif mark in "([{<":
        end = _end_of_brackets(text, end, mark)
    else:
        closing = _CLOSING.get(mark, mark)
        found = text.find(closing, end)
        end = found + len(closing) if found >= 0 else len(text)
    return _end(_GLUED, text, end)


# Return where brackets are closed, apart from those in strings, or the end of the text.
def _end_of_brackets(text: str, start: int, opening: str) -> int:
    depth = 1
    for piece in _BRACKET_OR_STRING.finditer(text, start):
        depth += (piece[0] == opening) - (piece[0] == _CLOSING[opening])
        if not depth:
            return piece.end()
    return len(text)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


# Tell what can't be a secret: `None`, a count of tokens, the port of a host, a sentence.
def _is_harmless(text: str, match: re.Match[str], end: int, keys: SensitiveKeys) -> bool:
    start, name = match.end("joint"), match["name"]
    value = _ANNOTATION.sub("", text[start:end], count=1)
    if _HARMLESS(value) or (_COUNT(value) and not keys.covers(name, 0)):
        return True
    if not match["colon"]:
        return False
    if text[start - 1] == ":":
        return _PORT(text, start) is not None and _HOST(name) is not None
    # `Invalid token: Signature has expired`, but not `passphrase: correct horse`
    sentence = _SENTENCE(text, start)
    tells_fault = _FAULT(text, max(0, match.start("name") - 60), match.start("name")) is not None
    if sentence is None or _MAY_BE_WORDS(name):
        return sentence is not None and sentence["more"] is not None and tells_fault
    return sentence["more"] is not None or (tells_fault and sentence.end() == end)


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
