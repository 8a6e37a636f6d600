"""The section of CHANGELOG.md for a tag: `python3 scripts/release_notes.py v1.2.0`. RELEASING.md says when.

Refuses a tag that is no version, that pyproject.toml does not agree with, or that the changelog has no section for.
"""

from __future__ import annotations

import re
import sys
import tomllib

from toolbox import ROOT, fail


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not re.fullmatch(r"v(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}((a|b|rc)\d+)?", arguments[0]):
        fail("Name the tag, such as v1.2.0 or v1.2.0rc1.")
    version = arguments[0].removeprefix("v")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if declared != version:
        fail(f"pyproject.toml says {declared}, the tag {version}.")
    print(section(version, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    return 0


def section(version: str, changelog: str) -> str:
    """The text below `## [1.2.0] - 2026-01-31`, up to the next section.

    Raises:
        SystemExit: there is none, it has no date, or it is empty.
    """
    found = re.search(rf"(?ms)^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", changelog)
    text = found[1].strip() if found else ""
    if not text:
        fail(f"CHANGELOG.md has no section `## [{version}] - <date>` with anything in it.")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
