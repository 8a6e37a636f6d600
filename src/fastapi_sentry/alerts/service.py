"""The service that the command runs in: its folder, and what was answered when it was generated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Service:
    """A service's folder and the answers that alerts need. An answer is empty if it isn't known."""

    root: Path
    host: str = "https://sentry.io"
    organization: str = ""
    project: str = ""
    name_prefix: str = ""
    """How the names of this service's rules begin. Only such alerts are ever deleted."""

    @property
    def rules(self) -> Path:
        return self.root / "alerts"


def find_service(start: Path) -> Service:
    """Return the service that a folder belongs to.

    Its root has an answers file of this template (`.copier-answers.yml`, or `.copier-answers.sentry.yml` where only the
    layer was adopted). Above the root of the git repository, nothing is looked at.
    """
    for folder in (start, *start.parents):
        for answers in _answers(folder):
            slug = str(answers.get("project_slug") or "")
            return Service(
                folder,
                host=str(answers["sentry_host"]),
                organization=str(answers.get("sentry_org") or ""),
                project=str(answers.get("sentry_project") or ""),
                name_prefix=f"{slug}: " if slug else "",
            )
        if (folder / ".git").exists():
            break
    return Service(start)


def _answers(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the answers files of this template. Other templates keep theirs in the same folder."""
    for path in sorted(folder.glob(".copier-answers*.yml")):
        try:
            answers = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if isinstance(answers, dict) and answers.get("sentry_host"):
            yield answers
