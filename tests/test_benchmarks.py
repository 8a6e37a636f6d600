"""The benchmarks run and find what they compare. What they measure here, in company and in haste, means nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.template import ROOT

SECTIONS = [
    "gate",
    "scaffold",
    pytest.param("fleet", marks=pytest.mark.nightly),
    pytest.param("requests", marks=pytest.mark.nightly),
    pytest.param("failing", marks=pytest.mark.nightly),
    pytest.param("startup", marks=pytest.mark.nightly),
]


@pytest.mark.skipif(sys.platform != "linux", reason="what a process costs is read from Linux")
@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_measures_what_its_bars_are_about(section: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--sdk", "2", "--section", section, "--json", str(file)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}

    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr[-3000:]
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    assert results
    for one in results:
        assert all(sample > 0 for samples in one["samples"].values() for sample in samples)
        assert all(ratio["ratio"] > 0 for ratio in one["ratios"])
        assert one["title"] in result.stdout
