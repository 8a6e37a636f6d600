"""README.md's own lines, in their order: from nothing to a service, its first release and its first update."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from support import environments
from support.history import MADE_UP, NEXT, WORKING_TREE, commit_all, git
from support.template import ROOT, answers_of, files_of

if TYPE_CHECKING:
    from conftest import Started

ADDRESS: Final = 'TEMPLATE="<address of this repository>"'

CHAPTERS: Final = ("Getting started", "Create a service", "Updates")

SKIPPED: Final = {
    "python3 scripts/demo.py [FOLDER]": "test_demo.py runs it",
    "python3 scripts/test.py": "it runs these tests",
    "uv run python -m my_service --reload": "it runs until Ctrl+C",
    "uv run python -m my_service.sentry doctor --send": "it wants a DSN",
}

CHANGED: Final = {
    # The test can't answer questions, and an update needs an older version to come from.
    "uvx copier copy ": f"uvx copier copy --defaults --vcs-ref v{MADE_UP} ",
    "uvx copier update ": "uvx copier update --defaults ",
    # What the tests of a service say is tested elsewhere.
    "uv run pytest": "uv run pytest --version",
}


def lines_of(chapter: str) -> list[str]:
    """The commands below a heading, without their comments."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {chapter}$(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert section, f'README.md has no chapter "{chapter}".'
    blocks = re.findall(r"^```console$(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+#.*", "", line) for block in blocks for line in block.strip().splitlines()]


def test_the_address_of_the_template_is_written_once_before_all_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count("<address of this repository>") == 1
    first_block = readme.partition("```console\n")[2]
    assert first_block.splitlines()[0] == ADDRESS


def test_the_first_screen_shows_a_name_how_to_start_and_what_is_missing() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# copier-fastapi-sentry"
    assert [number for number, line in enumerate(lines[:15]) if line.startswith("uvx copier copy ")]
    assert [number for number, line in enumerate(lines[:20]) if "doesn't do" in line]


def test_the_lines_lead_to_a_release_and_an_update(history: Path, tmp_path: Path) -> None:
    address = tmp_path / "template.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(history), str(address))
    lines = [ADDRESS, *(line for chapter in CHAPTERS for line in lines_of(chapter))]
    assert {*SKIPPED} <= {*lines}
    script = ["set -eux"]
    for line in lines:
        command = line.replace("<address of this repository>", address.as_uri())
        for written, run in CHANGED.items():
            command = command.replace(written, run)
        script += [] if line in SKIPPED else [command]
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environ |= {
        "HOME": str(tmp_path),
        "UV_CACHE_DIR": environments.uv("cache", "dir").strip(),
        "PATH": f"{environments.uv_binary().parent}{os.pathsep}{os.environ['PATH']}",
    }

    result = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    project = tmp_path / "code" / "my-service"
    assert re.search(
        r"(?m)^SENTRY_RELEASE=my-service@0\.1\.0\+[0-9a-f]{12}$", (project / "env/release.env").read_text()
    )
    assert answers_of(project)["_commit"] == f"v{WORKING_TREE}"
    assert git(project, "ls-files", "uv.lock").strip() == "uv.lock"


def another_address(project: Path) -> None:
    answers = project / ".copier-answers.yml"
    written = re.sub(r"(?m)^_src_path: .*$", "_src_path: https://template.invalid/template.git", answers.read_text())
    answers.write_text(written)
    commit_all(project, "Update from elsewhere")


def without_answers(project: Path) -> None:
    (project / ".copier-answers.yml").unlink()
    commit_all(project, "Delete the answers")


STOPS: Final[dict[str, tuple[str, Callable[[Path], object]]]] = {
    "Could not resolve host": (MADE_UP, another_address),
    "Destination repository is dirty": (MADE_UP, lambda project: (project / "README.md").write_text("Ours.")),
    "Updating is only supported in git-tracked subprojects": (MADE_UP, lambda project: shutil.rmtree(project / ".git")),
    "Template not found": (MADE_UP, without_answers),
    # It's a pre-release, which an update doesn't take by itself.
    "Downgrades are not supported": (NEXT, lambda project: None),
}
"""What Copier reports, the version of the service, and what happens to it."""


@pytest.mark.parametrize("said", STOPS)
def test_what_stops_an_update_is_in_the_readme(said: str, started: Started) -> None:
    version, happens = STOPS[said]
    project = started(version)
    happens(project)
    before = {name: (project / name).read_bytes() for name in files_of(project)}

    result = subprocess.run(
        [sys.executable, "-m", "copier", "update", "--defaults"],
        cwd=project,
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert result.returncode != 0
    assert said in result.stderr.strip().splitlines()[-1]
    assert f"| `{said}` |" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name: (project / name).read_bytes() for name in files_of(project)} == before
