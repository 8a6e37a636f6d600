"""Services that were made from one version of the template and are updated to another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier
import pytest
from releases import RELEASES

from .history import git, start_repository
from .template import files_of

Answers = Mapping[str, Any]


def copy(source: Path | str, version: str | None, destination: Path, answers: Answers) -> Path:
    copier.run_copy(
        str(source),
        destination,
        dict(answers),
        vcs_ref=f"v{version}" if version else None,
        defaults=True,
        quiet=True,
        settings=copier.Settings(),
    )
    return destination


def from_releases(*others: str) -> list[Any]:
    """Versions to update from: the newest release and these others in every run, earlier releases each night."""
    *earlier, newest = RELEASES
    return [*others, *(pytest.param(version, marks=pytest.mark.nightly) for version in earlier), newest]


def start(source: Path | str, version: str | None, destination: Path, answers: Answers) -> Path:
    """A service that was made from this version and committed."""
    project = copy(source, version, destination, answers)
    start_repository(project)
    return project


def update(project: Path, version: str | None = None, answers: Answers | None = None, **options: Any) -> None:
    """To the newest version, or to this one; with other answers than before where some are given."""
    if version:
        options["vcs_ref"] = f"v{version}"
    copier.run_update(
        project, dict(answers or {}), defaults=True, quiet=True, overwrite=True, settings=copier.Settings(), **options
    )


def assert_nothing_to_resolve(project: Path) -> None:
    assert git(project, "ls-files", "--unmerged") == ""
    assert git(project, "diff", "--check", "HEAD") == ""
    assert not list(project.rglob("*.rej"))
    marked = [name for name in files_of(project) if re.search(rb"(?m)^(<{7}|>{7}) ", (project / name).read_bytes())]
    assert marked == []
