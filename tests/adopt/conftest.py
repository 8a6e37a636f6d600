"""Services that existed before the Sentry layer came, and what reads them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any, Final

import pytest
from support.history import start_repository
from support.template import ROOT

collect_ignore = ["samples"]

FOLDER: Final = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Sample:
    """A service as plain data, and what its owner answers."""

    name: str
    package_path: str
    app_import: str
    python_path: str = "."
    """The folder that its imports begin at."""

    @property
    def layer(self) -> str:
        """How Python imports the package that the layer lies in."""
        return self.package_path.removeprefix(f"{self.python_path}/").replace("/", ".")


SAMPLES: Final = {
    sample.name: sample
    for sample in (
        Sample("flat", "app", "app.main:app"),
        Sample("factory", "src/shop", "shop.main:app", "src"),
        Sample("backend", "backend/app", "app.main:app", "backend"),
        Sample("single", "shop", "main:app"),
        Sample("documented", "service", "service.main:app"),
        Sample("jobs", "jobs", "jobs.main:app"),
    )
}


@pytest.fixture(scope="session")
def adopt() -> Any:
    """The module that comes with `scope: layer` alone."""
    [path] = (ROOT / "template").rglob("*adopt.py*")
    loader = SourceFileLoader("adopt", str(path))
    spec = spec_from_loader("adopt", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["adopt"] = module
    loader.exec_module(module)
    return module


Copied = Callable[[str], Path]


@pytest.fixture
def copied(tmp_path: Path) -> Copied:
    """`copied("flat")` is a copy of that sample in a repository of its own, everything committed."""

    return lambda name: as_it_was(name, tmp_path / f"a [{name}] service")


def as_it_was(name: str, root: Path) -> Path:
    """Put that sample there, committed."""
    shutil.copytree(FOLDER / name, root)
    start_repository(root, "As it was")
    return root
