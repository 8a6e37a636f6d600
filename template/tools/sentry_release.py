# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Tell Sentry about a release: `uv run tools/sentry_release.py create`, after the deploy `… deployed`.

The names of the release and of the environment come from the release.env that `release_env.py` has written, so Sentry,
the file and every event say the same. sentry-cli does the work; it reads SENTRY_AUTH_TOKEN, SENTRY_ORG,
SENTRY_PROJECT and, for another host than sentry.io, SENTRY_URL.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from release_env import DEFAULT_FILE, ROOT
from secret_shapes import ASSIGNMENT

NEEDED: Final = ("SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT")
SENTRY_CLI: Final = "sentry-cli>=3.8,<4"


def commands(step: str, release: str, environment: str) -> list[list[str]]:
    """What sentry-cli is asked to do, in this order. Both steps can be repeated without harm."""
    if step == "create":
        return [
            ["releases", "new", release],
            # From the repository that is connected to Sentry, or else from this checkout.
            ["releases", "set-commits", release, "--auto", "--ignore-missing"],
        ]
    return [
        ["releases", "finalize", release],
        ["deploys", "new", "--release", release, "--env", environment],
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Tell Sentry about the release in env/release.env.")
    parser.add_argument("step", choices=("create", "deployed"))
    parser.add_argument("--file", type=Path, default=DEFAULT_FILE, help="another file than env/release.env")
    arguments = parser.parse_args()
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        return _refuse(f"{', '.join(missing)} must be set, as docs/deployment.md says.")
    variables = _read(arguments.file)
    release, environment = variables.get("SENTRY_RELEASE"), variables.get("SENTRY_ENVIRONMENT")
    if not release or not environment:
        return _refuse(f"{arguments.file} names no release and environment; run tools/release_env.py first.")
    # Events of the service go nowhere from here, and sentry-cli takes nothing from a file.
    environ = {name: value for name, value in os.environ.items() if name != "SENTRY_DSN"}
    environ.update(SENTRY_DISABLE_UPDATE_CHECK="1", SENTRY_LOAD_DOTENV="0")
    for command in commands(arguments.step, release, environment):
        print(f"sentry-cli {' '.join(command)}", flush=True)
        if status := subprocess.run([*_sentry_cli(), *command], cwd=ROOT, env=environ).returncode:  # noqa: S603
            return status
    return 0


def _sentry_cli() -> list[str]:
    """The one on PATH, else one that uv brings."""
    installed = shutil.which("sentry-cli")
    return [installed] if installed else ["uv", "tool", "run", "--quiet", "--from", SENTRY_CLI, "sentry-cli"]


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    found = map(ASSIGNMENT.fullmatch, path.read_text(encoding="utf-8-sig").splitlines())
    return {line["name"]: line["value"] for line in found if line}


def _refuse(sentence: str) -> int:
    print(f"sentry_release: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
