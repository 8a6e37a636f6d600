"""The commands of the README, as a stranger runs them: on any Python, and with one sentence when they fail."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_parts import port_near
from filelock import FileLock
from support.environments import uv_binary
from support.history import git
from support.template import ROOT
from toolbox import programs, uv_hint

OLDEST = (3, 8)
"""The oldest Python that may start the scripts, as README.md says."""

STARTED = (
    "benchmark.py",
    "demo.py",
    "demo_layer.py",
    "demo_parts.py",
    "release_notes.py",
    "test.py",
    "toolbox.py",
)


def run_script(*command: str | Path, python: str | Path = sys.executable, **variables: str) -> tuple[int, str, str]:
    environ = {**os.environ, **variables}
    arguments: list[str | Path] = [python, ROOT / "scripts" / command[0], *command[1:]]
    result = subprocess.run(arguments, env=environ, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    return result.returncode, result.stdout, result.stderr


def demo(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    status, output, errors = run_script("demo.py", folder, **variables)
    return subprocess.CompletedProcess([], status, output, errors)


def arrived(text: str) -> list[str]:
    """What the demo shows of the event; the number of a line of code may change."""
    shown = re.search(r"(?m)^Event received:\n((?:    .+\n)+)", text)
    assert shown, text
    return re.sub(r":\d+   ", ":…   ", shown[1]).splitlines()


def old_pythons() -> list[Path]:
    """Pythons that pyenv has here and that are older than those of a service."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = {python.parents[1].name: python for python in pyenv.glob("versions/3.*/bin/python3")}
    return [python for name, python in found.items() if OLDEST <= tuple(map(int, name.split(".")[:2])) < (3, 11)]


@pytest.fixture
def one_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Demos that start side by side find the same ports free, and one reports to the receiver of the other."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "demo.lock"):
        yield


@pytest.mark.usefixtures("one_demo")
def test_the_demo_shows_a_real_error_arriving(tmp_path: Path) -> None:
    folder = tmp_path / "a folder, łódź"

    # What leads uv elsewhere in other projects does not matter here.
    elsewhere = {"UV_PROJECT_ENVIRONMENT": str(tmp_path / "elsewhere"), "VIRTUAL_ENV": str(tmp_path / "active")}
    # No test reaches the network through this; uv finds everything in its cache.
    elsewhere |= {"http_proxy": "http://127.0.0.1:9"}
    # The first Python on PATH is too old for the tools.
    elsewhere |= {"PATH": os.pathsep.join([*(str(python.parent) for python in old_pythons()), os.environ["PATH"]])}
    # A locale without UTF-8.
    elsewhere |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = demo(folder, **elsewhere)

    assert result.returncode == 0, result.stdout + result.stderr
    assert not (tmp_path / "elsewhere").exists()
    assert arrived(result.stdout) == arrived((ROOT / "README.md").read_text(encoding="utf-8"))
    event = json.loads((folder / ".demo" / "event.json").read_text())
    assert event["exception"]["values"][0]["type"] == "ZeroDivisionError"
    for fact in (event["transaction"], event["release"], event["environment"], "ZeroDivisionError", "status 500"):
        assert fact in result.stdout
    assert f"The service is in {folder}." in result.stdout


def test_the_demo_says_where_uv_is_unless_it_is_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (line,) = uv_hint()
    assert line.endswith(f': export PATH="$PATH:{programs(ROOT / ".cache" / "uv")}"')

    (tmp_path / "uv").symlink_to(uv_binary())
    assert uv_hint() == []


@pytest.mark.usefixtures("one_demo")
def test_the_layer_is_shown_in_a_service_that_exists(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"

    status, output, errors = run_script("demo.py", "--layer", folder)

    assert status == 0, output + errors
    usual, layer = re.findall(r"(?m)^    (?:usual init|this layer) +(.+)$", output)
    assert (usual, layer) == (
        "ValueError: no confirmation for ada@example.com",
        "ValueError: no confirmation for [email]",
    )
    assert arrived(output) == arrived((ROOT / "README.md").read_text(encoding="utf-8").partition("--layer [FOLDER]")[2])
    assert git(folder, "diff", "--name-only").split() == ["main.py", "requirements.txt"]


def test_the_demo_overwrites_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")

    result = demo(tmp_path)

    assert result.returncode == 1
    assert "isn't overwritten" in result.stderr
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
    assert result.stderr.splitlines()[-1].startswith("pip couldn't install uv. The last line of its output: ")
    assert not (tmp_path / "service").exists()


def test_without_a_network_the_demo_leaves_nothing(tmp_path: Path) -> None:
    """On a machine with uv, which cannot get Copier."""
    result = demo(tmp_path / "service", UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "cache"))

    assert result.returncode == 1
    assert re.fullmatch(r"\nCopier failed\. The last line of its output: .+\n", result.stderr)
    assert not (tmp_path / "service").exists()


def test_a_port_that_is_taken_is_left_alone() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert port_near(port) not in (0, port)


@pytest.mark.parametrize("script", ["demo.py", "test.py"])
def test_without_git_the_scripts_say_so(script: str, tmp_path: Path) -> None:
    arguments = [tmp_path / "service"] if script == "demo.py" else []

    status, _, errors = run_script(script, *arguments, PATH=str(tmp_path))

    assert (status, errors) == (1, "git isn't installed. Install it, then start again.\n")
    assert not (tmp_path / "service").exists()


def test_the_tests_want_a_clone(tmp_path: Path) -> None:
    """As from a ZIP, which has the files and no history."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    command: list[str | Path] = [sys.executable, tmp_path / "scripts" / "test.py"]

    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert result.returncode == 1
    assert result.stderr == (
        f"{tmp_path} isn't a git clone (a ZIP?), and the tests need its history. Clone the repository with git.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["scripts"]


@pytest.mark.parametrize("script", STARTED)
def test_the_scripts_are_written_for_any_python(script: str) -> None:
    text = (ROOT / "scripts" / script).read_text(encoding="utf-8")
    ast.parse(text, feature_version=OLDEST)
    assert "from __future__ import annotations" in text


@pytest.mark.skipif(not old_pythons(), reason="no older Python is here")
def test_an_old_python_starts_the_scripts() -> None:
    for python in old_pythons():
        assert run_script("demo.py", "--help", python=python)[0] == 0, python
        assert run_script("release_notes.py", python=python)[2] == "Name the tag, such as v1.2.0 or v1.2.0rc1.\n", (
            python
        )
        status, _, errors = run_script("test.py", python=python, PATH=os.devnull)
        assert (status, errors) == (1, "git isn't installed. Install it, then start again.\n"), python


# RELEASES ---------------------------------------------------------------------------------------


def test_a_release_without_its_tag_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    for name in ("release_notes.py", "toolbox.py"):
        shutil.copy2(ROOT / "scripts" / name, tmp_path / "scripts" / name)
    (tmp_path / "CHANGELOG.md").write_text("## [Unreleased]\n\n## [0.2.0] - 2026-01-02\n\n## [0.1.0] - 2026-01-01\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "Release")
    git(tmp_path, "tag", "v0.1.0")
    command: list[str | Path] = [sys.executable, tmp_path / "scripts" / "release_notes.py", "--tags"]

    refused = subprocess.run(command, capture_output=True, text=True)
    git(tmp_path, "tag", "v0.2.0")
    accepted = subprocess.run(command, capture_output=True, text=True)

    assert refused.returncode == 1
    assert refused.stderr == "No tag v0.2.0, so no service is offered that release: git push origin v0.2.0\n"
    assert (accepted.returncode, accepted.stderr) == (0, "")
