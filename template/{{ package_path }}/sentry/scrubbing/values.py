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

# Characters that Sentry keeps of a text. A pattern holds the GIL while it is applied, so a longer
# text would stop the event loop for longer.
MAX_TEXT: Final = 8192
# Sentry's own placeholder.
FILTERED: Final = "[Filtered]"

# A pattern, what replaces it, and in front of both the strings of which each match has one. To look
# for a string takes far less time than to try a pattern.
Step: TypeAlias = "tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]]"

# What the masks leave, between brackets.
_MASK: Final = (
    r"(?:Filtered|card|credentials|email|hex|iban|id|ip|key|mac|number|path|phone|query|token|user"
    r"|uuid|value)"
)
_QUOTE: Final = r"""(?:\\{0,7}["'`]|%2[27]|&(?:quot|apos|\#3[49]);)"""
_LINE_BREAK: Final = r"(?:\r?\n|\\r\\n|\\n)"
# The joint is only looked at, because it may hold the next name: `const apiKey = "..."`.
_NAME_AND_JOINT: Final = re.compile(
    rf"""
    # "x" == password, "value": "x", "name": "password"
    (?P<literal>"[^"\n]{{1,200}}"|'[^'\n]{{1,200}}')
        (?=[ ]{{0,3}}(?:[!=]==?|,[ ]{{0,3}}["'](?:name|key)["']:)[ ]{{0,3}}["']?(?P<compared>[\w.-]{{2,100}}))
    |(?:(?P<tag><(?:[\w-]{{1,30}}:)?)|(?<![\w.%-])|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\[nrt]))
    # not what an earlier pass has left, but data[token]=x
    (?!(?<=\[)(?<![A-Za-z0-9]\[){_MASK}\])
    (?P<name>(?P<flag>--)?[\w.-]{{2,}}+(?:[ ](?i:keys?|code)(?![\w.-]))?)
    (?=(?P<joint>
        (?>(?:{_QUOTE}|\[\d{{0,6}}\]|\]|\)|\}}|%5[Dd]){{0,4}})
        (?:
            # password=x, "password": "x", password := x, password -> x, token%3Dx, but not AuthError: x
            (?<!Error)(?<!Exception)(?:[ ](?:given|provided|received|sent|supplied|used))?[ \t]{{0,3}}
            (?=[=:|?!%&\\>\u2192-])(?:[=-]>|(?<=-)>|:{{1,3}}=|\?=|!==?|={{1,3}}|\|(?!\|)|(?P<colon>:(?!:))
            |%(?:25)?3[ADad]|\\u003[ADad]|\\x3[ADad]|&\#61;|&gt;|\u2192)
            [ \t]{{0,3}}
            # ... also with a tag of YAML, and with the value in the next line
            (?:(?<=[ ])[!&][\w!./-]{{1,30}}(?:[ ]|(?=\r?\n)))?
            (?:(?<=[: ])[|>]?[+-]?{_LINE_BREAK}(?:[ \t]+|(?=["'])))?
            # name="password" value="x", also in the next line
        |   [ \t]{{0,3}}[,;]?(?:[ \t]{{0,3}}|{_LINE_BREAK}[ \t]{{0,40}})
            (?=["'`\\%&vdc]){_QUOTE}?(?:value|default|content){_QUOTE}?[ \t]{{0,3}}[:=][ \t]{{0,3}}
            # <entry key="password">x, <key>password</key><string>x
        |   (?<=["'])>(?=[^\s<])
        |   </(?:key|name)>\s{{0,20}}<(?:string|value)>
            # BasicAuth("ada", "x")
        |   (?<=[Aa]uth)(?=\([bu]?["'])
            # ("password", "x"), but not "token", "param": 1 or "id", "token", "created_at", "at"
        |   (?<=["'`]),[ \t]{{0,3}}(?=b?(?P<quote>\\{{0,7}}["'`]))
            (?!b?(?P=quote)(?:[\w.-]{{0,60}}(?P=quote)[ \t]*:|[a-z_]{{1,60}}(?P=quote),))
            # a part of a form
        |   (?<=["'`]){_LINE_BREAK}{{2}}
            # var password string = "x"
        |   [ \t]{{1,3}}[A-Za-z][\w.*\[\]]{{0,30}}[ \t]{{1,3}}:?=[ \t]{{0,3}}(?=["'`])
        )
        # <password>x</password>
    |   (?(tag)(?P<element>(?:[ \t][^<>]{{0,200}})?>)|(?!))
        # --password x
    |   (?(flag)[ \t]{{1,3}}|(?!))
        # password("x1"), but not get_password("name")
    |   \((?=b?["'][^\w"'\n]{{0,50}}\w[^"'\n]{{0,50}}[^\w\s"'.,:/-]|b?["'](?=[^\s"']{{0,50}}[a-z])[^\s"']{{0,50}}\d)
        # password "x"
    |   (?<=(?i:password))(?:[ \t]{{1,3}}|\()(?=["'`])
        # pin is 4711
    |   [ \t]{{1,3}}(?:is|was):?[ \t]{{1,3}}(?=["'`]?\d{{4,12}}(?![\w.:/-]))
        # password is x1: in a sentence a value is told from a word by its digits
    |   (?<!(?i:bearer))(?<!(?i:address))
            (?P<gap>(?:[ ](?:for|of)[ ][^\s:=]{{1,60}}:?)?[ \t]{{1,3}}(?:(?:is|was|from|to):?[ \t]{{1,3}})?)
            (?=["'`]?[^\s"'`]{{0,50}}\d)(?=["'`]?[^\s"'`]{{0,50}}[A-Za-z])(?=\S{{6,60}})
    ))""",
    re.VERBOSE,
)
# A value in brackets, also behind the name of a class: `Token(`.
_OPENING: Final = re.compile(
    r"(?:[A-Za-z_][\w.]{0,60}(?=[(\[{]))?(?P<bracket>[(\[{<])",
).match
_CLOSING: Final = {
    "(": ")",
    "[": "]",
    "{": "}",
    "<": ">",
}
_BRACKET_OR_STRING: Final = re.compile(
    r"""[()\[\]{}<>]|"(?>(?:[^"\\]|\\.)*)"?|'(?>(?:[^'\\]|\\.)*)'?""", re.DOTALL
)
_IN_WORD: Final = r"""[^\s,;&|"'<>()\[\]{}]"""
_GLUED: Final = re.compile(rf"(?>(?:(?!/>){_IN_WORD})*)")
_LITERAL_OR_WORD: Final = re.compile(
    rf"""(?:[&@$]{{0,2}}(?i:[bflnru]){{0,2}}(?=["']))?
    (?: (?P<mark>\"\"\"|'''|\\+["']|%2[27]|&(?:quot|apos|\#3[49]);|`)(?>(?:(?!(?P=mark)).)*)(?P=mark)?
    |   "(?>(?:[^"\\]|\\.)*)"?
    |   '(?>(?:[^'\\]|\\.)*)'?
    |   \u201c[^\u201d]*+\u201d?
    |   \u2018[^\u2019]*+\u2019?
    |   \u00ab[^\u00bb]*+\u00bb?
    ){_GLUED.pattern}
    # A word goes on behind a bracket, a quote, or a comma, but not where `&user=` begins the next pair.
    |(?:(?i:bearer|basic|digest|negotiate|token|ntlm|oauth|hawk|mac|api-?key|key|jwt|ssws
        |signature|shared-?key(?:lite)?|aws4-hmac-sha256|aws)[ \t]{{1,3}}(?={_IN_WORD}))?
    (?>(?:{_IN_WORD}|[()\[\]{{}}](?={_IN_WORD})|(?<=[A-Za-z0-9])["'<>](?=[A-Za-z0-9])
    |[,;&|](?={_IN_WORD})(?![A-Za-z_%][\w.%-]{{0,59}}[ \t]?[=:]))+)""",
    re.VERBOSE | re.DOTALL,
)
_SCHEME: Final = re.compile(r"[A-Za-z][\w-]{1,30}[ \t]{1,3}(?=\S)")
_PARAMETERS: Final = re.compile(r"""(?>(?:,[ \t]{0,3}[\w-]{1,40}=(?:"[^"\n]*+"?|[^\s,;"']++))*)""")
# The value after an annotation (`token: str = "x"`), and literals that are joined (`"x" + "y"`).
_CONTINUED: Final = re.compile(
    r"""[ \t]{1,3}:?=(?![=>])[ \t]{0,3}|(?<==)(?=["'(\[{])
    |(?<=["'`])[ \t]{0,3}(?:[+.][ \t]{0,3})?(?=[bfru]?["'])""",
    re.VERBOSE,
).match

# The value of `token: str = None` begins with the annotation.
_ANNOTATION: Final = r"(?:[\w.\[\],|\ ]{1,60}\ =\ )?"
_HARMLESS: Final = re.compile(
    rf"""{_ANNOTATION}(?:
    (?i:none|null|nil|undefined|nan|true|false|yes|no|on|off|any|bool(?:ean)?|bytes?|dict|float
    |int(?:eger)?|list|object|(?:secret)?str(?:ing)?|absent|closed|denied|disabled|empty|enabled|error
    |expired|failed|forbidden|incorrect|invalid|malformed|mismatch|missing|ok|optional|rejected
    |required|revoked|unauthorized|unexpected|unknown|unset|unsupported|valid|wrong)
    |["'`\u201c]{{0,2}}(?:\*+|\[(?:{_MASK}|[A-Z]+)\]|%[a-z]|%\([a-z_]+\)s|\$\d+|:[a-z_]+|\{{[A-Za-z_.]*\}}|\?
    |\.\.\.|-+|0x[0-9a-fA-F]{{1,8}})?["'`\u201d]{{0,2}}|\(\)|\[\]|\{{\}}|<>)""",
    re.VERBOSE,
).fullmatch
_COUNT: Final = re.compile(rf"{_ANNOTATION}\d{{1,12}}(?:\.\d{{1,6}})?").fullmatch
_HOST_AND_PORT: Final = re.compile(
    r"(?:\d*[A-Za-z_]\w*+[.-][\w.-]*+|auth):\d{2,5}(?![.-]?\w)"
).match
_MAY_BE_WORDS: Final = re.compile(r"(?i:pass|pwd|secret|pin|phrase|code|answer)").search
_SENTENCE: Final = re.compile(
    r"[A-Z]?[a-z][a-z']{0,14}(?P<more>,? (?:[A-Z]?[a-z']{1,15}|[A-Z]{2,8})(?![\w=:/+-]))?"
).match
# A passphrase up to the end of the line.
_PHRASE: Final = re.compile(
    r"(?<=:[ \t])[A-Za-z']{1,20}(?: [A-Za-z']{1,20}){1,11}(?=[ \t\r]*(?:\n|\\n|\Z))"
)
# Hardly a value: `token sha256`, `session service-1:8080`, `token_type=bearer expires_in=3600`.
_TECHNICAL: Final = re.compile(
    r"""["'`]?(?:[A-Za-z]{1,5}-?\d{1,5}|[A-Za-z]+(?:-[a-z]+)*-\d{1,3})(?:\.[a-z]+)*(?::\d{2,5})?
        (?=["'`,;.:)\]]{0,2}(?:\s|\Z))
    |[A-Za-z_][\w-]{0,60}=[^=\s]""",
    re.VERBOSE,
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
        name = match["name"] or match["compared"]
        if match.start() < position or not keys.match(name[-100:]):
            continue
        start, end = match.span("literal")
        if match["name"]:
            start = match.end("joint")
            find_end = _end_of_element if match["element"] else end_of_value
            end = find_end(text, start, name)
        if end > start and not _is_harmless(match, start, end, keys):
            if _MAY_BE_WORDS(name):
                end = max(end, _end(_PHRASE, text, start))
            yield start, end
            position = end


def replace(
    text: str, spans: Iterable[tuple[int, int]], placeholder: str, *, keep_lines: bool = False
) -> str:
    """Replace parts of a text; of parts that overlap, the first."""
    kept: list[str] = []
    position = 0
    for start, end in spans:
        if start >= position:
            breaks = text.count("\n", start, end) if keep_lines else 0
            kept += (text[position:start], placeholder, "\n" * breaks)
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


# Return where the content of an XML element ends.
def _end_of_element(text: str, start: int, name: str) -> int:
    end = text.find(f"</{name}", start, start + 2000)
    end = text.find("<", start) if end < 0 else end
    return end if end >= 0 and text[start:end].strip() else start


def end_of_value(text: str, start: int, name: str = "") -> int:
    """Return where a value ends: literals, brackets, a word, or a header with its parameters."""
    is_header = "authori" in name.lower()
    end = _end_of_part(text, _end(_SCHEME, text, start) if is_header else start)
    for _ in range(8):
        continued = _CONTINUED(text, end)
        if continued is None or end == start:
            break
        end = _end_of_part(text, continued.end())
    return _end(_PARAMETERS, text, end) if is_header else end


# Brackets in strings don't count. What isn't closed ends with the text.
def _end_of_part(text: str, start: int) -> int:
    opening = _OPENING(text, start)
    if opening is None:
        return _end(_LITERAL_OR_WORD, text, start)
    bracket, depth = opening["bracket"], 1
    for piece in _BRACKET_OR_STRING.finditer(text, opening.end()):
        depth += (piece[0] == bracket) - (piece[0] == _CLOSING[bracket])
        if not depth:
            return _end(_GLUED, text, piece.end())
    return len(text)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


# Tell what can't be a secret: `None`, a count of tokens, the port of a host, a sentence.
def _is_harmless(match: re.Match[str], start: int, end: int, keys: SensitiveKeys) -> bool:
    text, name = match.string, match["name"] or match["compared"]
    if match["gap"] and not _MAY_BE_WORDS(name) and _TECHNICAL(text, start):
        return True
    if _HARMLESS(text, start, end) or (_COUNT(text, start, end) and not keys.covers(name, 0)):
        return True
    if not match["colon"] or text[start - 1] == ":":
        return _HOST_AND_PORT(text, match.start()) is not None
    # `Invalid token: Signature has expired`, but not `passphrase: correct horse`
    sentence = _SENTENCE(text, start)
    tells_fault = _FAULT(text, max(0, match.start() - 60), match.start()) is not None
    if sentence is None or _MAY_BE_WORDS(name):
        return sentence is not None and sentence["more"] is not None and tells_fault
    return sentence["more"] is not None or (tells_fault and sentence.end() == end)


# SQL statements

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

_COMMENT: Final = r"/\*(?>(?:[^*]|\*(?!/))*)(?:\*/)?|--(?=\s)[^\n]*+"
_VERB: Final = re.compile(
    rf"(?>(?:[\s(]++|{_COMMENT})*)({'|'.join(_VERBS)})\b", re.DOTALL | re.IGNORECASE
)
_STATEMENT: Final[tuple[Step, ...]] = (
    (
        ("",),
        re.compile(
            rf"""(?P<comment>{_COMMENT})
            # Double quotes enclose a name or, in MySQL, a string. Where only a name can be, it is kept.
            |(?P<name>(?:(?<=\.)|(?<=\bFROM\ )|(?<=\bJOIN\ )|(?<=\bINTO\ )|(?<=\bUPDATE\ )|(?<=\bTABLE\ ))
                "[A-Za-z_]\w{{0,63}}+"(?!\s*\))
            |   "[A-Za-z_]\w{{0,63}}+"(?=\.)
            |   `[A-Za-z_]\w{{0,63}}+`)
            # Strings and numbers. Where dialects disagree about the end of a string (`\'`) or of a
            # comment (`#`), all that follows is a value.
            |(?:--|\#|\$\w*+\$).*+
            |'(?>(?:[^'\\]|'')*)(?:'|\\.*+)?
            |"(?>(?:[^"\\]|"")*)(?:"|\\.*+)?
            |`[^`]*+`?
            |(?<![\w.:$@?%])[0-9][\w.+-]*+""",
            re.VERBOSE | re.DOTALL | re.IGNORECASE,
        ),
        lambda token: " " if token["comment"] else token["name"] or "?",
    ),
    # Lists of values become one, so that a statement is the same however many rows it is about.
    (("?",), re.compile(r"\?(?>(?:\s*+,\s*+\?)+)"), "?"),
    (("(",), re.compile(r"\b(IN\s{0,9}\()(?!\s*SELECT\b)[^()]++\)", re.IGNORECASE), r"\1?)"),
    (("(?)",), re.compile(r"\(\?\)(?>(?:\s*+,\s*+\(\?\))+)"), "(?)"),
)


def without_values(statement: str) -> str:
    """Turn `SELECT id FROM users WHERE name = 'Ada'` into `SELECT id FROM users WHERE name = ?`."""
    return apply(_STATEMENT, statement[:MAX_TEXT]).strip()


def verb(statement: str) -> str | None:
    """Return the verb of a statement, `SELECT`, or None for what is not a statement."""
    match = _VERB.match(statement)
    return match[1].upper() if match else None


# Error messages

_MASKED: Final = "[value]"
_END_OF_LINE: Final = r"(?=\s*(?:\n|\\n|\Z))"

QUOTED: Final[tuple[Step, ...]] = (
    # SQLAlchemy's statement, whose brackets close at the end of a line, and PostgreSQL's line of it
    (
        ("[SQL", "\nLINE"),
        re.compile(
            r"(\[SQL: |\nLINE \d{1,6}: )"
            r"((?>(?:[^\]\n]|\](?!(?:\\?\n|\\n)[\[(]|\Z)|(?<!\n)\n(?![\[(]|[ ]*\^))*))"
        ),
        lambda match: f"{match[1]}{without_values(match[2])}",
    ),
    # In each line of the pattern: what stays, then what is replaced.
    (
        (
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
        ),
        re.compile(
            rf"""
            # SQLAlchemy
            (\[parameters:[ ])(?!\[value\])(?>(?:[^\]\n]|\](?!\\n|\n|\Z))+)
            # PostgreSQL
            |(\bKey[ ][^\n=]{{1,200}}\)=\()(?!\[value\])(?>(?:[^)]|\)(?![ ](?:already|is|conflicts)\b))+)
            |(\)=\()(?!\[value\])[^)\n]++
            |(\bFailing[ ]row[ ]contains[ ]\()(?!\[value\])(?>(?:[^)]|\)(?!\.?{_END_OF_LINE}))+)
            |(\b(?:invalid[ ]input[ ](?:syntax|value)[ ]for[^:\n]{{0,80}}|malformed[ ]\w{{1,20}}[ ]literal
              |date/time[ ]field[ ]value[ ]out[ ]of[ ]range|COPY[ ][^:\n]{{1,100}}):[ ])
              (?!\[value\])"(?>(?:[^"]|"(?!{_END_OF_LINE}))*)"?
            |(\bJSON[ ]data,[ ]line[ ]\d{{1,9}}:[ ])(?!\[value\])[^\n]++
            |(\$\d{{1,5}}[ ]=[ ])'(?>(?:[^']|'')*)'
            # asyncpg
            |(\binvalid[ ]input[ ]for[ ]query[ ]argument[ ]\$\d{{1,5}}:[ ])(?!\[value\])
              (?:[^\n]{{1,4000}}(?=[ ]\([^()\n]{{3,300}}\){_END_OF_LINE})|[^\n]++)
            |(\binvalid[ ]UUID[ ])(?!\[value\])'(?>(?:[^'\n]|'(?!:))*)'
            # MySQL, SQLite
            |(\bDuplicate[ ]entry[ ])(?!\[value\])(?:'(?>(?:[^']|'(?![ ]for[ ]key))*)'|[^\n]++)
            |(\b[Ii]ncorrect[ ][\w ]{{1,30}}?[ ]value:[ ])(?!\[value\])
              '(?>(?:[^']|'(?![ ]for[ ]|{_END_OF_LINE}))*)'?
            |(\bnear[ ])(?!["'][A-Z(),;*=.]{{1,20}}["'])
              (?:"[^"\n]*+"|'(?>(?:[^'\n]|'(?![ ]at[ ]line|"))*)')
            |(\b(?:unterminated[ ]quoted[ ]string[ ]at[ ]or[ ]near|unrecognized[ ]token:|Token)[ ])
              "[^"\n]*+"+
            # MongoDB
            |(\bdup[ ]key:[ ])(?!\[value\])\{{(?>(?:[^{{}}"]|"(?>(?:[^"\\]|\\.)*)")*)\}}?""",
            re.VERBOSE,
        ),
        lambda match: f"{match[match.lastindex or 0]}{_MASKED}",
    ),
)
# What pydantic shows of an input, behind where it was, and the documents in errors of MongoDB.
_INPUT: Final = re.compile(
    r"""["']loc["'][ ]?:[ ]?(?P<loc>[\[(][^\])]{0,300})
    # The location is in the line above the message.
    |(?:^|(?<=\\n))(?P<indentation>[ ]*+)
        (?=(?P<line>\S(?>(?:(?!\[type=|\\n)[^\n])*)(?<![\[{]))(?:\n|\\n)(?P=indentation)[ ]{2}\S)
    |,[ ]input_value=(?P<shown>[^\n]*(?=,[ ]input_type=)|[^\n]*)
    |["']input["'][ ]?:[ ]?
    |["'](?:keyValue|op)["']:[ ](?=\{)""",
    re.VERBOSE | re.MULTILINE,
)


def mask_inputs(text: str, keys: SensitiveKeys | None = None) -> str:
    """Mask the inputs that pydantic shows in `str(error)`, `error.json()`, and `error.errors()`.

    Args:
        keys: which fields are masked, by a name in their location. None masks all.
    """
    shows = "input" in text or "keyValue" in text or "op'" in text or 'op"' in text
    return replace(text, _inputs(text, keys), _MASKED) if shows else text


def _inputs(text: str, keys: SensitiveKeys | None) -> Iterator[tuple[int, int]]:
    location = ""
    for match in _INPUT.finditer(text):
        if match["loc"] or match["line"]:
            location = match["loc"] or match["line"]
        elif keys is None or any(map(keys.match, re.findall(r"[\w-]+", location))):
            end = match.end()
            yield match.span("shown") if match["shown"] else (end, end_of_value(text, end))
