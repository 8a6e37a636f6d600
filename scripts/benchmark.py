"""The benchmarks: `python3 scripts/benchmark.py [options]`. Needs Python 3.8, git and Linux, nothing else.

They start hundreds of processes and take half an hour; `--section`, `--sdk` and `--rounds` make it less.
"""

from __future__ import annotations

import os
import subprocess
import sys

from toolbox import ROOT, find_uv, progress, python_options, surroundings


def main(arguments: list[str]) -> int:
    uv = str(find_uv())
    # What renders the template and makes environments is shared with the tests.
    environ = {**surroundings(), "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    progress("Preparing the environment of the benchmarks")
    if status := subprocess.run([uv, "sync", "--quiet", *python_options()], cwd=ROOT, env=environ).returncode:
        return status
    run = [uv, "run", "--project", str(ROOT), "--no-sync", "python", "-m", "benchmarks"]
    return subprocess.run([*run, *arguments], env=environ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
