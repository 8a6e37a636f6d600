"""Generate what repeats copier.yml: `uv run python scripts/questions.py`. A test fails when it has to be run.

It writes docs/questions.md and the list of names in macros/questions.jinja.
"""

from __future__ import annotations

import re
import sys
import textwrap

from toolbox import ROOT

sys.path.append(str(ROOT / "tests"))
from support.questions import Question, questions, rendered

PAGE = ROOT / "docs" / "questions.md"
MACRO = ROOT / "macros" / "questions.jinja"

INTRODUCTION = """\
# Questions

<!-- Written by scripts/questions.py from copier.yml. -->

If you accept the defaults, Copier asks only the questions marked "always". To answer a question in advance, use
`-d name=value`, `-d 'telemetry=[tracing, logs]'`, or a YAML file with `--data-file`. Updates keep every answer. Press
Ctrl+U to clear a default.

A service is named after its folder, or `Example Service` if the name of the folder

- is generic (`app`, `service`, `tmp…`),
- is taken by Python or a library, or
- contains other characters than letters, digits, `-`, `_`, spaces, and dots, such as `R&D`.

The slug and the package name are derived from the name, in ASCII: "Łódź & Sons 42" becomes `lodz-sons-42` and
`lodz_sons_42`. Latin, Cyrillic, and Greek letters are romanized, others are dropped. If nothing is left, both are
`service`.

![A terminal in which every question is answered with Enter](questions.svg)

`profiling` requires Python 3.12: on 3.11 it crashes the process. If `python_version` is 3.11, an update removes it from
the answers and reports that.
"""


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    MACRO.write_text(macro(), encoding="utf-8")


def macro() -> str:
    """Return the macro file with the names of all questions, in their order."""
    names = ", ".join(f"'{name}'" for name in questions())
    lines = textwrap.wrap(f"{names},", width=116, initial_indent=" " * 4, subsequent_indent=" " * 4)
    block = "\n".join(["{% set names = [", *lines, "] %}"])
    return re.sub(r"(?s){% set names = \[.*?\] %}", block, MACRO.read_text(encoding="utf-8"))


def page() -> str:
    """Return the whole page as Markdown."""
    asked = questions()
    lines = [INTRODUCTION]
    for title, names in sections():
        lines += [
            f"## {title.capitalize()}\n",
            "| question | asks | answers | default | asked |",
            "|---|---|---|---|---|",
        ]
        lines += [row(asked[name]) for name in names if name in asked]
        lines.append("")
    return "\n".join(lines)


def sections() -> list[tuple[str, list[str]]]:
    """Return the headings of copier.yml with the questions below each, without settings and computed answers."""
    text = (ROOT / "copier.yml").read_text(encoding="utf-8")
    found = re.findall(r"(?ms)^# ([A-Z ]+) -+\n(.*?)(?=^# [A-Z][A-Za-z ]+ -+$|\Z)", text)
    return [(title, re.findall(r"(?m)^([a-z]\w*):$", body)) for title, body in found if title != "SETTINGS"]


def row(question: Question) -> str:
    cells = [
        f"`{question.name}`",
        rendered(question.help, {}),
        answers(question),
        default(question),
        asked_when(question),
    ]
    return f"| {' | '.join(cells)} |"


def answers(question: Question) -> str:
    choices = ", ".join(f"`{choice}`" for choice in question.choices)
    if question.multiselect:
        return f"any of {choices}"
    kinds = {"bool": "yes or no", "float": "a number", "int": "a whole number", "yaml": "a list", "str": "text"}
    return choices or kinds[question.type]


def default(question: Question) -> str:
    text = question.default
    if isinstance(text, str) and "{" in text:
        names = {"project_name": "Example Service", "project_slug": "example-service"}
        text = rendered(text, {**names, "package_name": "example_service"})
    if isinstance(text, bool):
        return "yes" if text else "no"
    values = text if isinstance(text, list) else [text]
    return ", ".join(f"`{value}`" for value in values if value != "") or "none"


def asked_when(question: Question) -> str:
    """In words: the first of these circumstances in which it is asked."""
    defaults = {name: one.default for name, one in questions().items()}
    channels: dict[str, dict[str, object]] = {
        f"with `{name}`": {"alert_channels": [name]} for name in questions()["alert_channels"].choices
    }
    circumstances: dict[str, dict[str, object]] = {
        "always": {},
        "for a layer": {"scope": "layer"},
        **channels,
        "with `details`": {"details": True},
        "with `details` and `profiling`": {"details": True, "telemetry": ["tracing", "profiling"]},
    }
    return next(words for words, given in circumstances.items() if question.is_asked({**defaults, **given}))


if __name__ == "__main__":
    main()
