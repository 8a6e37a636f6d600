"""README.md's own lines, in their order: from nothing to a service, its first release and its first update."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

from support import environments
from support.history import MADE_UP, WORKING_TREE, git
from support.template import ROOT, answers_of

CHAPTERS: Final = ("The two commands", "A service of your own", "Updates")

SKIPPED: Final = {
    "python3 scripts/demo.py [FOLDER]": "test_demo.py runs it",
    "python3 scripts/test.py": "it runs these tests",
    "uv run python -m my_service --reload": "it runs until Ctrl+C",
    "uv run python -m my_service.sentry doctor --send": "it wants a DSN",
}

CHANGED: Final = {
    # Nobody is there to answer, and an update needs something to come from.
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


def test_the_address_of_the_template_stands_in_one_place() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count("<address of this repository>") == 1
    assert lines_of("The two commands")[0] == 'TEMPLATE="<address of this repository>"'


def test_the_first_screen_is_one() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = re.search(r"^```text\nmy-service/\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert tree
    assert len(tree[1].splitlines()) < 25


def test_the_lines_lead_to_a_release_and_an_update(history: Path, tmp_path: Path) -> None:
    address = tmp_path / "template.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(history), str(address))
    lines = [line for chapter in CHAPTERS for line in lines_of(chapter)]
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
