"""`doctor` as a guide: what is left to do in a service that existed before, read from its code."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from demo_layer import apply
from support.template import ROOT

from .conftest import SAMPLES, Copied

SDK = "Require what the layer needs in {}, Sentry's SDK 2.75 or later."
IGNORE = (".gitignore:1", "Keep the env files out of the repository.")
START = "Start Sentry before FastAPI is imported: put these lines here."
SILENT = "Keep the tests from reporting: put these lines here."

STEPS = {
    "flat": [
        ("requirements.txt:3", SDK.format("requirements.txt")),
        IGNORE,
        ("", "app/main.py:11 holds a DSN, which everybody who has the repository can read."),
        ("app/main.py:10", "Take out sentry_sdk.init(), lines 10 to 16: the layer makes the one call."),
        ("app/main.py:3", START),
        ("tests/conftest.py:1", SILENT),
    ],
    "factory": [
        ("", SDK.format("pyproject.toml")),
        IGNORE,
        ("src/shop/observability.py:21", "Take out sentry_sdk.init(), lines 21 to 33: the layer makes the one call."),
        ("src/shop/main.py:3", START),
        ("tests/conftest.py:1", SILENT),
        ("", "Let Sentry see sqlalchemy."),
    ],
    "backend": [
        ("", SDK.format("backend/pyproject.toml")),
        IGNORE,
        (
            "backend/app/config/sentry_config.py:7",
            "Take out sentry_sdk.init(), lines 7 to 13: the layer makes the one call.",
        ),
        ("backend/app/main.py:1", START),
        ("backend/tests/conftest.py:3", SILENT),
        ("", "Move SENTRY_DSN from .env to env/secrets.env, which env/secrets.env.example begins."),
    ],
    "single": [
        ("requirements.txt:3", SDK.format("requirements.txt")),
        IGNORE,
        ("main.py:11", "Take out sentry_sdk.init(), line 11: the layer makes the one call."),
        ("main.py:23", "Take out SentryAsgiMiddleware: the layer adds its own."),
        ("main.py:1", START),
        ("conftest.py:1", SILENT),
    ],
    "documented": [
        ("", SDK.format("pyproject.toml")),
        IGNORE,
        ("service/main.py:1", START),
        ("tests/conftest.py:1", SILENT),
    ],
    "jobs": [
        ("requirements.txt:3", SDK.format("requirements.txt")),
        IGNORE,
        ("jobs/celery_app.py:7", "Take out sentry_sdk.init(), line 7: the layer makes the one call."),
        ("jobs/main.py:8", "Take out sentry_sdk.init(), lines 8 to 9: the layer makes the one call."),
        ("jobs/main.py:1", START),
        (
            "jobs/celery_app.py:1",
            "Start Sentry in the Celery worker and in each of its children: put these lines here.",
        ),
        ("tests/conftest.py:1", SILENT),
    ],
}


def steps_of(adopt: Any, root: Path, name: str) -> list[Any]:
    sample = SAMPLES[name]
    found: list[Any] = adopt.steps(root, sample.package_path, sample.app_import)
    return found


def service_of(root: Path, main: str, **files: str) -> Path:
    """A service of one package `app`, with this main.py."""
    for name, text in {"app/__init__.py": "", "app/main.py": main, **files}.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", SAMPLES)
def test_the_steps_of_a_service(adopt: Any, copied: Copied, name: str) -> None:
    found = steps_of(adopt, copied(name), name)

    assert [(f"{step.file}:{step.line}" if step.file else "", step.text) for step in found] == STEPS[name]
    assert not any(step.done for step in found)


@pytest.mark.parametrize("name", SAMPLES)
def test_reading_changes_nothing_and_imports_nothing(adopt: Any, copied: Copied, name: str) -> None:
    root = copied(name)

    steps_of(adopt, root, name)

    status = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
    assert status.stdout == ""


@pytest.mark.parametrize("name", SAMPLES)
def test_steps_that_are_applied_are_done(adopt: Any, copied: Copied, name: str) -> None:
    root = copied(name)
    applied = 0
    while left := [step for step in steps_of(adopt, root, name) if step.file and not step.done]:
        apply(root, left[0])
        applied += 1
        assert applied < 10, left[0]

    remaining = [step for step in steps_of(adopt, root, name) if not (step.done or step.optional)]
    assert all(not step.file for step in remaining)
    assert not any("sentry_sdk.init" in step.text or START in step.text for step in remaining)
    for path in root.rglob("*.py"):
        compile(path.read_bytes(), path.name, "exec")


def test_options_are_translated(adopt: Any, copied: Copied) -> None:
    [step] = [step for step in steps_of(adopt, copied("factory"), "factory") if "sentry_sdk.init" in step.text]

    assert list(step.notes) == [
        "dsn: SENTRY_DSN, which was SHOP_SENTRY_DSN: rename it where it is set",
        "environment: SENTRY_ENVIRONMENT, which was APP_ENV: rename it where it is set",
        "release: SENTRY_RELEASE, which was GIT_SHA: rename it where it is set",
        "enable_tracing: SENTRY_ENABLE_TRACING=true",
        "before_send: move what it does into before_send() of sentry_custom.py",
        "ignore_errors: IGNORED_ERRORS of sentry_custom.py",
        "FastApiIntegration: the layer has it",
        "transaction_style: the answer transaction_style='url'",
        "failed_request_status_codes: REPORTED_STATUS of sentry_custom.py, for 4xx; each 5xx is reported",
        "SqlalchemyIntegration: the answer integrations",
        "max_breadcrumbs: the layer sets what it needs",
    ]


@pytest.mark.parametrize(
    ("integration", "becomes"),
    [
        ("AsyncPGIntegration", "the answer integrations"),
        ("OpenAIIntegration", "the answer integrations"),
        ("PydanticAIIntegration", "the answer integrations"),
        ("PyMongoIntegration", "INTEGRATIONS of sentry_custom.py"),
        ("LoggingIntegration", "the layer has it"),
    ],
)
def test_what_an_integration_becomes(adopt: Any, tmp_path: Path, integration: str, becomes: str) -> None:
    main = f"import sentry_sdk\nsentry_sdk.init(integrations=[{integration}()])\napp = FastAPI()\n"

    steps = adopt.steps(service_of(tmp_path, main), "app", "app.main:app")

    [step] = [step for step in steps if "sentry_sdk.init" in step.text]
    assert list(step.notes) == [f"{integration}: {becomes}"]


def test_what_sentry_custom_holds_is_carried_over_line_by_line(adopt: Any, copied: Copied) -> None:
    root = copied("factory")
    custom = root / "src" / "shop" / "sentry_custom.py"
    custom.write_text(
        "IGNORED_ERRORS: tuple[type[BaseException] | str, ...] = ()\nREPORTED_STATUS: frozenset[int] = frozenset()\n"
    )

    for _ in range(2):
        apply(root, next(step for step in steps_of(adopt, root, "factory") if "Carry" in step.text and not step.done))

    assert custom.read_text() == (
        "IGNORED_ERRORS: tuple[type[BaseException] | str, ...] = (KeyError, TimeoutError)\n"
        "REPORTED_STATUS: frozenset[int] = frozenset((409,))\n"
    )
    carried = [step.done for step in steps_of(adopt, root, "factory") if "Carry" in step.text]
    assert carried == [True, True]


@pytest.mark.parametrize(
    ("service", "integration", "optional"),
    [("import celery\n", "CeleryIntegration", False), ("import httpx\n", "HttpxIntegration", True)],
)
def test_libraries_are_added_to_sentry_custom(
    adopt: Any, tmp_path: Path, service: str, integration: str, optional: bool
) -> None:
    [custom] = (ROOT / "template").glob("*/sentry_custom.py")
    root = service_of(tmp_path, f"{service}app = FastAPI()\n", **{"app/sentry_custom.py": custom.read_text()})

    while left := [step for step in adopt.steps(root, "app", "app.main:app") if "reports it" in step.text]:
        assert all(step.optional is optional for step in left)
        if all(step.done for step in left):
            break
        apply(root, next(step for step in left if not step.done))

    text = (root / "app" / "sentry_custom.py").read_text()
    assert f"INTEGRATIONS: Final[tuple[Integration, ...]] = ({integration}(),)\n" in text
    assert text.index(f" import {integration}\n") < text.index("if TYPE_CHECKING")
    assert len(left) == 2


@pytest.mark.parametrize(
    ("requirement", "enough"),
    [
        ("sentry-sdk", False),
        ("sentry-sdk<2", False),
        ("sentry-sdk[fastapi]==1.45.0", False),
        ("sentry-sdk>=2.10,<3", False),
        ("Sentry_SDK[celery,fastapi] >= 2.75, < 4", True),
        ("sentry-sdk~=2.75", True),
        ("sentry-sdk==2.80.1 ; python_version > '3'", True),
        ("sentry-sdk>=3.0.0b2", True),
    ],
)
def test_which_pins_are_too_old(adopt: Any, tmp_path: Path, requirement: str, enough: bool) -> None:
    root = service_of(tmp_path, "app = FastAPI()\n")
    root.joinpath("requirements.txt").write_text(f"fastapi\npython-dotenv\n{requirement}\n")

    assert adopt.steps(root, "app", "app.main:app")[0].done is enough


@pytest.mark.parametrize(
    ("main", "line", "first"),
    [
        pytest.param(
            '"""Orders."""\n\nfrom __future__ import annotations\n\nimport fastapi\n', 5, None, id="docstring"
        ),
        pytest.param("import os\nimport fastapi\n", 1, None, id="plain"),
        pytest.param(
            "from dotenv import load_dotenv\nload_dotenv()\nimport fastapi\n", 3, None, id="load_dotenv before"
        ),
        pytest.param(
            "import fastapi\nfrom dotenv import load_dotenv\nload_dotenv()\n",
            1,
            "from dotenv import load_dotenv",
            id="load_dotenv after",
        ),
    ],
)
def test_where_the_two_lines_go(adopt: Any, tmp_path: Path, main: str, line: int, first: str | None) -> None:
    root = service_of(tmp_path, f"{main}app = fastapi.FastAPI()\n")

    [step] = [step for step in adopt.steps(root, "app", "app.main:app") if step.text == START]

    assert (step.line, step.lines[0]) == (line, first or "from app.sentry import init_sentry")


@pytest.mark.parametrize(
    ("main", "done"),
    [
        pytest.param("from app.sentry import init_sentry\ninit_sentry()\nimport fastapi\n", True, id="first"),
        pytest.param("from .sentry import init_sentry\ninit_sentry()\nfrom . import api\n", True, id="relative"),
        pytest.param("import fastapi\nfrom app.sentry import init_sentry\ninit_sentry()\n", False, id="too late"),
        pytest.param(
            "from . import api\nfrom .sentry import init_sentry\ninit_sentry()\n", False, id="late by a module"
        ),
        pytest.param(
            "from .config import init_sentry\ninit_sentry()\nimport fastapi\n", False, id="another init_sentry"
        ),
        pytest.param("from app.sentry import init_sentry\nimport fastapi\n", False, id="never called"),
    ],
)
def test_when_sentry_starts_first(adopt: Any, tmp_path: Path, main: str, done: bool) -> None:
    files = {"app/api.py": "import fastapi\n", "app/config.py": "def init_sentry(): ...\n"}
    root = service_of(tmp_path, f"{main}app = create()\n", **files)

    [step] = [step for step in adopt.steps(root, "app", "app.main:app") if step.text == START]

    assert step.done is done


@pytest.mark.parametrize(
    ("main", "app_import", "sentence"),
    [
        pytest.param(
            "app = FastAPI()\n", "app.server:app", "no module app.server; found app in app/main.py", id="module"
        ),
        pytest.param(
            "api = FastAPI()\n", "app.main:app", "app/main.py has no app; found api in app/main.py", id="name"
        ),
        pytest.param("x = 1\n", "app.main:app", "has no app and no FastAPI or Starlette app elsewhere", id="none"),
        pytest.param(
            "a = FastAPI()\nb = FastAPI()\n", "app.main:app", "found a in app/main.py, b in app/main.py", id="two"
        ),
        pytest.param("app = FastAPI(\n", "app.main:app", "app/main.py:1 is no Python", id="syntax error"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    adopt: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], main: str, app_import: str, sentence: str
) -> None:
    root = service_of(tmp_path, main)

    assert adopt.guide(root, "app", app_import) is False

    output = capsys.readouterr().out
    assert sentence in output
    assert len(output.splitlines()) == 1, output


def test_nothing_is_left_in_a_service_that_has_been_adopted(adopt: Any, tmp_path: Path, capsys: Any) -> None:
    main = "from app.sentry import init_sentry\n\ninit_sentry()\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
    root = service_of(tmp_path, main)
    root.joinpath("requirements.txt").write_text("fastapi\npython-dotenv\nsentry-sdk>=2.75,<4\n")

    assert adopt.guide(root, "app", "app.main:app") is True
    assert "[ ]" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("project", "lines"),
    [
        pytest.param(
            '[project]\ndependencies = ["fastapi"]\n',
            [
                'uv add "sentry-sdk>=2.75,<4" "python-dotenv>=1"',
                'uv add --dev "httpx2>=2.16,<3" "jsonschema>=4.25,<5"',
            ],
            id="uv",
        ),
        pytest.param(
            '[tool.pdm]\n[project]\ndependencies = ["fastapi"]\n',
            [
                'pdm add "sentry-sdk>=2.75,<4" "python-dotenv>=1"',
                'pdm add -dG dev "httpx2>=2.16,<3" "jsonschema>=4.25,<5"',
            ],
            id="pdm",
        ),
        pytest.param(
            '[tool.poetry.dependencies]\nfastapi = "*"\n',
            [
                'poetry add "sentry-sdk>=2.75,<4" "python-dotenv>=1"',
                'poetry add --group dev "httpx2>=2.16,<3" "jsonschema>=4.25,<5"',
            ],
            id="poetry",
        ),
    ],
)
def test_alerts_want_their_libraries_for_development_alone(
    adopt: Any, tmp_path: Path, project: str, lines: list[str]
) -> None:
    root = service_of(tmp_path, "app = FastAPI()\n", **{"pyproject.toml": project})
    without = adopt.steps(root, "app", "app.main:app")[0].lines
    (root / "tools" / "sentry_alerts").mkdir(parents=True)

    assert list(adopt.steps(root, "app", "app.main:app")[0].lines) == lines
    assert list(without) == lines[:1]


def test_alerts_beside_a_requirements_file_are_a_note(adopt: Any, tmp_path: Path) -> None:
    root = service_of(tmp_path, "app = FastAPI()\n", **{"requirements.txt": "fastapi\n"})
    (root / "tools" / "sentry_alerts").mkdir(parents=True)

    step = adopt.steps(root, "app", "app.main:app")[0]

    assert 'pip install "httpx2>=2.16,<3" "jsonschema>=4.25,<5"' in step.notes[-1]
    assert step.lines == ("sentry-sdk>=2.75,<4", "python-dotenv>=1")


@pytest.mark.parametrize(
    ("files", "where", "done"),
    [
        pytest.param({"tests/test_x.py": ""}, "tests/conftest.py:1", False, id="no conftest.py"),
        pytest.param({"tests/conftest.py": '"""Ours."""\nimport app\n'}, "tests/conftest.py:2", False, id="theirs"),
        pytest.param({"conftest.py": "", "tests/test_x.py": ""}, "conftest.py:1", False, id="in the root"),
        pytest.param({"tests/conftest.py": 'os.environ["SENTRY_DSN"] = ""'}, "tests/conftest.py:1", True, id="done"),
        pytest.param({}, None, False, id="no tests"),
    ],
)
def test_the_tests_are_kept_from_reporting(
    adopt: Any, tmp_path: Path, files: dict[str, str], where: str | None, done: bool
) -> None:
    root = service_of(tmp_path, "app = FastAPI()\n", **files)

    found = [step for step in adopt.steps(root, "app", "app.main:app") if step.text == SILENT]

    assert [f"{step.file}:{step.line}" for step in found] == ([where] if where else [])
    assert all(step.done is done for step in found)


def test_examples_that_git_ignores_are_named(adopt: Any, copied: Copied) -> None:
    """GitHub's .gitignore for Python lists env/."""
    root = copied("flat")
    (root / ".gitignore").write_text("env/\n")

    found = {step.text: step for step in adopt.steps(root, "app", "app.main:app")}

    assert found[IGNORE[1]].done
    step = found["Git ignores the examples of the env files too: add them."]
    assert (step.optional, step.lines) == (
        True,
        ("git add --force env/secrets.env.example env/release.env.example",),
    )
