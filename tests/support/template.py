"""The template as it lies on disk, rendered without going through git."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import copier
import yaml

ROOT = Path(__file__).resolve().parents[2]

LEFT_BY_TOOLS: Final = {"__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv"}

Answers = Mapping[str, Any]


def working_files() -> list[Path]:
    """What git knows or would add, relative to the root: uncommitted edits count, deleted files don't."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def copy_working_tree(destination: Path) -> Path:
    """Copy these files to a folder outside git, where a render takes half the time."""
    for name in working_files():
        target = destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return destination


def run_copy(template: Path, destination: Path, answers: Answers) -> Path:
    """Copy as a user does: without `--trust`, with the defaults for what is not answered, no settings of this machine.

    Raises:
        ValueError: an answer is refused; the text is the sentence that a user sees.
    """
    copier.run_copy(
        str(template),
        destination,
        dict(answers),
        defaults=True,
        quiet=True,
        settings=copier.Settings(),
        overwrite=False,
    )
    return destination


def files_of(project: Path) -> list[str]:
    """The names of its files, sorted; what tools leave behind does not count."""
    paths = (path.relative_to(project) for path in project.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if not LEFT_BY_TOOLS & set(path.parts))


def owned_by_services() -> list[str]:
    """The files and folders that an update never touches; `src/*` stands for the package."""
    settings = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    # What is only kept by the first copy belongs to the template afterwards.
    always = [path for path in settings["_skip_if_exists"] if "has_answers" not in path]
    return [re.sub("{%.*?%}", "", path) for path in always]


def files_of_the_service(project: Path) -> set[str]:
    """The names of its files that belong to the service."""
    owned = [path.replace("src/*", f"src/{package_of(project)}") for path in owned_by_services()]
    return {name for name in files_of(project) if name in owned or name.startswith(tuple(f"{path}/" for path in owned))}


def answers_of(project: Path) -> dict[str, Any]:
    """The answers that a rendered project remembers."""
    answers: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    return answers


def package_of(project: Path) -> str:
    package: str = answers_of(project)["package_name"]
    return package


def pyproject_of(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
