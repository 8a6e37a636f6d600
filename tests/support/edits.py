"""Edits that an owner makes to a service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .template import package_of


@dataclass(frozen=True, slots=True)
class Edit:
    """One change by the owner, and how to tell that it is still there."""

    file: str
    change: Callable[[str], str] | None
    """The new text, or None to delete the file."""
    kept: str = ""
    """What the text must still hold."""

    def make(self, project: Path) -> None:
        path = project / self.file.format(package=package_of(project))
        if self.change is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = self.change(before).replace("PACKAGE", package_of(project))
        assert after != before
        path.write_text(after, encoding="utf-8")

    def is_kept(self, project: Path) -> bool:
        path = project / self.file.format(package=package_of(project))
        if self.change is None:
            return not path.exists()
        return path.is_file() and self.kept in path.read_text(encoding="utf-8")


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return change
