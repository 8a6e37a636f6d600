"""The tests of a service never report to Sentry, whatever is in env/ or in the environment."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from support.receiver import Receiver
from support.service import clean_environment

if TYPE_CHECKING:
    from conftest import Render


def test_a_real_dsn_reaches_no_test(
    render: Render, python: Path, receiver: Receiver, copy_of: Callable[[Path], Path]
) -> None:
    project = copy_of(render())
    # A test that fails in every way that would report: an unhandled exception in a route, and an error in the log.
    (project / "tests" / "test_noisy.py").write_text(
        "import logging\n"
        "import pytest\n"
        "from fastapi.testclient import TestClient\n"
        "from example_service.main import app\n\n\n"
        "def test_noisy() -> None:\n"
        "    logging.getLogger('noisy').error('an error')\n"
        "    with TestClient(app) as client, pytest.raises(ZeroDivisionError):\n"
        "        client.get('/sentry-debug')\n"
    )
    (project / "env" / "secrets.env").write_text(f"SENTRY_DSN={receiver.dsn}\n")
    (project / "env" / "release.env").write_text("SENTRY_ENVIRONMENT=production\nSENTRY_RELEASE=example-service@1\n")
    environ = clean_environment(project, {"SENTRY_DSN": receiver.dsn, "SENTRY_ENVIRONMENT": "production"})

    result = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_noisy.py", "tests/test_api.py"],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stdout
    assert receiver.items() == []
