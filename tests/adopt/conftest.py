"""Services that existed before the Sentry layer, and the command that brings it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import pytest
from support.history import start_repository
from typer.testing import CliRunner

from fastapi_sentry.adopt.command import app

if TYPE_CHECKING:
    from conftest import SdkEnvironments

collect_ignore = ["samples"]

FOLDER: Final = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Sample:
    """A service as plain data, and what adoption has to find out about it."""

    name: str
    package_path: str
    package: str
    app_import: str
    folder: str = "."
    """The folder of the service in its repository."""
    python_path: str = "."
    """The folder that its imports begin at, from that of the service."""
    variables: dict[str, str] = field(default_factory=dict)
    """What has to be set for it to report, besides SENTRY_DSN."""
    dsn: str = "SENTRY_DSN"
    """The variable that it reads its DSN from."""
    own_tests: int = 1


SAMPLES: Final = {
    sample.name: sample
    for sample in (
        Sample("flat", "app", "app", "app.main:app"),
        Sample("factory", "src/shop", "shop", "shop.main:app", python_path="src", dsn="SHOP_SENTRY_DSN"),
        Sample("backend", "app", "app", "app.main:app", folder="backend", variables={"ENV": "staging"}),
        Sample("single", "monitoring", "monitoring", "main:app"),
        Sample("documented", "service", "service", "service.main:app"),
        Sample("jobs", "jobs", "jobs", "jobs.main:app"),
        Sample("settings", "src/orders", "orders", "orders.main:app", python_path="src", dsn="ORDERS_MONITORING__DSN"),
        Sample("mailer", "mailer/monitoring", "mailer.monitoring", "mailer:app"),
        Sample("starlette", "monitoring", "monitoring", "server:app", own_tests=1),
    )
}


class Adopt(Protocol):
    def __call__(self, folder: Path, *options: str) -> tuple[int, str]: ...


@pytest.fixture(scope="session")
def adopt(working_tree: Path) -> Adopt:
    """`adopt(folder, "--apply")` runs the command there, and gives its status and what it printed."""

    def adopt(folder: Path, *options: str) -> tuple[int, str]:
        arguments = [str(folder), "--defaults", "--template", str(working_tree), *options]
        result = CliRunner().invoke(app, arguments, standalone_mode=False)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert isinstance(result.return_value, int)
        return result.return_value, result.output

    return adopt


PythonOf = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def python_of(sdk_environments: SdkEnvironments, full_environments: SdkEnvironments) -> PythonOf:
    """`python_of("flat", "2")` is the Python of an environment with what that sample needs, and this major of the SDK.

    In the full one the usual `sentry_sdk.init()` imports a library of language models after the other.
    """
    return lambda name, sdk: (full_environments if name == "jobs" else sdk_environments)[sdk]


Service = Callable[..., Path]


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """`service({"app/main.py": "..."})` is a committed repository with these files."""

    def service(files: dict[str, str], name: str = "service") -> Path:
        root = tmp_path / name
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        start_repository(root, "As it was")
        return root

    return service


def as_it_was(name: str, root: Path) -> Path:
    """Put that sample there, committed."""
    shutil.copytree(FOLDER / name, root)
    start_repository(root, "As it was")
    return root
