"""The applications that are compared. They differ in nothing but their Sentry set-up."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

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
    """Render the working tree with the answers to compare, and give each service the routes to measure."""
    tree = copy_working_tree(scratch / "tree")
    default = run_copy(tree, scratch / "default", {"package_name": PACKAGE})
    errors_only = run_copy(tree, scratch / "errors-only", {"package_name": PACKAGE, "telemetry": []})
    strict = run_copy(tree, scratch / "strict", {"package_name": PACKAGE, "pii_policy": "strict"})
    full = run_copy(tree, scratch / "full", {"package_name": PACKAGE, "pii_policy": "full"})
    for project in (default, errors_only, strict, full):
        shutil.copytree(OVERLAY, project / "src" / PACKAGE, dirs_exist_ok=True)
    return (
        Variant(BARE, "bare", default, errors=False),
        Variant(USUAL, "usual_errors", default),
        Variant(USUAL_TRACES, "usual_traces", default, traces=True),
        Variant(ERRORS_ONLY, "main", errors_only),
        Variant(DEFAULT, "main", default, traces=True),
        Variant(STRICT, "main", strict, traces=True),
        Variant(FULL, "main", full, traces=True),
    )
