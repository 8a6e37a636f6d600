"""What a person sees who is asked: the real command in a terminal of 80 columns and 24 lines.

tests/template/snapshots/ holds it as text; `UPDATE_SNAPSHOTS=1` updates it, for review in the diff.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from support.picture import film
from support.questions import load, questions, rendered
from support.template import ROOT

pytest.importorskip("pty", reason="Windows has no pseudo-terminals of this make")
from support.terminal import CLEAR, COLUMNS, DOWN, ENTER, LINES, Terminal

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"

GIVEN: Final = {name: question.default for name, question in questions().items()} | {
    "project_name": "My Service",
    "project_slug": "my-service",
    "package_name": "my_service",
}
"""What is answered by Enter alone, in the folder `my-service`."""

SLACK: Final = {"details": True, "alert_channels": ["email", "slack"]}


def asked_with(answers: dict[str, Any]) -> list[str]:
    return [name for name, question in questions().items() if question.is_asked({**GIVEN, **answers})]


def shown(terminal: Terminal, name: str) -> list[str]:
    """The lines of a question that waits for an answer; each part of it stands on one line."""
    entry = load()[name]
    help_line = rendered(entry["help"], GIVEN)
    labels = entry.get("choices", [])
    last = {True: "(Y/n)", False: "(y/N)"}[GIVEN[name]] if entry["type"] == "bool" else ""
    if not labels and not last and GIVEN[name] != [] and "{" not in str(GIVEN[name]):
        last = str(GIVEN[name])
    terminal.wait_for(help_line, *labels, last)
    screen = terminal.screen()
    start = max(number for number, line in enumerate(screen) if help_line in line)
    return screen[start:]


def assert_is_snapshot(name: str, lines: list[str]) -> None:
    path = SNAPSHOTS / f"{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("snapshot", "answers", "keys"),
    [
        pytest.param("defaults", {}, {}, id="defaults"),
        pytest.param("details", SLACK, {"details": "y", "alert_channels": f"{DOWN} {ENTER}"}, id="details"),
    ],
)
def test_a_person_answers_the_questions(
    snapshot: str, answers: dict[str, Any], keys: dict[str, str], history: Path, tmp_path: Path
) -> None:
    (tmp_path / "template").symlink_to(history)
    terminal = Terminal([sys.executable, "-m", "copier", "copy", "template", "my-service"], tmp_path)
    seen: list[str] = []

    for name in asked_with(answers):
        lines = shown(terminal, name)
        seen += lines
        terminal.type(keys.get(name, ENTER))
    status = terminal.end()

    # The closing message is whole, whatever scrolled by before it.
    screen = terminal.screen()
    closing = next(number for number, line in enumerate(screen) if line.startswith("My Service is ready."))
    assert status == 0
    assert len(screen) <= LINES
    assert_is_snapshot(snapshot, [*seen, "", *screen[closing:]])
    recorded = yaml.safe_load((tmp_path / "my-service" / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert {name: recorded[name] for name in answers} == answers
    assert recorded["package_name"] == "my_service"


def test_the_picture_of_the_questions_shows_the_same_lines() -> None:
    """`UPDATE_SNAPSHOTS=1` draws it."""
    questions_and_end = (SNAPSHOTS / "defaults.txt").read_text(encoding="utf-8").split("\n\n", 1)
    asked = re.split(r"(?m)^(?=🎤 )", questions_and_end[0])[1:]
    command = ["$ copier copy <address of the template> my-service", ""]
    screens = [[*command, *screen.splitlines()] for screen in (*asked, questions_and_end[1])]

    drawn = film(screens, COLUMNS)

    path = ROOT / "docs" / "questions.svg"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn
    assert "](questions.svg)" in (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")


def test_a_wrong_answer_is_told_at_once_and_can_be_mended(working_tree: Path, tmp_path: Path) -> None:
    terminal = Terminal([sys.executable, "-m", "copier", "copy", str(working_tree), "my-service"], tmp_path)
    for name in ("scope", "details", "project_name"):
        shown(terminal, name)
        terminal.type(ENTER)
    shown(terminal, "package_name")

    terminal.type(f"{CLEAR}json{ENTER}")
    terminal.wait_for("Validation error for question 'package_name': This name would shadow a module.")
    terminal.type(f"{CLEAR}mine{ENTER}")

    shown(terminal, "python_version")
    terminal.type("\x03")
    assert terminal.end() != 0
    assert not (tmp_path / "my-service").exists()
