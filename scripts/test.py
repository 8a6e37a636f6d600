"""All tests of the template: `python3 scripts/test.py [pytest arguments]`. Needs Python 3.11 and git, nothing else.

Environments are made below `.cache` and `.venv` and kept; delete both to start anew with the newest versions.
"""

from __future__ import annotations

import os
import subprocess
import sys

from toolbox import ROOT, find_uv, progress


def main(arguments: list[str]) -> int:
    uv = str(find_uv())
    # Another activated environment has no say here, and uv would warn about it.
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}

    def run(*command: str) -> int:
        return subprocess.run([uv, *command], cwd=ROOT, env=environ).returncode

    progress("Preparing the environment of the tests")
    if status := run("sync", "--quiet", "--python", sys.executable):
        return status
    progress("Preparing the environments of the generated services")
    if status := run("run", "--no-sync", "python", "tests/prepare.py"):
        return status
    progress("Running the tests")
    workers = ("-n", "auto", "--maxprocesses", "8", "--dist", "worksteal")
    return run("run", "--no-sync", "pytest", *workers, "--durations=15", *arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
