"""Adopt copies of public services, and print a table: `uv run python scripts/adopt_public.py [NAME ...]`.

It clones from GitHub, or from bare clones in `--mirror FOLDER` (`<owner>+<name>/repo`), and installs wheels with uv.
Nothing of them is kept. It isn't part of the tests, which need no network.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import warnings
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

REPOSITORIES = {
    "mozilla/jira-bugzilla-integration": "",
    "Netflix/dispatch": "",
    "TracecatHQ/tracecat": "",
    "onyx-dot-app/onyx": "",
    "dstackai/dstack": "",
    "fief-dev/fief": "",
    "Aiven-Open/karapace": "",
    "learnhouse/learnhouse": "",
    "lightspeed-core/lightspeed-stack": "",
    "mozilla-services/merino-py": "",
    "rclement/mailer": "",
    "lsst-sqre/gafaelfawr": "",
    "mealie-recipes/mealie": "",
    "Flagsmith/edge-proxy": "",
    "khoj-ai/khoj": "",
    "zylon-ai/private-gpt": "",
    "PrefectHQ/prefect": "",
    "topoteretes/cognee": "",
    "mem0ai/mem0": "server",
    "developmentseed/titiler": "src/titiler/application",
    "encode/starlette-example": "",
    "polarsource/polar": "server",
    "fastapi/full-stack-fastapi-template": "backend",
    "reworkd/AgentGPT": "platform",
    "robusta-dev/holmesgpt": "",
    "keephq/keep": "",
    "LAION-AI/Open-Assistant": "backend",
    "teamhide/fastapi-boilerplate": "",
    "hotosm/raw-data-api": "",
    "lsst-sqre/times-square": "",
    "lsst-sqre/noteburst": "",
    "ninoseki/uzen": "",
    "etalab-ia/OpenGateLLM": "",
    "openfoodfacts/search-a-licious": "",
    "annuaire-entreprises-data-gouv-fr/search-api": "",
    "TreOne/Online-Movie": "",
    "Skyvern-AI/skyvern": "",
    "wu-wenxiang/fastapi-demo": "",
    "MehdiRtal/nuxt-fastapi-template": "",
    "KagOnGit/DealLens-AI-MA-Screener": "",
    # These use another framework, which the command has to say.
    "openfoodfacts/robotoff": "",
    "hotosm/field-tm": "",
    "litestar-org/litestar-fullstack": "",
    "i-dot-ai/consult": "",
}
"""Services on GitHub, and the folder of the service in each."""

WHEELS = ("litellm", "apache-airflow-core", "open-webui", "langflow-base", "argilla-server", "skypilot", "mlflow")
"""Services on PyPI, read from their wheels."""


@dataclass
class Result:
    """What happened in one service."""

    name: str
    status: str = ""
    found: str = ""
    layer: str = ""
    inits: int = 0
    edited: int = 0
    broken: int = 0
    left: int = 0
    lost: int = 0
    steps: int = 0
    seconds: float = 0.0
    megabytes: int = 0


def main() -> int:
    """Adopt each service that is named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--mirror", type=Path, help="a folder with bare clones, instead of GitHub")
    parser.add_argument("--output", type=Path, help="a folder for what each command printed")
    arguments = parser.parse_args()
    names = arguments.names or [*REPOSITORIES, *WHEELS]
    results = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            result = Result(name)
            try:
                root = take(name, Path(folder), arguments.mirror)
            except (OSError, subprocess.CalledProcessError) as error:
                result.status = f"not fetched ({type(error).__name__})"
            else:
                adopt(root, result, arguments.output)
        results.append(result)
        print(row(result), flush=True)
    print("\n| service | result | app | layer | init | left | files | broken | lost | steps | CPU s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for result in results:
        print(row(result))
    return 1 if any(result.broken or "Traceback" in result.status for result in results) else 0


def row(result: Result) -> str:
    """Return a line of the table."""
    values = [result.name, result.status, result.found, result.layer, result.inits, result.left, result.edited]
    values += [result.broken, result.lost, result.steps, f"{result.seconds:.1f}", result.megabytes]
    return "| " + " | ".join(map(str, values)) + " |"


def take(name: str, folder: Path, mirror: Path | None) -> Path:
    """Put a copy of the service into the folder, in a repository of its own, and return the folder of the service."""
    root = folder / "service"
    if name in WHEELS:
        uv = os.environ.get("UV", "uv")
        # A copy: the files of uv's cache must not be edited.
        install = [uv, "pip", "install", "--quiet", "--no-deps", "--link-mode", "copy"]
        run([*install, "--python", sys.executable, "--target", str(root), name])
    else:
        owner, _, repository = name.partition("/")
        if mirror:
            check_out(mirror / f"{owner}+{repository}" / "repo", root)
        else:
            run(["git", "clone", "--quiet", "--depth", "1", f"https://github.com/{name}", str(root)])
            shutil.rmtree(root / ".git")
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "As it was"]):
        run(["git", "-c", "user.name=Adopt", "-c", "user.email=adopt@example.com", *command], root)
    return root / REPOSITORIES.get(name, "")


def check_out(bare: Path, root: Path) -> None:
    """Write the files of the newest commit of a bare clone, except those that the clone lacks."""
    folder = bare / ".git" if (bare / ".git").is_dir() else bare
    git = ["git", "--git-dir", str(folder)]
    listing = subprocess.run([*git, "ls-tree", "-r", "-z", "HEAD"], capture_output=True, check=True).stdout
    entries = [line.partition(b"\t") for line in listing.split(b"\0") if line]
    wanted = b"".join(head.split()[2] + b"\n" for head, _, _ in entries)
    with subprocess.Popen([*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as objects:
        assert objects.stdin is not None
        assert objects.stdout is not None
        threading.Thread(target=lambda pipe: (pipe.write(wanted), pipe.close()), args=(objects.stdin,)).start()
        for head, _, path in entries:
            found = objects.stdout.readline().split()
            if found[-1] == b"missing":
                continue
            data = objects.stdout.read(int(found[2]) + 1)[:-1]
            file = root / os.fsdecode(path)
            mode = head.split()[0]
            if mode not in (b"100644", b"100755", b"120000"):
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            if mode == b"120000":
                file.symlink_to(os.fsdecode(data))
            else:
                file.write_bytes(data)


def adopt(root: Path, result: Result, output: Path | None) -> None:
    """Run the command there, and look at what it did."""
    before = compiling(root)
    # The time of the command without that of Copier: reading alone comes first.
    options = [str(root), "--defaults", "--template", str(ROOT), "--ref", "HEAD"]
    command = [sys.executable, "-m", "fastapi_sentry", "adopt"]
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    found = subprocess.run([sys.executable, "-c", READ, str(root)], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    result.seconds = min(time.monotonic() - began, after.ru_utime - used.ru_utime + after.ru_stime - used.ru_stime)
    result.megabytes = int(found.stdout.split()[-1]) // 1024 if found.stdout.strip() else 0
    done = subprocess.run([*command, *options, "--apply"], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    result.found = next((line[11:] for line in lines if line.startswith("app ")), "")
    result.layer = next((line[11:].partition(",")[0] for line in lines if line.startswith("layer ")), "")
    result.inits = sum(" becomes init_sentry()" in line for line in lines)
    last = (done.stderr.strip().splitlines() or ["?"])[-1]
    result.status = (
        "adopted" if done.returncode == 0 else f"{'Traceback: ' if 'Traceback' in done.stderr else ''}{last}"
    )
    result.lost = sum("  lost" in line for line in lines)
    result.steps = sum(line.startswith("- ") for line in done.stdout.partition("\nWhat is left to do:")[2].splitlines())
    if output:
        (output / f"{result.name.replace('/', '+')}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    changed = subprocess.run(["git", "diff", "--name-only"], cwd=root, capture_output=True, text=True).stdout.split()
    result.edited = len(changed)
    now = compiling(root)
    result.broken = sum(1 for path in before if path not in now)
    again = subprocess.run([sys.executable, "-c", LEFT, str(root)], capture_output=True, text=True)
    result.left = int(again.stdout.split()[-1]) if again.stdout.strip() else -1


READ = """
import re, sys
from pathlib import Path
from fastapi_sentry.adopt.change import carried_of, read_inits
from fastapi_sentry.adopt.find import First, find
from fastapi_sentry.adopt.sources import AdoptError
try:
    service = find(Path(sys.argv[1]), choose=First())
    inits, _, _ = read_inits(service)
    carried_of(service, inits)
except AdoptError:
    pass
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""

LEFT = """
import sys
from pathlib import Path
from fastapi_sentry.adopt.change import read_inits
from fastapi_sentry.adopt.command import locate
from fastapi_sentry.adopt.find import First
from fastapi_sentry.adopt.sources import AdoptError
try:
    service, _ = locate(Path(sys.argv[1]), First(), "", "")
    inits, _, _ = read_inits(service)
    print(len(inits))
except AdoptError:
    print(0)
"""


def compiling(root: Path) -> set[str]:
    """Return the Python and TOML files that this Python can parse."""
    found = set()
    for path in root.rglob("*.toml"):
        with contextlib.suppress(OSError, ValueError):
            tomllib.loads(path.read_text(encoding="utf-8"))
            found.add(str(path.relative_to(root)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in root.rglob("*.py"):
            try:
                ast.parse(path.read_bytes())
            except (SyntaxError, ValueError, OSError, RecursionError):
                continue
            found.add(str(path.relative_to(root)))
    return found


def run(command: list[str], folder: Path | None = None) -> None:
    """Run a command, quietly."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
