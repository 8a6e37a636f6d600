"""The section of CHANGELOG.md for a tag: `python3 scripts/release_notes.py v1.2.0`. RELEASING.md says when.

It fails if the tag isn't a version, or if the changelog has no section or no link for it. With `--tags` instead
of a tag, it fails if the clone lacks the tag of a section, because services would not be offered that release.
"""

from __future__ import annotations

import re
import subprocess
import sys

from toolbox import ROOT, fail

NUMBER = r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}((a|b|rc)\d+)?"


def main(arguments: list[str]) -> int:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if arguments == ["--tags"]:
        require_tags(changelog)
        return 0
    if len(arguments) != 1 or not re.fullmatch("v" + NUMBER, arguments[0]):
        fail("Name the tag, such as v1.2.0 or v1.2.0rc1.")
    version = arguments[0][1:]
    if f"\n[{version}]: " not in changelog:
        fail(f"CHANGELOG.md has no link `[{version}]: ...` at its end.")
    print(section(version, changelog))
    return 0


def section(version: str, changelog: str) -> str:
    """Return the text below `## [1.2.0] - 2026-01-31`, up to the next section.

    Raises:
        SystemExit: there is none, it has no date, or it is empty.
    """
    found = re.search(rf"(?ms)^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |^\[|\Z)", changelog)
    text = found[1].strip() if found else ""
    if not text:
        fail(f"CHANGELOG.md has no section `## [{version}] - <date>` with anything in it.")
    return text


def require_tags(changelog: str) -> None:
    """End with one sentence where a released version has no tag here.

    Raises:
        SystemExit: one is missing.
    """
    released = [f"v{found[1]}" for found in re.finditer(rf"(?m)^## \[({NUMBER})\]", changelog)]
    listed = subprocess.run(["git", "tag", "--list"], cwd=str(ROOT), check=True, stdout=subprocess.PIPE, text=True)
    missing = [tag for tag in released if tag not in listed.stdout.split()]
    if missing:
        fail(f"No tag {', '.join(missing)}, so no service is offered that release: git push origin {' '.join(missing)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
