"""The applications that are compared. They differ only in their Sentry setup."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.template import copy_working_tree, run_copy

PACKAGE = "bench_service"
OVERLAY = Path(__file__).resolve().parent / "overlay"

TRACES_SAMPLE_RATE = 0.1
"""Of the default answers, and of overlay/usual_traces.py."""

BARE = "no Sentry"
USUAL = "usual init"
USUAL_TRACES = "usual init, traces 0.1"
ERRORS_ONLY = "errors-only answers"
DEFAULT = "default answers"
STRICT = "default answers, strict"
FULL = "default answers, full"


COMMON = (BARE, USUAL, USUAL_TRACES, ERRORS_ONLY, DEFAULT)
"""Those that every section compares. A policy shows where something fails."""


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    module: str
    """The module of the package that holds `app`."""
    project: Path
    """The rendered service."""
    errors: bool = True
    traces: bool = False

    @property
    def target(self) -> str:
        return f"{PACKAGE}.{self.module}"

    @property
    def source(self) -> Path:
        return self.project / "src"


def variants(scratch: Path) -> tuple[Variant, ...]:
    """Render the working tree with the answers to compare, and give each service the routes to measure.

    The plain ones are the service with the default answers, with its `sentry` exchanged for one that does nothing.
    """
    tree = copy_working_tree(scratch / "tree")
    answers: dict[str, dict[str, Any]] = {
        "plain": {},
        "default": {},
        "errors-only": {"telemetry": []},
        "strict": {"pii_policy": "strict"},
        "full": {"pii_policy": "full"},
    }
    made = {name: run_copy(tree, scratch / name, {"package_name": PACKAGE, **more}) for name, more in answers.items()}
    shutil.rmtree(made["plain"] / "src" / PACKAGE / "sentry")
    for name, project in made.items():
        for overlay in ("common", "plain") if name == "plain" else ("common",):
            shutil.copytree(OVERLAY / overlay, project / "src" / PACKAGE, dirs_exist_ok=True)
    return (
        Variant(BARE, "bare", made["plain"], errors=False),
        Variant(USUAL, "usual_errors", made["plain"]),
        Variant(USUAL_TRACES, "usual_traces", made["plain"], traces=True),
        Variant(ERRORS_ONLY, "main", made["errors-only"]),
        Variant(DEFAULT, "main", made["default"], traces=True),
        Variant(STRICT, "main", made["strict"], traces=True),
        Variant(FULL, "main", made["full"], traces=True),
    )
