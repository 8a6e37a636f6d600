"""The commands of a service's documents, as they are written."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from .environments import uv_binary
from .history import git


def as_written(beginning: str, number: int, project: Path) -> str:
    """Run the lines of docs/development.md that begin like this, with nothing prepared; the output of the last one."""
    page = (project / "docs" / "development.md").read_text(encoding="utf-8")
    written = [line for block in re.findall(r"```console\n(.+?)```", page, re.DOTALL) for line in block.splitlines()]
    commands = [line for line in written if re.match(beginning, line)]
    assert len(commands) == number
    inherited = {name: os.environ[name] for name in os.environ if not re.match("SENTRY_|VIRTUAL_ENV$", name)}
    git(project, "init", "--quiet")  # does nothing in a repository
    environ = {**inherited, "PATH": os.pathsep.join([str(uv_binary().parent), os.environ["PATH"]])}

    for command in ("uv sync", *commands):
        result = subprocess.run(["bash", "-c", command], cwd=project, env=environ, capture_output=True, text=True)
        assert result.returncode == 0, f"{command}:\n{result.stdout[-3000:]}{result.stderr[-3000:]}"
    return result.stdout
