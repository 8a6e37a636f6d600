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

from check_secrets import ASSIGNMENT, ROOT
from release_env import DEFAULT_FILE

NEEDED: Final = ("SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT")
SENTRY_CLI: Final = ("uv", "tool", "run", "--quiet", "--from", "sentry-cli>=3.8,<4", "sentry-cli")


def main() -> int | str:
    parser = argparse.ArgumentParser(description="Tell Sentry about the release in env/release.env.")
    parser.add_argument("step", choices=("create", "deployed"))
    parser.add_argument("--file", type=Path, default=DEFAULT_FILE, help="another file than env/release.env")
    arguments = parser.parse_args()
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        return f"sentry_release: {', '.join(missing)} must be set, as docs/deployment.md says."
    lines = arguments.file.read_text(encoding="utf-8-sig").splitlines() if arguments.file.is_file() else []
    variables = {found["name"]: found["value"] for found in map(ASSIGNMENT.fullmatch, lines) if found}
    release, environment = variables.get("SENTRY_RELEASE"), variables.get("SENTRY_ENVIRONMENT")
    if not release or not environment:
        return f"sentry_release: {arguments.file} names no release and environment; run tools/release_env.py first."
    if arguments.step == "create":
        # The commits come from the repository that is connected to Sentry, or else from this checkout.
        commands = [["releases", "new", release], ["releases", "set-commits", release, "--auto", "--ignore-missing"]]
    else:
        commands = [["releases", "finalize", release], ["deploys", "new", "--release", release, "--env", environment]]
    # Events of the service go nowhere from here, and sentry-cli takes nothing from a file.
    environ = {name: value for name, value in os.environ.items() if name != "SENTRY_DSN"}
    environ |= {"SENTRY_DISABLE_UPDATE_CHECK": "1", "SENTRY_LOAD_DOTENV": "0"}
    program = [installed] if (installed := shutil.which("sentry-cli")) else SENTRY_CLI
    for command in commands:
        print(f"sentry-cli {' '.join(command)}", flush=True)
        if status := subprocess.run([*program, *command], cwd=ROOT, env=environ).returncode:  # noqa: S603
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
