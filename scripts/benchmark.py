"""The benchmarks: `python3 scripts/benchmark.py [options]`. Needs Python 3.11, git and Linux, nothing else.

They start hundreds of processes and take half an hour; `--section`, `--sdk` and `--rounds` make it less.
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
    # What renders the template and makes environments is shared with the tests.
    environ |= {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    progress("Preparing the environment of the benchmarks")
    if status := subprocess.run([uv, "sync", "--quiet", "--python", sys.executable], cwd=ROOT, env=environ).returncode:
        return status
    run = [uv, "run", "--project", str(ROOT), "--no-sync", "python", "-m", "benchmarks"]
    return subprocess.run([*run, *arguments], env=environ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
