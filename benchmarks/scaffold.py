"""What Copier takes for this template, against the least that it can take for any: a template of one file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from support.template import copy_working_tree

from .errors import BenchmarkError
from .results import Bar, Result, interleaved
from .run import Run

FLOOR = "copy of a one-file template"
COPY = "copy of this template"
UPDATE = "update by one release"

BARS = (Bar(COPY, FLOOR, at_most=2.2), Bar(UPDATE, COPY, at_most=4.0))


def scaffold(run: Run) -> Iterator[Result]:
    run.tell("making scratch repositories")
    commands = Commands(run.scratch / "scaffold")

    def measure(name: str) -> float:
        seconds = commands.time(name)
        run.tell(f"Scaffold, {name}: {seconds * 1e3:.0f} ms")
        return seconds * 1e3

    # The first of each kind compiles Copier and what it imports: no subject pays for that.
    for name in () if run.quick else (FLOOR, COPY, UPDATE):
        commands.time(name)
    yield Result("Scaffold", "ms", None, interleaved((FLOOR, COPY, UPDATE), run.rounds, measure), BARS)


class Commands:
    """Runs `copier` as its users do: on git repositories with tags, one process a command, nothing cached between."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._environ = {
            **os.environ,
            # Neither the settings nor the git configuration of whoever runs this.
            "COPIER_SETTINGS_PATH": str(scratch / "no-settings.yml"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            # Where it is set, every command would compile all modules again.
            "PYTHONDONTWRITEBYTECODE": "",
            **{
                f"GIT_{role}_{key}": "bench@example.com"
                for role in ("AUTHOR", "COMMITTER")
                for key in ("NAME", "EMAIL")
            },
        }
        self._numbers = count()
        scratch.mkdir(parents=True)
        self._one_file = self._make_one_file_template(scratch / "one-file")
        self._template = self._make_template(scratch / "template")
        self._project = self._make_project(scratch / "project")

    def project(self) -> Path:
        """A service from the release before, of its own."""
        target = self._scratch / str(next(self._numbers))
        return shutil.copytree(self._project, target)

    def update(self, project: Path) -> float:
        """Seconds."""
        seconds = self._copier("update", "--defaults", "--quiet", str(project))
        if "_commit: v1.1.0" not in (project / ".copier-answers.yml").read_text():
            raise BenchmarkError("the update did not arrive at the newest release")
        return seconds

    def time(self, name: str) -> float:
        """Seconds from the start of a command to its end."""
        if name == UPDATE:
            target = self.project()
            seconds = self.update(target)
        else:
            target = self._scratch / str(next(self._numbers))
            source = self._one_file if name == FLOOR else self._template
            seconds = self._copier("copy", "--defaults", "--quiet", str(source), str(target))
        if not (target / ".copier-answers.yml").is_file():
            raise BenchmarkError(f"{name} left no answers file")
        shutil.rmtree(target)
        return seconds

    def _make_one_file_template(self, path: Path) -> Path:
        files = path / "template"
        files.mkdir(parents=True)
        # Without a folder for it, Copier would walk the `.git` of the template too.
        (path / "copier.yml").write_text("_subdirectory: template\nname:\n  type: str\n  default: world\n")
        (files / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml -}}\n")
        return self._tag(path, "v1.0.0")

    def _make_template(self, path: Path) -> Path:
        """Two releases: the working tree, and before it the same with other comments in two files."""
        copy_working_tree(path)
        sentry = path / "template" / "{{ package_path }}" / "sentry"
        changed = {name: (sentry / name).read_text() for name in ("config.py", "sdk.py")}
        for name, text in changed.items():
            (sentry / name).write_text(text + "\n# The release before.\n")
        self._tag(path, "v1.0.0")
        for name, text in changed.items():
            (sentry / name).write_text(text)
        return self._tag(path, "v1.1.0")

    def _make_project(self, path: Path) -> Path:
        """A service from the release before, under git, with an edit of its owner."""
        self._copier("copy", "--defaults", "--quiet", "--vcs-ref", "v1.0.0", str(self._template), str(path))
        with (path / "pyproject.toml").open("a") as file:
            file.write("\n[tool.coverage.run]\nbranch = true\n")
        return self._tag(path, "v0.1.0")

    def _tag(self, path: Path, name: str) -> Path:
        # A repository that was cloned has its objects in a pack.
        commit = ["commit", "--quiet", "-m", name]
        for command in (["init", "--quiet"], ["add", "--all"], commit, ["tag", name], ["gc", "--quiet"]):
            self._run(["git", "-C", str(path), *command])
        return path

    def _copier(self, *arguments: str) -> float:
        begin = time.perf_counter()
        self._run([sys.executable, "-m", "copier", *arguments])
        return time.perf_counter() - begin

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True)
        if done.returncode:
            raise BenchmarkError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
