"""The masks send of each text in `texts.py` exactly what it says, and take linear time on hostile text."""

from __future__ import annotations

import re
import string
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from support.engine import FOLDER, scrubbing
from support.template import ROOT

from .texts import TEXTS, VENDORS, Row, body

Mask = Callable[[str], str]

ROWS = [row for rows in TEXTS.values() for row in rows]

HEX = "0123456789abcdef"
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE62 = string.ascii_letters + string.digits

IDS: dict[str, Callable[[Random], str]] = {
    "UUID 4": lambda random: str(uuid.UUID(int=random.getrandbits(128), version=4)),
    "UUID 7": lambda random: str(uuid.UUID(int=1784 << 104 | 7 << 76 | 2 << 62 | random.getrandbits(62))),
    "hexadecimal": lambda random: _run(random, HEX, 32),
    "SHA-1": lambda random: _run(random, HEX, 40),
    "SHA-256": lambda random: _run(random, HEX, 64),
    "MongoDB": lambda random: _run(random, HEX, 24),
    "ULID": lambda random: "01J" + _run(random, BASE32, 23),
    "KSUID": lambda random: "3" + _run(random, BASE62, 26),
    "traceparent": lambda random: f"00-{_run(random, HEX, 32)}-{_run(random, HEX, 16)}-01",
    "8 digits": lambda random: str(random.randrange(10**7, 10**8)),
    "16 digits": lambda random: str(random.randrange(10**15, 10**16)),
    "19 digits": lambda random: str(random.randrange(10**18, 10**19)),
    "pointer": lambda random: "0x7f" + _run(random, HEX, 10),
    "phone": lambda random: f"+49 30 {random.randrange(10**6, 10**7)}",
    "IPv4": lambda random: f"203.0.113.{random.randrange(256)}",
}

# Now and then such an id consists of what may be words.
RANDOM: dict[str, Callable[[Random], str]] = {
    "nanoid": lambda random: _run(random, BASE62 + "_-", 21),
    "secrets.token_urlsafe()": lambda random: _run(random, BASE62 + "_-", 43),
    "Stripe": lambda random: "cus_" + _run(random, BASE62, 14),
    "Amazon Web Services": lambda random: _run(random, string.ascii_uppercase + string.digits, 16),
    "letters": lambda random: _run(random, string.ascii_letters, 24),
}

HOSTILE = {
    "plus signs of URLs": "%2B",
    "letters between them": "a%2Bb",
    "percent signs of percent signs": "%25",
    "C++": "C++ ",
    "at signs": "@",
    "almost e-mails": "a.b-c+d@",
    "almost e-mails in a row": "a@a@",
    "combining marks": "e\u0301\u0323",
    "ligatures": "\ufdfa",
    "look-alikes": "\uff20\uff11",
    "digits": "1",
    "digits with gaps": "4 4 4 ",
    "groups of four digits": "4444 ",
    "hyphens": "-",
    "digits and hyphens": "1-",
    "digits and dots": "1.",
    "digits and slashes": "12/",
    "colons": "::",
    "hexadecimal and colons": "a1:",
    "hexadecimal": "0f",
    "words of labels": "time_",
    "almost accounts": "DE00 1234 ",
    "almost tokens": "sk-",
    "almost tokens of another kind": "md-",
    "almost keys": "-----BEGIN PRIVATE KEY-----",
    "almost web tokens": "eyJ.",
    "almost pairs": "password=",
    "pairs with brackets": "token=(",
    "pairs with quotes": "token='\\'",
    "names and spaces": "password  ",
    "names in brackets": "password]]]]",
    "elements": "<token>",
    "elements with attributes": "<token a=1 ",
    "headers": "Authorization: a b, ",
    "cookies": "cookie:\n",
    "lists of parameters": 'a="b", ',
    "quotes": "'\"\\",
    "escaped quotes": '\\"',
    "brackets": "([{<",
    "nested lists": '{"token":[',
    "queries": "?a=b&",
    "addresses": "://a:b",
    "slashes": "/",
    "white space": " \t",
    "line breaks": "\n",
    "statements": "[SQL: '",
    "parameters": "[parameters: ]",
    "rows": "Failing row contains (",
    "keys": "Key (a)=(",
    "arguments": "invalid input for query argument $1: (a) ",
    "documents": 'dup key: {"',
    "locations": '"loc":["a"],"input":',
    "inputs": "\n  x, input_value=",
    "base 64": "aB3+/",
    "words": "lorem ipsum dolor ",
    "capitals and digits": "A1",
    "commands": "mysql -u ",
    "folders": "/home/a ",
    "comparisons": "'password' == ",
    "values in front of names": '"value": "a", "name": ',
    "passwords for somebody": "password for a ",
    "codes": "state=a&code=",
    "users": "a:aaaa@",
    "users of Oracle": "jdbc:oracle:thin:a/",
    "indented lines": "input\n  a\n    ",
    "elements of a list of properties": "</key><string>",
}


@pytest.fixture(scope="module")
def pseudonymous() -> Mask:
    mask: Mask = scrubbing("text").personal_mask(scrubbing("policy").SensitiveKeys(personal=True))
    return mask


@pytest.fixture(scope="module")
def full() -> Mask:
    mask: Mask = scrubbing("text").credentials_mask(scrubbing("policy").SensitiveKeys())
    return mask


@pytest.mark.parametrize("row", ROWS, ids=[row.text[:60] for row in ROWS])
def test_a_text_is_sent_as_specified(row: Row, pseudonymous: Mask, full: Mask) -> None:
    assert (pseudonymous(row.text), full(row.text)) == (row.pseudonymous, row.full)


def test_a_masked_text_is_not_masked_again(pseudonymous: Mask, full: Mask) -> None:
    assert {row.text: pseudonymous(row.pseudonymous) for row in ROWS} == {row.text: row.pseudonymous for row in ROWS}
    assert {row.text: full(row.full) for row in ROWS} == {row.text: row.full for row in ROWS}


def test_the_specification_is_as_much_about_what_stays() -> None:
    staying = [row for row in ROWS if row.text == row.pseudonymous == row.full]

    assert len(ROWS) >= 150
    assert len(staying) >= len(ROWS) / 2
    assert len({row.text for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("policy", ["pseudonymous", "full"])
def test_the_privacy_document_shows_rows_of_the_specification(policy: str) -> None:
    """To change the excerpt, copy a row of `texts.py` as text and what is sent."""
    document = (ROOT / "template" / "docs" / "privacy.md.jinja").read_text(encoding="utf-8")
    _, pseudonymous, full = re.split(r"\| text \| sent \|\n.*\n.*\n|\{% else %\}\n(?=\|)", document)
    excerpt = re.findall(
        r"^\| `(.+)` \| `(.+)` \|$", {"pseudonymous": pseudonymous, "full": full}[policy], re.MULTILINE
    )

    assert len(excerpt) >= 5
    assert {*excerpt} <= {(row.text, getattr(row, policy)) for row in ROWS}


def test_each_vendor_has_an_example() -> None:
    assert VENDORS.keys() == scrubbing("credentials").TOKENS.keys()


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_token_of_a_vendor_is_sent_under_no_policy(vendor: str, pseudonymous: Mask, full: Mask) -> None:
    token = VENDORS[vendor]

    for mask in (pseudonymous, full):
        assert mask(f"refused {token} again") == "refused [token] again"
        assert token not in mask(f'{{"note": "{token}"}}')
        assert token not in mask(f"https://example.org/?x={token}&y=1")


@pytest.mark.parametrize("kind", IDS)
def test_equal_errors_with_different_ids_are_one_text(kind: str, pseudonymous: Mask) -> None:
    random = Random(kind)  # noqa: S311

    sent = {pseudonymous(f"task {IDS[kind](random)} failed, see user[{IDS[kind](random)}]") for _ in range(300)}

    assert len(sent) == 1


@pytest.mark.parametrize("kind", RANDOM)
def test_random_letters_are_seldom_taken_for_a_name(kind: str, pseudonymous: Mask) -> None:
    random = Random(kind)  # noqa: S311

    sent = [pseudonymous(f"task {RANDOM[kind](random)} failed") for _ in range(500)]

    assert sent.count("task [token] failed") >= 490


def test_a_text_is_cut_before_it_is_masked(pseudonymous: Mask, full: Mask) -> None:
    for mask in (pseudonymous, full):
        sent = mask("word " * 100_000)
        assert len(sent) <= scrubbing("text").MAX_TEXT
        assert sent.endswith("word [cut]")


@pytest.mark.parametrize(
    "secret",
    [
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "ghp_" + body(36),
        "password=hunter2hunter2",
        "+49 30 123456789",
    ],
)
def test_a_cut_leaves_no_half_of_a_secret(secret: str, pseudonymous: Mask) -> None:
    room = scrubbing("text").MAX_TEXT
    for place in range(room - len(secret) - 8, room + 2):
        sent = pseudonymous(f"{('lorem ipsum ' * 800)[: place - 1]} {secret} and more")

        assert not any(secret[start : start + 5] in sent for start in range(4, len(secret) - 4)), place


def test_a_text_without_a_finding_keeps_each_character(pseudonymous: Mask, full: Mask) -> None:
    text = "half ½, \u00a9 ß, \ud800, e\u0301, \ufb01, \u200b: nothing"

    assert pseudonymous(text) == full(text) == text


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_linear_time(unit: str) -> None:
    """Ten times the text takes about ten times as long, in each mask by itself and without the cut."""
    mask_credentials = scrubbing("credentials").mask_credentials
    mask_personal_data = scrubbing("personal").mask_personal_data
    normalize = scrubbing("text").normalize
    keys = scrubbing("policy").SensitiveKeys(personal=True)

    for mask in (normalize, lambda text: mask_credentials(text, keys), mask_personal_data):
        assert _growth(mask, unit) < 40


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda module: module.name)
def test_no_group_is_repeated_possessively(module: Path) -> None:
    """Python 3.11.0 to 3.11.4 match `(...)*+` wrongly, but `(?>(...)*)` as they should: python/cpython 106052."""
    assert not re.findall(r"\)(?:[*+?]|\{+\d*,?\d*\}+)\+", module.read_text())


def _growth(mask: Mask, unit: str) -> float:
    """The cost of 10 KB in relation to that of 1 KB: the least of several measurements."""
    short, long = unit * (1_000 // len(unit)), unit * (10_000 // len(unit))
    return min(_cost(mask, long) for _ in range(2)) / max(1e-4, min(_cost(mask, short) for _ in range(3)))


def _cost(mask: Mask, text: str) -> float:
    begin = time.thread_time()
    mask(text)
    return time.thread_time() - begin


def _run(random: Random, characters: str, length: int) -> str:
    return "".join(random.choices(characters, k=length))
