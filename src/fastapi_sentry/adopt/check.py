"""Run a service as it was and as it is, let a request fail in both, and compare what a local receiver gets."""

from __future__ import annotations

import gzip
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from . import watch
from .change import read_inits
from .command import locate
from .edits import Init
from .find import ANSWERS_FILE, Chooser, First, Service, find
from .options import OPTIONS, carry
from .sources import AdoptError, git

PATIENCE: Final = 180.0
"""Seconds until a process that was started for the check is given up."""


@dataclass
class Seen:
    """What one process did."""

    target: str
    error: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    active: bool = False
    layer: bool = False
    reached: bool = True
    status: int = 0
    received: bytes = b""

    @property
    def reported(self) -> bool:
        return b"no confirmation for" in self.received if ":" in self.target else self.active

    @property
    def foreign(self) -> list[dict[str, Any]]:
        """The calls that made a client with another transport than the layer's."""
        return [call for call in self.calls if call.get("foreign")]

    @property
    def planted(self) -> list[str]:
        """The planted values that arrived as they are."""
        return [value for value in watch.PLANTED.values() if value.encode() in self.received]


class Receiver:
    """Takes what an SDK sends, on a port of this machine."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                bodies.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def dsn(self, key: str = "check") -> str:
        """Return a DSN, with a key that tells which variable it was set by."""
        return f"http://{key}@127.0.0.1:{self.server.server_port}/1"

    def taken(self) -> bytes:
        """Return what has arrived since the last call."""
        taken = b"\n".join(self.bodies)
        self.bodies.clear()
        return taken


def run_check(folder: Path, chooser: Chooser, application: str, package_path: str, python: str) -> int:
    """Print what the service reported before adoption and what it reports now.

    Returns 1 when a process that reported is silent, or sends what the policy masks.

    Raises:
        AdoptError: the service or its environment was not found.
    """
    service, there = locate(folder, chooser, application, package_path)
    interpreter = python or _interpreter(service.root)
    receiver = Receiver()
    with _as_it_was(service.root, there is not None) as (root, commit):
        earlier = find(root, choose=First(), package_path=service.package_path, app_import=service.app_import)
        inits, _, _ = read_inits(earlier)
        carried = carry(earlier, inits)
        names = dict.fromkeys(("SENTRY_DSN", carried.variables.get("SENTRY_DSN", "SENTRY_DSN")))
        variables = {name: receiver.dsn(f"check{number}") for number, name in enumerate(names)}
        targets = [service.app_import, *_other_processes(earlier, inits)]
        print(f"Before, at {commit[:12]}:")
        before = [_run(earlier, target, interpreter, receiver, variables) for target in targets]
        for seen in before:
            _print_process(seen, root)
            _print_calls(seen, root)
    if there is None:
        print("\nThe layer isn't there yet. Run `fastapi-sentry adopt --apply`, then check again.")
        return 1
    print("\nAfter, in the working tree:")
    after = [_run(service, target, interpreter, receiver, variables) for target in targets]
    for seen in after:
        _print_process(seen, service.root)
    for init in inits:
        if init.function:
            print(f"  {init.place}: {init.function}() calls init_sentry() where it called sentry_sdk.init()")
    return _verdict(before, after, f"python -m {service.layer} doctor")


def _verdict(before: list[Seen], after: list[Seen], doctor: str) -> int:
    faults = []
    for old, new in zip(before, after, strict=True):
        if old.reported and not new.reported:
            faults.append(f"{new.target} reported before and is silent now.")
        # Also one that the layer's client replaced later: until then it sent.
        if new.foreign or (new.active and not new.layer):
            faults.append(f"{new.target} sends through another client than the layer's: {_place(new)}")
        elif new.layer and new.planted:
            faults.append(f"{new.target} sends {', '.join(new.planted)} as it is.")
        if new.error and not old.error:
            faults.append(f"{new.target} fails: {new.error}")
        elif new.error:
            faults.append(f"{new.target} could not be compared: it fails before and after. Set what it needs to start.")
        elif not new.reached:
            faults.append(f"{new.target} could not be compared: {_answered(new)}")
        elif ":" in new.target and not new.reported and not old.reported:
            faults.append(f"{new.target} is silent before and after. Run {doctor} to see why.")
    print()
    for fault in faults:
        print(fault)
    if not faults:
        print("Each process that reported before reports now, through the layer.")
    return 1 if faults else 0


def _answered(seen: Seen) -> str:
    return f"middleware answered the failing request with status {seen.status}, before it came to a route."


def _place(seen: Seen) -> str:
    calls = seen.foreign or seen.calls
    frames = calls[-1]["frames"] if calls else []
    return (
        f"sentry_sdk.init() is called in {frames[-1]}. Call init_sentry() instead." if frames else "see what starts it."
    )


def _other_processes(service: Service, inits: list[Init]) -> list[str]:
    """Return modules that start Sentry when they are imported, besides the app."""
    entry = service.app_import.partition(":")[0]
    modules = [init.module.name for init in inits if not init.function and init.module.name]
    modules += [
        module.name
        for path in service.python
        if service.seen[path].celery and (module := service.module(path)) is not None and module.name
    ]
    return [name for name in dict.fromkeys(modules) if name != entry]


def _interpreter(root: Path) -> str:
    """Return the Python of the service: that of its virtual environment.

    Raises:
        AdoptError: there is none.
    """
    top = git(root, "rev-parse", "--show-toplevel")
    folders = [root, *([Path(top.strip())] if top else [])]
    candidates = [folder / name for folder in folders for name in (".venv", "venv", "env")]
    if "VIRTUAL_ENV" in os.environ:
        candidates.insert(0, Path(os.environ["VIRTUAL_ENV"]))
    for candidate in candidates:
        for name in ("bin/python", "Scripts/python.exe"):
            if (candidate / name).is_file() and Path(sys.prefix) != candidate:
                return str(candidate / name)
    raise AdoptError(
        "No environment of the service was found. Install its requirements, and give its Python with --python."
    )


@contextmanager
def _as_it_was(root: Path, adopted: bool) -> Iterator[tuple[Path, str]]:
    """Check out the commit before the layer came into a folder of its own."""
    commit = (git(root, "rev-parse", "HEAD") or "").strip()
    added = git(root, "log", "--diff-filter=A", "--format=%H", "-1", "--", ANSWERS_FILE) if adopted else ""
    if added and added.strip():
        commit = (git(root, "rev-parse", f"{added.strip()}^") or commit).strip()
    prefix = (git(root, "rev-parse", "--show-prefix") or "").strip()
    with tempfile.TemporaryDirectory(prefix="fastapi-sentry-") as folder:
        tree = Path(folder) / "before"
        if git(root, "worktree", "add", "--detach", str(tree), commit) is None:
            raise AdoptError(f"git can't check out {commit[:12]} into a folder of its own (git worktree).")
        try:
            for name in (".env", ".env.local"):
                # git ignores it, and the service reads it.
                if (root / name).is_file() and not (tree / prefix / name).exists():
                    (tree / prefix / name).write_bytes((root / name).read_bytes())
            yield tree / prefix, commit
        finally:
            git(root, "worktree", "remove", "--force", str(tree))


def _run(service: Service, target: str, python: str, receiver: Receiver, variables: dict[str, str]) -> Seen:
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "VIRTUAL_ENV")}
    environ |= {name: value for name, value in variables.items() if name not in os.environ or name == "SENTRY_DSN"}
    environ.setdefault("SENTRY_USER_ID_KEY", secrets.token_hex(32))
    paths = [str(service.base), *([environ["PYTHONPATH"]] if environ.get("PYTHONPATH") else [])]
    environ |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    # Started by its path, so that nothing of this project is imported in the service's Python.
    command = [python, str(watch.__file__), target, receiver.dsn()]
    receiver.taken()
    try:
        result = subprocess.run(
            command, cwd=service.root, env=environ, capture_output=True, text=True, errors="replace", timeout=PATIENCE
        )
        lines = result.stdout.strip().splitlines()
        last = (result.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        told: dict[str, Any] = json.loads(lines[-1]) if lines else {"error": last}
    except subprocess.TimeoutExpired:
        told = {"error": f"it did not end within {PATIENCE:.0f} seconds"}
    except (OSError, ValueError) as error:
        told = {"error": f"it could not be run ({error})"}
    return Seen(
        target,
        str(told.get("error", "")),
        told.get("calls", []),
        bool(told.get("active")),
        bool(told.get("layer")),
        bool(told.get("reached", True)),
        int(told.get("status", 0)),
        receiver.taken(),
    )


def _print_process(seen: Seen, root: Path) -> None:
    if seen.error:
        text = seen.error.replace(str(root), ".")
    elif not seen.reported:
        text = "silent" if ":" in seen.target else "doesn't start Sentry"
        text = text if seen.reached else _answered(seen)
    else:
        how = "through the layer" if seen.layer else "by sentry_sdk.init()"
        sent = f"and sends {', '.join(seen.planted)}" if seen.planted else "and sends no planted value"
        text = f"reports {how} {sent}" if ":" in seen.target else f"starts Sentry {how}"
    print(f"  {seen.target}: {text}")


def _print_calls(seen: Seen, root: Path) -> None:
    for call in seen.calls:
        frames = [frame for frame in call["frames"] if str(root) in frame] or call["frames"][-1:]
        where = frames[-1].replace(f"{root}/", "") if frames else "an unknown place"
        print(f"    sentry_sdk.init() ran in {where}{'' if call['dsn'] else ', without a DSN'}")
        for name, value in call["options"].items():
            variable = call["variables"].get(name)
            source = f" from {variable}" if variable else ""
            becomes = OPTIONS.get(name, "lost: the layer doesn't know this option")
            print(f"      {name} = {value}{source} -> {becomes}")
