"""A `sentry_sdk.init()` after `init_sentry()` would send everything as it is: the service says so."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.receiver import Receiver
from support.service import clean_environment
from support.template import package_of

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments, Serve

CALLED = "sentry_sdk.init() was called after init_sentry()"
WARNING = re.compile(f"ERROR .*{re.escape(CALLED)}")


@pytest.fixture
def paste_init(render: Render, copy_of: Callable[[Path], Path]) -> Callable[[str], Path]:
    """A service whose owner has pasted the usual lines into app.py, with these options."""

    def paste(options: str = "") -> Path:
        project = copy_of(render())
        app = project / "src" / package_of(project) / "app.py"
        init = f'import sentry_sdk\n\nsentry_sdk.init(dsn="http://public@127.0.0.1:9/1"{options})\n'
        app.write_text(f"{app.read_text(encoding='utf-8')}\n{init}", encoding="utf-8")
        return project

    return paste


def test_the_log_warns_of_it_at_the_start(
    paste_init: Callable[..., Path], serve: Serve, python: Path, receiver: Receiver
) -> None:
    with serve(paste_init(), python=python, env={"SENTRY_DSN": receiver.dsn}) as service:
        service.stop()

    assert len(WARNING.findall(service.output)) == 1


def test_a_service_without_one_is_not_warned(render: Render, serve: Serve, python: Path, receiver: Receiver) -> None:
    with serve(render(), python=python, env={"SENTRY_DSN": receiver.dsn}) as service:
        service.stop()

    assert not WARNING.search(service.output)


@pytest.mark.parametrize(
    ("sdk", "options", "sentence"),
    [
        pytest.param("2", ", send_default_pii=True", CALLED, id="SDK 2"),
        pytest.param("3", "", CALLED, id="SDK 3", marks=pytest.mark.nightly),
        pytest.param("3", ", send_default_pii=True", "Unknown option 'send_default_pii'", id="SDK 3 refuses an option"),
    ],
)
def test_the_services_own_tests_fail_with_a_sentence(
    paste_init: Callable[..., Path], sdk_environments: SdkEnvironments, sdk: str, options: str, sentence: str
) -> None:
    project, file = paste_init(options), "tests/sentry/test_layer.py"
    command = [str(sdk_environments[sdk]), "-m", "pytest", "-q", "-p", "no:cacheprovider", file, "-k", "layer_alone"]

    result = subprocess.run(command, cwd=project, env=clean_environment(project, {}), capture_output=True, text=True)

    assert result.returncode == 1, result.stdout
    assert "Call init_sentry() instead of sentry_sdk.init()." in result.stdout
    assert sentence in result.stdout
