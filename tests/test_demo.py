"""The first command of the README, as a stranger runs it."""

from __future__ import annotations

import json
import os
import shutil
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


def test_without_a_network_the_demo_says_what_it_could_not_get(tmp_path: Path) -> None:
    """On a machine without uv, which has to come from somewhere."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    command: list[str | Path] = [sys.executable, tmp_path / "scripts" / "demo.py", tmp_path / "service"]
    environ = {**nowhere, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}

    result = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith("pip could not install uv, the last thing it said was: ")
    assert not (tmp_path / "service").exists()
