"""All tests of the template: `python3 scripts/test.py [pytest arguments]`. README.md says what it needs.

Environments are created below `.cache` and `.venv` and kept. Delete both to start again with the newest versions.
"""

from __future__ import annotations

import os
import subprocess
import sys

from toolbox import ROOT, find_uv, print_any_text, progress, python_options, require_git, surroundings


def main(arguments: list[str]) -> int:
    print_any_text()
    require_git(history=True)
    uv = str(find_uv())
    environ = surroundings()

    def run(*command: str) -> int:
        return subprocess.run([uv, *command], cwd=ROOT, env=environ).returncode

    progress("Preparing the environment of the tests")
    if status := run("sync", "--quiet", *python_options()):
        return status
    cores = os.cpu_count() or 1
    some = any(argument.startswith("tests") for argument in arguments)
    if not some:
        # Otherwise a test builds what it asks for.
        progress("Preparing the environments of the generated services")
        if status := run("run", "--no-sync", "python", "tests/prepare.py"):
            return status
    progress("Running the tests")
    # Among all tests some wait for a timeout, so there is one more process than cores.
    workers = ("-n", str(min(8, cores if some else cores + 1)), "--dist", "worksteal")
    return run("run", "--no-sync", "pytest", *workers, "--durations=15", *arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
