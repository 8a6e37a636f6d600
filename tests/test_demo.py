"""The first command of the README, as a stranger runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.template import ROOT


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, ROOT / "scripts" / "demo.py", folder]
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_the_demo_shows_a_real_error_arriving(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"

    result = demo(folder)

    assert result.returncode == 0, result.stdout + result.stderr
    event = json.loads((folder / ".demo" / "event.json").read_text())
    assert event["exception"]["values"][0]["type"] == "ZeroDivisionError"
    for fact in (event["transaction"], event["release"], event["environment"], "ZeroDivisionError", "status 500"):
        assert fact in result.stdout


def test_the_demo_overwrites_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")

    result = demo(tmp_path)

    assert result.returncode == 1
    assert "nothing is overwritten" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert mine.read_text() == "mine"


def test_the_demo_names_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    result = demo(tmp_path / "file" / "service")

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
