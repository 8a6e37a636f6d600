"""What `python3 scripts/benchmark.py [options]` runs: measure, and print a table at the end."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from support.environments import SDKS

from .blocking import blocking
from .bursts import bursts
from .chart import chart
from .errors import BenchmarkError
from .fleet import fleet
from .hostile import hostile
from .report import document, table
from .requests import failing, successful
from .results import Result
from .run import Run
from .scaffold import scaffold
from .scrubbing import scrubbing
from .startup import startup

SECTIONS: dict[str, Callable[[Run], Iterator[Result]]] = {
    "requests": successful,
    "failing": failing,
    "bursts": bursts,
    "blocking": blocking,
    "hostile": hostile,
    "startup": startup,
    "scrubbing": scrubbing,
    "scaffold": scaffold,
    "fleet": fleet,
}
ROUNDS = 9


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch:
        run = Run(
            Path(scratch),
            rounds=1 if options.quick else options.rounds,
            quick=options.quick,
            majors=tuple(options.sdk or SDKS),
        )
        try:
            results = [result for name in options.section or SECTIONS for result in SECTIONS[name](run)]
        except BenchmarkError as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            return 1
    measured = document(results)
    if options.json:
        options.json.write_text(json.dumps(measured, indent=2, ensure_ascii=False) + "\n")
    if options.chart:
        options.chart.write_text(chart(measured))
    print(table(results))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/benchmark.py", description="Measure, and print a table at the end.")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="only this section; may be repeated")
    parser.add_argument("--sdk", action="append", choices=SDKS, help="only this major version; may be repeated")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds a section, {ROUNDS} if not given")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to this file")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="also draw the ratios into this SVG file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
