"""How this project writes: American spelling, and plain words in place of those that readers stumble over."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Final

import pytest
from support.template import ROOT, working_files

WORDS: Final = {
    r"\banew\b": "again",
    r"\bfor ever\b": "forever",
    r"\bmends?\b|\bmended\b|\bremed(?:y|ies)\b": "fix",
    r"\bset-ups?\b": "setup",
    r"\bnobody\b": "no one, or the plain subject",
    r"\b(?:may|might|would|does|what|nothing|value) leaves?\b": "be sent",
    r"\bleaves the (?:process|machine)\b": "is sent",
    r"\bin line with\b": "in sync with",
    r"\bfurther (?:questions|names|fields|errors|options)\b": "additional",
    r"\berrors of routes\b": "errors in routes",
    r"\blies in\b|\blie in\b|\blies (?:beside|below|apart)\b": "is in",
    r"\bstands in\b|\bstands (?:once|beside|below|there)\b": "is in",
    r"\bthere is no \w+ here\b|\bis no valid\b": "isn't valid, or not found",
    r"\bdearest?\b": "slowest, or most expensive",
    r"\bside doors?\b": "another way to start it",
    r"\bcanar(?:y|ies)\b": "planted value",
    r"\bcrumbs?\b": "breadcrumb",
}
"""A pattern, and what to write in its place."""

EXEMPT: Final = ("CHANGELOG.md", "LICENSE", "macros/gone.jinja", "tests/adopt/samples/", "tests/repo/test_words.py")
"""The history, legal texts, files of earlier releases, services as others wrote them, and this list."""


def prose() -> dict[str, str]:
    """Every file of the repository that people read, by its path."""
    names = [name for name in map(str, working_files()) if not name.startswith(EXEMPT) and "LICENSE" not in name]
    found = {}
    for name in names:
        try:
            found[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize(("pattern", "instead"), WORDS.items(), ids=WORDS.values())
def test_the_plain_word_is_used(pattern: str, instead: str) -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, text in prose().items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE)
    ]
    assert found == [], f"Write {instead!r}."


def test_spelling_is_american() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *sorted(prose())], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
