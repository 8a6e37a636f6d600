"""A wrong setting (APP_...) ends a service for good, with one line and no value, however it was started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.receiver import answers_on

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments, Serve

NO_CHOICE = ("APP_LOG_LEVEL", "planted", "APP_LOG_LEVEL: Input should be 'DEBUG'")
WRONG_FIELD = ("APP_API_TOKENS", '{"planted": {"id": "planted", "plan": "gold"}}', "APP_API_TOKENS: Input should be")
NO_JSON = ("APP_API_TOKENS", "{planted", '"api_tokens"')
NO_DRIVER = (
    "APP_DATABASE_URL",
    "postgres://ada:planted@db/shop",
    "APP_DATABASE_URL: use a URL with an installed async",
)


@pytest.mark.parametrize(
    ("module", "workers", "status", "wrong"),
    [
        pytest.param(None, "1", 78, NO_CHOICE, id="python -m service"),
        pytest.param(None, "2", 78, NO_CHOICE, id="python -m service --workers 2"),
        pytest.param("uvicorn", "1", 78, NO_CHOICE, id="uvicorn service.main:app"),
        # The supervisor of uvicorn ends with 0, whatever its workers end with.
        pytest.param("uvicorn", "2", 0, NO_CHOICE, id="uvicorn service.main:app --workers 2"),
        pytest.param(None, "1", 78, WRONG_FIELD, id="a field of a JSON object"),
        pytest.param(None, "1", 78, NO_JSON, id="text that is not JSON"),
        pytest.param(None, "1", 78, NO_DRIVER, id="a database without a driver"),
    ],
)
def test_a_wrong_setting_ends_the_service(
    module: str | None,
    workers: str,
    status: int,
    wrong: tuple[str, str, str],
    render: Render,
    serve: Serve,
    sdk_environments: SdkEnvironments,
) -> None:
    variable, value, said = wrong
    options = {"module": module, "args": ("--workers", workers), "env": {variable: value}}
    with serve(render(), python=sdk_environments["2"], **options) as service:
        assert service.wait() == status

    assert not answers_on(service.port)
    # Two workers may both say so before the supervisor stops them.
    [line] = {line for line in service.stderr.splitlines() if "Invalid settings" in line}
    assert said in line
    assert "Traceback" not in service.output
    assert "planted" not in service.output


@pytest.mark.parametrize("file", ["secrets.env", "release.env"])
def test_a_setting_in_an_env_file_counts_where_the_project_lies(
    file: str, render: Render, copy_of: Callable[[Path], Path], serve: Serve, sdk_environments: SdkEnvironments
) -> None:
    project = copy_of(render())
    (project / "env" / file).write_text("APP_LOG_LEVEL=planted\n", encoding="utf-8")

    with serve(project, python=sdk_environments["2"]) as of_the_file:
        assert of_the_file.wait() == 78
    with serve(project, python=sdk_environments["2"], env={"APP_LOG_LEVEL": "INFO"}) as of_the_process:
        assert answers_on(of_the_process.port)

    assert "APP_LOG_LEVEL: Input should be 'DEBUG'" in of_the_file.stderr


RULE_OF_ALL_SETTINGS = """
    @model_validator(mode="after")
    def _rule(self) -> Settings:
        raise ValueError("Set a region or a bucket")


def load_settings"""


def test_a_rule_about_several_settings_ends_the_service_with_its_sentence(
    render: Render, copy_of: Callable[[Path], Path], serve: Serve, sdk_environments: SdkEnvironments
) -> None:
    project = copy_of(render())
    path = project / "src/example_service/settings.py"
    text = path.read_text(encoding="utf-8").replace("\n\ndef load_settings", RULE_OF_ALL_SETTINGS, 1)
    path.write_text(text.replace("ValidationError\n", "ValidationError, model_validator\n", 1), encoding="utf-8")

    with serve(project, python=sdk_environments["2"]) as service:
        assert service.wait() == 78

    assert service.stderr.strip().endswith("Invalid settings: Set a region or a bucket.")


def test_a_url_that_no_library_understands_is_named_once(render: Render, sdk_environments: SdkEnvironments) -> None:
    project = render(integrations=["sqlalchemy", "asyncpg", "redis"])
    wrong = dict.fromkeys(("APP_POSTGRES_URL", "APP_REDIS_URL"), "planted:6379")

    result = subprocess.run(
        [sdk_environments["2"], "-c", "from example_service.settings import load_settings; load_settings()"],
        cwd=project / "src",
        env=os.environ | wrong,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 78
    assert result.stderr == (
        "example-service: Invalid settings: APP_POSTGRES_URL: String should match pattern '^postgres(ql)?://'; "
        "APP_REDIS_URL: String should match pattern '^(rediss?|unix)://'.\n"
    )
