"""The benchmarks run and compare what they say they compare. What they measure here, in haste, means little.

The report is tested with made-up figures: whether a bar is held is its to say.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest
from support.template import ROOT

from benchmarks.chart import chart
from benchmarks.report import document, table
from benchmarks.results import Bar, Limit, Result

SECTIONS = {
    "scrubbing": {"Scrubbing one event": 13},
    "scaffold": {"Scaffold": 3},
    "fleet": {"Update of a fleet of 4, each service": 3},
    "requests": {"Successful request": 5},
    "failing": {"Failing request": 7},
    "bursts": {
        f"Failing requests for each error that arrives, 50 a second, traces {rate}": 2 for rate in ("1.0", "0.1", "0")
    },
    "hostile": {"Longest wait of /healthz, failing requests with hostile texts of 200 KB": 4},
    "blocking": {"Event loop blocked by one failing request, 800 routes nested six deep": 4},
    "startup": {"Import": 5, "Start to the first answer": 5, "Memory at rest": 5},
}
"""The tables of each section, and how many subjects each of them compares."""

EACH_RUN = {"scrubbing"}


@pytest.mark.skipif(sys.platform != "linux", reason="what a process costs is read from Linux")
@pytest.mark.budget(180)
@pytest.mark.parametrize(
    "section", [pytest.param(name, marks=[] if name in EACH_RUN else pytest.mark.nightly) for name in SECTIONS]
)
def test_a_section_measures_what_its_bars_are_about(section: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--sdk", "2", "--section", section, "--json", str(file)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}

    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr[-3000:]
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    assert {one["title"]: len(one["samples"]) for one in results} == SECTIONS[section]
    for one in results:
        figures = {subject: median(samples) for subject, samples in one["samples"].items()}
        # Each subject was measured on its own: no two of them are the same figures under two names. Of a short burst
        # everything arrives.
        assert section == "bursts" or len({*figures.values()}) == len(figures)
        assert one["ratios"] or one["limits"]
        for ratio in one["ratios"]:
            assert ratio["subject"] != ratio["reference"]
            # One round, so the ratio is that of the two figures.
            if section != "fleet":
                assert ratio["ratio"] == pytest.approx(figures[ratio["subject"]] / figures[ratio["reference"]])
        assert f"### {one['title']}\n" in result.stdout
        assert f"median, {one['unit']}" in result.stdout


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        pytest.param([40.0, 50.0, 60.0], "0.50 | 0.45-0.55 | ≤ 0.60 | ≤ 0.55 | pass, aim reached", id="aim"),
        pytest.param([58.0, 59.0, 61.0], "0.59 | 0.58-0.60 | ≤ 0.60 | ≤ 0.55 | pass", id="bar"),
        pytest.param([70.0, 80.0, 90.0], "0.80 | 0.75-0.85 | ≤ 0.60 | ≤ 0.55 | MISSED", id="neither"),
    ],
)
def test_a_table_says_whether_a_bar_is_held(subject: list[float], shown: str) -> None:
    samples = {"floor": [100.0] * 3, "ours": subject}
    result = Result("A figure", "ms", "2.75.0", samples, (Bar("ours", "floor", at_most=0.6, aim=0.55),))

    [line] = [line for line in table([result]).splitlines() if line.startswith("| 2.75.0     | ours")]

    assert f"| {shown} |" in re.sub(" +", " ", line)


@pytest.mark.parametrize(("milliseconds", "shown"), [(199.0, "199 (≤ 200: pass)"), (201.0, "201 (≤ 200: MISSED)")])
def test_a_table_says_whether_a_limit_is_held(milliseconds: float, shown: str) -> None:
    samples = {"floor": [1.0], "ours": [milliseconds]}
    result = Result("A figure", "ms", None, samples, (), (Limit("ours", at_most=200.0),))

    assert shown in table([result])


def test_each_published_table_has_a_title_and_a_unit() -> None:
    readme = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")

    tables = re.findall(r"(?m)^(.*)\n\n(\| sentry-sdk .*)$", readme)

    assert tables
    assert len(tables) == len(re.findall(r"(?m)^\| sentry-sdk ", readme))
    assert [head for title, head in tables if not title.startswith("### ") or not re.search(r"median, \S+", head)] == []


def test_the_chart_draws_each_ratio_against_the_usual_init_once() -> None:
    samples = {"no Sentry": [1.0], "usual init": [100.0], "default answers": [25.0]}
    bars = (Bar("default answers", "usual init", at_most=0.6), Bar("default answers", "no Sentry", at_most=50.0))

    drawn = chart(document([Result("A figure", "ms", sdk, samples, bars) for sdk in ("2.75.0", "3.0.0b2")]))

    assert drawn.count(">A figure: default answers</text>") == 2
    assert drawn.count(">0.25</text>") == 2
    assert ">25.00</text>" not in drawn
