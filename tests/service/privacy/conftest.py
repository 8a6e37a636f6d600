"""The scrubber of a rendered service, in this process; and a planted service of each policy, as a real process."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol
from unittest.mock import patch

import pytest
from conftest import Render, SdkEnvironments
from support import forks
from support.environments import pythons
from support.service import clean_environment
from support.template import package_of

PACKAGE = "scrubber_under_test"
RELEASE = "scrubber-under-test@1.2.3"
TRACE = "771a43a4192642f0b136d5159a501700"
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
    """A scrubber that follows a policy, with additional options."""

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
def service_tests(render: Render) -> Callable[[str], ModuleType]:
    """`service_tests("conftest")` is that module of the tests that every service has."""
    folder = render(package_name=PACKAGE) / "tests" / "sentry"
    spec = importlib.util.spec_from_file_location(
        "tests_of_services", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec
    assert spec.loader
    package = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = package
    spec.loader.exec_module(package)

    def module(name: str) -> ModuleType:
        # Their conftest.py turns Sentry off in its process.
        with patch.dict(os.environ):
            return importlib.import_module(f"{spec.name}.{name}")

    return module


@dataclass(frozen=True)
class Planted:
    """What was planted in a process, and what it sent."""

    values: dict[str, tuple[str, str]]
    sent: Any
    log: str
    search: Callable[..., list[str]]

    def leaked(self, *categories: str) -> list[str]:
        return self.search(self.values, self.sent, *categories)


class Plant(Protocol):
    def __call__(self, *, sdk: str, usual: bool = False, policy: str = ...) -> Planted: ...


@pytest.fixture(scope="session")
def plant(
    render: Render,
    sdk_environments: SdkEnvironments,
    service_tests: Callable[[str], ModuleType],
    tmp_path_factory: pytest.TempPathFactory,
) -> Plant:
    """Run a service with planted values in a real process, once for each setup, and give what arrived.

    Args:
        sdk: the major of the SDK.
        usual: `sentry_sdk.init(dsn=...)` as most services have it, instead of the template's setup.
        policy: the answer to `pii_policy`.
    """

    @cache
    def plant(*, sdk: str, usual: bool = False, policy: str = "strict") -> Planted:
        # Profiling needs Python 3.12.
        answers = {"python_version": "3.12", "telemetry": ["tracing", "profiling", "logs"]}
        made = render(pii_policy=policy, **answers)
        project = shutil.copytree(made, tmp_path_factory.mktemp("planted") / made.name)
        planted_app = project / "tests" / "sentry" / "planted_app.py"
        with service_tests("conftest").Receiver() as sent:
            environ = {
                "SENTRY_DSN": sent.dsn,
                "SENTRY_RELEASE": RELEASE,
                "SENTRY_ENVIRONMENT": ENVIRONMENT,
                "SENTRY_USER_ID_KEY": secrets.token_hex(32),
                "SENTRY_TRACES_SAMPLE_RATE": "1",
                "SENTRY_PROFILE_SESSION_SAMPLE_RATE": "1",
                # The SDK's developer tool would be a second way out.
                "SENTRY_SPOTLIGHT": f"{sent.url}/stream",
                "PLANTED_PACKAGE": package_of(project),
                "PLANTED_TRACE": TRACE,
                "PLANTED_URL": sent.url,
            }
            if usual:
                _initialize_as_usual(planted_app, sent.dsn)
                environ |= {"SENTRY_DSN": "", "SENTRY_ENVIRONMENT": "", "SENTRY_SPOTLIGHT": ""}
            python = sdk_environments.on(sdk, [*pythons().values()][-1])
            result = forks.run(python, planted_app, cwd=project, env=clean_environment(project, environ))
        assert result.returncode == 0, result.stderr
        values = json.loads(result.stdout.splitlines()[-1])
        return Planted(values, sent, result.stderr, service_tests("test_layer").leaked)

    return plant


def _initialize_as_usual(planted_app: Path, dsn: str) -> None:
    """Let the planted service call `sentry_sdk.init()` before the template can."""
    text = planted_app.read_text(encoding="utf-8")
    init = f'sentry_sdk.init(dsn="{dsn}", traces_sample_rate=1.0)'
    assert text.count("\nservice = ") == 1
    planted_app.write_text(text.replace("\nservice = ", f"\n{init}\nservice = "), encoding="utf-8")
