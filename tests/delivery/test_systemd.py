"""systemd: the units, checked by systemd's own tools."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import matrix

if TYPE_CHECKING:
    from conftest import Render

EXPOSURE = 1.5
"""What `systemd-analyze security` may say at most; 10 is a unit without any hardening, 1.1 is what it said first."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there (Debian: systemd)"
)


@pytest.fixture(scope="session")
def units(render: Render) -> list[Path]:
    project = render(**{**matrix.named()["everything"], "deployment": ["systemd"]})
    return sorted((project / "deploy" / "systemd").iterdir())


@pytest.fixture(scope="session")
def services(units: list[Path]) -> list[Path]:
    return [unit for unit in units if unit.suffix == ".service"]


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"(?m)^{key}=(.*)$", unit.read_text())


@needs_systemd
def test_units_are_valid(units: list[Path], tmp_path: Path) -> None:
    """With the interpreter of this machine: the one of the unit comes with its installation."""
    for unit in units:
        installed = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={Path(sys.executable).resolve()}", unit.read_text())
        (tmp_path / unit.name).write_text(installed)

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True
    )

    assert result.stderr == ""
    assert result.returncode == 0


@needs_systemd
def test_units_are_hardened(services: list[Path]) -> None:
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", *map(str, services)],
        capture_output=True,
        text=True,
    )

    exposed = re.findall(r"Overall exposure level for (\S+): ([\d.]+)", result.stdout)
    assert len(exposed) == len(services)
    assert {name: float(level) for name, level in exposed if float(level) > EXPOSURE} == {}


def test_each_unit_reads_both_files_release_last(services: list[Path]) -> None:
    for unit in services:
        assert values(unit, "EnvironmentFile") == [
            "/etc/example-service/secrets.env",
            "/etc/example-service/release.env",
        ]


def test_a_configuration_fault_does_not_loop(services: list[Path]) -> None:
    for unit in services:
        assert values(unit, "RestartPreventExitStatus") == ["78"] or values(unit, "Type") == ["oneshot"]


def test_each_unit_starts_what_compose_starts(render: Render, services: list[Path]) -> None:
    project = render(**{**matrix.named()["everything"], "deployment": ["compose"]})
    compose = (project / "compose.yaml").read_text()
    for unit in services:
        [start] = values(unit, "ExecStart")
        words = start.removeprefix("/opt/example-service/.venv/bin/").split()
        assert ", ".join(f'"{word}"' for word in words) in compose
