"""Fixtures of the components: real servers behind them, and each of a service's processes as a process."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from support import environments
from support.receiver import Item, Receiver
from support.service import Service
from support.spans import Span, spans_in

from .servers import BotApi, Provider, Server, postgres_running, redis_running
from .work import Process, running_module

if TYPE_CHECKING:
    from conftest import Render, SdkEnvironments, Serve

EVERYTHING: dict[str, Any] = {
    "components": ["celery_worker", "dramatiq_worker", "aiogram_bot", "job"],
    "integrations": [
        *("sqlalchemy", "httpx2", "asyncpg", "redis", "loguru", "structlog"),
        *("openai", "anthropic", "langchain", "pydantic_ai"),
    ],
    "telemetry": ["tracing", "profiling", "logs"],
    # Profiling is not to be had on an older one.
    "python_version": "3.12",
}

LIBRARIES = [*EVERYTHING["integrations"][:6]]
"""Without the language models, which take seconds to import."""

RELEASED = "2"
"""The major of the SDK that is no pre-release."""

PROBE = Path(__file__).parent / "probe"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real brokers, databases, workers and language models' libraries: minutes, so not all of it with each commit.

    What is marked `each_run` runs with each commit too, on the major of the SDK that services get today.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents and not (item.get_closest_marker("each_run") and not_newer(item)):
            item.add_marker(pytest.mark.nightly)


def not_newer(item: pytest.Item) -> bool:
    return not hasattr(item, "callspec") or item.callspec.params.get("python", RELEASED) == RELEASED


class Start(Protocol):
    def __call__(
        self, project: Path, module: str, *args: str, env: dict[str, str] | None = None
    ) -> AbstractContextManager[Process]: ...


@pytest.fixture(scope="session")
def everything(render: Render) -> Path:
    """The service with all components and all integrations."""
    return render(**EVERYTHING)


@pytest.fixture(scope="session")
def light(render: Render) -> Path:
    """The same without language models, for the tests that are not about them."""
    return render(**{**EVERYTHING, "integrations": LIBRARIES})


@pytest.fixture(scope="session", params=sorted(environments.SDKS), ids="sdk{}".format)
def python(request: pytest.FixtureRequest, full_environments: SdkEnvironments) -> Path:
    """Both majors of the SDK, with every library that an answer can bring."""
    sdk: str = request.param
    return full_environments[sdk]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_running(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_running() as url:
        yield url


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A server that speaks the protocols of OpenAI and Anthropic."""
    with Provider.running() as server:
        yield server


@pytest.fixture
def bot_api() -> Iterator[BotApi]:
    """A server that speaks the protocol of Telegram's Bot API."""
    with BotApi.running() as server:
        yield server


@pytest.fixture
def stranger() -> Iterator[Server]:
    """Another service: it remembers the headers of each request."""
    with Server.running() as server:
        yield server


@pytest.fixture
def variables(receiver: Receiver) -> dict[str, str]:
    """What every process of these tests sees: a DSN, and a sampler that keeps everything."""
    return {
        "SENTRY_DSN": receiver.dsn,
        "SENTRY_TRACES_SAMPLE_RATE": "1",
        "SENTRY_PROFILES_SAMPLE_RATE": "0",
    }


@pytest.fixture
def web(
    serve: Serve, python: Path, variables: dict[str, str], tmp_path: Path
) -> Callable[..., AbstractContextManager[Service]]:
    """`with web(project, APP_REDIS_URL=...) as service:` runs the service with the routes of `probe/probe_web.py`."""

    @contextmanager
    def start(project: Path, app: str = "probe_web:app", **more: str) -> Iterator[Service]:
        path = os.pathsep.join([str(project / "src"), str(PROBE)])
        environ = {**variables, "PYTHONPATH": path, **more}
        with serve(project, python=python, module="uvicorn", app=app, env=environ, cwd=tmp_path) as service:
            assert service.status is None, service.output
            yield service

    return start


@pytest.fixture
def start(python: Path, variables: dict[str, str], tmp_path: Path) -> Start:
    """`with start(project, "example_service.worker") as process:` runs another process of the service."""
    numbers = itertools.count()

    def start(
        project: Path, module: str, *args: str, env: dict[str, str] | None = None
    ) -> AbstractContextManager[Process]:
        folder = tmp_path / f"process{next(numbers)}"
        folder.mkdir()
        path = os.pathsep.join([str(project / "src"), str(PROBE)])
        environ = {**variables, "PYTHONPATH": path, **(env or {})}
        return running_module(project, python, module, args, environ, folder)

    return start


def named(receiver: Receiver, name: str, *, seconds: float = 60.0) -> Span:
    """The first span of this name, as soon as it has arrived."""

    def holds(item: Item) -> bool:
        return any(span.name == name for span in spans_in(item))

    return next(span for span in spans_in(receiver.wait_for(holds, seconds=seconds)) if span.name == name)


def raised(event: dict[str, Any]) -> str | None:
    values = event.get("exception", {}).get("values", [])
    return values[-1]["type"] if values else None
