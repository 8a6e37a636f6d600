"""The scrubber of a rendered service, in this process; and a planted service of each policy, as a real process."""

from __future__ import annotations

import importlib
import importlib.util
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
from conftest import Render, SdkEnvironments
from hypothesis import HealthCheck, settings
from support.service import serve
from support.template import ROOT

# A fixed set of examples where time is short, many and new ones where it is not.
settings.register_profile(
    "ci", max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "nightly", max_examples=2500, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

PACKAGE = "scrubber_under_test"
RELEASE = "scrubber-under-test@1.2.3"
ENVIRONMENT = "staging"
POLICIES = ("strict", "pseudonymous", "full")


class MakeScrubber(Protocol):
    def __call__(self, policy: str, **settings: Any) -> Any: ...


@pytest.fixture(scope="session")
def sentry(render: Render) -> Iterator[Callable[[str], ModuleType]]:
    """`sentry("scrubbing.patterns")` is that module of a rendered service's sentry package."""
    source = str(render(package_name=PACKAGE) / "src")
    sys.path.insert(0, source)
    try:
        yield lambda name: importlib.import_module(f"{PACKAGE}.sentry.{name}")
    finally:
        sys.path.remove(source)


@pytest.fixture(scope="session")
def make_scrubber(sentry: Callable[[str], ModuleType]) -> MakeScrubber:
    """A scrubber that follows a policy, with further options."""

    def make(policy: str, **settings: Any) -> Any:
        own: dict[str, Any] = {
            "release": RELEASE,
            "environment": ENVIRONMENT,
            "public_key": "public",
            "user_id_key": b"k" * 32,
        }
        own |= {"safe_keys": frozenset(("api_version",))}
        options = sentry("scrubbing.policy").ScrubberOptions(policy, **{**own, **settings})
        return sentry("scrubbing.scrubber").Scrubber(options)

    return make


@pytest.fixture(params=POLICIES, scope="session")
def policy(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def planting() -> Callable[[str], ModuleType]:
    """`planting("canaries")` is that module of the tests that every service has."""
    folder = ROOT / "template" / "tests" / "sentry"
    spec = importlib.util.spec_from_file_location(
        "planting_of_services", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec
    assert spec.loader
    package = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = package
    spec.loader.exec_module(package)
    return lambda name: importlib.import_module(f"{spec.name}.{name}")


@dataclass(frozen=True)
class Planted:
    """What was planted in a process, and what it sent."""

    canaries: dict[str, Any]
    wire: Any
    log: str

    def leaked(self, kind: str | None = None) -> list[str]:
        return [
            place
            for place, canary in self.canaries.items()
            if kind in (None, canary.kind) and canary.found_in(self.wire.everything)
        ]


class Plant(Protocol):
    def __call__(self, *, sdk: str, usual: bool = False, static: bool = False, policy: str = ...) -> Planted: ...


@pytest.fixture
def plant(
    render: Render,
    sdk_environments: SdkEnvironments,
    planting: Callable[[str], ModuleType],
    copy_of: Callable[[Path], Path],
    tmp_path: Path,
) -> Plant:
    """Run a service with planted values in a real process, send it requests, and give what arrived.

    Args:
        sdk: the major of the SDK.
        usual: `sentry_sdk.init(dsn=...)` as most services have it, instead of the template's set-up.
        static: traces as transactions, as for a Sentry of one's own.
        policy: the answer to `pii_policy`.
    """

    def plant(*, sdk: str, usual: bool = False, static: bool = False, policy: str = "strict") -> Planted:
        host = "https://sentry.example.com" if static else "https://sentry.io"
        project = copy_of(render(pii_policy=policy, telemetry=["tracing", "profiling", "logs"], sentry_host=host))
        seed = random.SystemRandom().getrandbits(64)
        canaries = planting("canaries").canaries(seed)
        logs = tmp_path / f"planted-{sdk}-{policy}-{usual}"
        logs.mkdir()
        with planting("wire").receiving() as wire:
            environ = {
                "SENTRY_DSN": wire.dsn,
                "SENTRY_RELEASE": RELEASE,
                "SENTRY_ENVIRONMENT": ENVIRONMENT,
                "SENTRY_USER_ID_KEY": f"{seed:064x}",
                "SENTRY_TRACES_SAMPLE_RATE": "1",
                "SENTRY_PROFILE_SESSION_SAMPLE_RATE": "1",
                # The SDK's developer tool would be a second way out.
                "SENTRY_SPOTLIGHT": f"http://127.0.0.1:{wire.port}/stream",
                "CALLED_PORT": str(wire.port),
            }
            if usual:
                (project / "tests" / "sentry" / "plant.py").write_text(_usual(project, wire.dsn), encoding="utf-8")
                environ |= {"SENTRY_DSN": "", "SENTRY_ENVIRONMENT": "", "SENTRY_SPOTLIGHT": ""}
            with serve(
                project,
                python=sdk_environments[sdk],
                logs=logs,
                env=environ,
                module="tests.sentry.plant",
                args=["--seed", str(seed)],
                cwd=project,
            ) as service:
                planting("planted_requests").send_everything(service.port, canaries)
                service.stop()
                log = service.output
        return Planted(canaries, wire, log)

    return plant


def _usual(project: Path, dsn: str) -> str:
    """The launcher of the planted service, with the SDK initialised before the template could."""
    launcher = (project / "tests" / "sentry" / "plant.py").read_text(encoding="utf-8")
    init = f'    import sentry_sdk\n\n    sentry_sdk.init(dsn="{dsn}", traces_sample_rate=1.0)\n'
    return launcher.replace("    uvicorn.run(", f"{init}    uvicorn.run(")
