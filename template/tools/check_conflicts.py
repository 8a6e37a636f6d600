# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Refuse what an update left to resolve: `uv run tools/check_conflicts.py` (a pre-commit hook, a step of CI)."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

# `=======` alone underlines a heading in Markdown and reStructuredText.
_MARKER: Final = re.compile(rb"^(?:<{7}|>{7}|\|{7})(?: |$)")


def main() -> int:
    findings = list(_findings())
    for finding in findings:
        print(f"check_conflicts: {finding}", file=sys.stderr)
    return 1 if findings else 0


def _findings() -> Iterator[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    for name in sorted({*listed.split("\0")} - {""}):
        path = ROOT / name
        if not path.is_file() or path.is_symlink():
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if _MARKER.match(line):
                yield f"{name}:{number} marks a conflict; keep what is right and delete the marks."


if __name__ == "__main__":
    sys.exit(main())
