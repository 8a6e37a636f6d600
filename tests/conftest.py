"""Fixtures that all tests share: the template rendered, environments to run it in, a receiver, a running service."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, Protocol

import copier._template
import pytest
from filelock import FileLock
from jinja2 import Environment
from pytest_copier.plugin import CopierFixture
from support import budget, environments, figures, forks, matrix, service, template, updates
from support.history import versions_of
from support.receiver import Receiver, running_kent
from support.service import Service
from support.template import Answers

FOLDER = "example-service"
"""Where a service lies: the names that it gets by default may follow from its folder."""


class Render(Protocol):
    def __call__(self, **answers: Any) -> Path: ...


class Fresh(Protocol):
    def __call__(self, answers: Answers) -> Path: ...


class Started(Protocol):
    def __call__(self, version: str, answers: Answers | None = None) -> Path: ...


class Figure(Protocol):
    def __call__(self, table: str, **row: str | int) -> None: ...


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(budget.Budget(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave a second major of the SDK to the nightly run, but for tests that are marked `each_run`.

    Every run tests on both majors what differs between them: the conformance suite, what the policies let through, the
    tests that come along with a service, and its types.
    """
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if parameters.get("python") == "3" and not item.get_closest_marker("each_run"):
            item.add_marker(pytest.mark.nightly)


Probe = Callable[[Path], dict[str, str]]


class Serve(Protocol):
    def __call__(self, project: Path, *, python: Path, **options: Any) -> AbstractContextManager[Service]: ...


@pytest.fixture(autouse=True, scope="session")
def _same_surroundings_everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ignore the user's Copier settings, the system-wide git configuration, and interpreter downloads.

    pytest-copier sees to the git configuration of the user.
    """
    settings = tmp_path_factory.mktemp("copier") / "settings.yml"
    settings.write_text("{}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("COPIER_SETTINGS_PATH", str(settings))
        patch.setenv("UV_PYTHON_DOWNLOADS", "never")
        # Images of Python set it. The processes of these tests would compile all that they import.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def _forks_end() -> Iterator[None]:
    yield
    forks.end_all()


@pytest.fixture(autouse=True, scope="session")
def _copier_repeats_nothing() -> Iterator[None]:
    """Let Copier do once per process what it does for every copy, or for every file of one: most of its time.

    It compiles all names and files, reads copier.yml, and asks git whether modes of files count.
    """
    compiled: dict[Any, CodeType] = {}
    compile_ = Environment.compile
    read: dict[bytes, Any] = {}
    read_ = copier._template.load_template_config

    def compile_once(
        self: Environment, source: Any, name: Any = None, filename: Any = None, **options: Any
    ) -> CodeType:
        of_environment = (type(self), self.undefined, self.trim_blocks, self.lstrip_blocks, self.keep_trailing_newline)
        # Not the name of the file: it differs with each clone of the template, and only a traceback shows it.
        key = (of_environment, source, name, tuple(options.items()))
        if key not in compiled:
            compiled[key] = compile_(self, source, name, filename, **options)
        elif isinstance(source, str):
            self.preprocess(source)  # Copier's extension forgets the last `yield` here
        return compiled[key]

    def read_once(path: Path, quiet: bool = False) -> Any:
        key = path.read_bytes()
        if key not in read:
            read[key] = read_(path, quiet)
        return copy.deepcopy(read[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compile_once)
        patch.setattr("copier._template.load_template_config", read_once)
        if os.name != "nt":
            # Where modes count, as they do unless git is told otherwise, it only asks and does nothing.
            patch.setattr("copier._main.Worker._sync_git_index_executable_bit", lambda *_: None)
        yield


class Once(Protocol):
    def __call__(self, name: str, make: Callable[[Path], object]) -> Path: ...


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once("name", make)` is a path that `make` has made, by the first of all workers that asks for it.

    It is in the folder of this run, outside git, where a render takes half the time. pytest removes old ones.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(exist_ok=True)

    def once(name: str, make: Callable[[Path], object]) -> Path:
        path, made = shared / name, shared / f"{name}.made"
        if not made.exists():
            with FileLock(shared / f"{name}.lock"):
                if not made.exists():
                    make(path)
                    made.touch()
        return path

    return once


@pytest.fixture(scope="session")
def working_tree(once: Once) -> Path:
    """The template as it lies on disk, uncommitted edits included, in a folder outside git."""
    return once("template", template.copy_working_tree)


@pytest.fixture(scope="session")
def history(working_tree: Path, once: Once) -> Path:
    """The template as a repository: every release and the working tree, each with its tag. It is read-only."""
    return once("history", lambda path: versions_of(path, working_tree))


@pytest.fixture(scope="session")
def copier_template(history: Path) -> Path:
    """What pytest-copier copies from: the newest version there is the working tree.

    It would make a repository of `copier_template_paths`, which has to be overridden too where this is not.
    """
    return history


@pytest.fixture(scope="session")
def render(working_tree: Path, once: Once) -> Render:
    """Render the working tree with these answers, once per run. The result is read-only: see `copy_of`."""

    def render(**answers: Any) -> Path:
        made = once(named_by("render", answers), lambda path: template.run_copy(working_tree, path / FOLDER, answers))
        return made / FOLDER

    return render


@pytest.fixture
def fresh(copier: CopierFixture, once: Once) -> Fresh:
    """`fresh(answers)` is a new service from the newest version, made once per run and read-only."""

    def fresh(answers: Answers) -> Path:
        return once(named_by("fresh", answers), lambda path: copier.copy(path / FOLDER, **answers)) / FOLDER

    return fresh


@pytest.fixture
def started(history: Path, once: Once, tmp_path: Path) -> Started:
    """`started("0.1.0", answers)` is a committed service from that version, for the test alone."""
    numbers = itertools.count()

    def started(version: str, answers: Answers | None = None) -> Path:
        asked = answers or {}
        name = named_by(f"started-{version}", asked)
        made = once(name, lambda path: updates.start(history, version, path / FOLDER, asked))
        return shutil.copytree(made / FOLDER, tmp_path / f"started{next(numbers)}" / FOLDER)

    return started


def named_by(name: str, answers: Answers) -> str:
    return f"{name}-{hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]}"


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of a rendered project that the test may change."""
    numbers = itertools.count()

    def copy_of(project: Path) -> Path:
        return shutil.copytree(project, tmp_path / f"copy{next(numbers)}" / project.name)

    return copy_of


class SdkEnvironments:
    """`sdk_environments["3"]` is the Python of an environment with SDK 3 and what the project depends on."""

    def __init__(self, project: Path, name: str) -> None:
        self._project = project
        self._name = name

    def __getitem__(self, sdk: str) -> Path:
        return self.on(sdk)

    def on(self, sdk: str, python: Path | None = None) -> Path:
        """The same on another interpreter, one of `environments.pythons()`; on the oldest by default."""
        oldest = next(iter(environments.pythons().values()))
        return environments.environment(self._project, name=self._name, sdk=sdk, python=python or oldest)


@pytest.fixture(scope="session")
def sdk_environments(render: Render) -> SdkEnvironments:
    """Environments of the default service, by major of the SDK."""
    return SdkEnvironments(render(), "defaults")


@pytest.fixture(scope="session")
def full_environments(render: Render) -> SdkEnvironments:
    """Environments of a service with every library and component that one may choose."""
    return SdkEnvironments(render(**matrix.named()["everything"]), "everything")


@pytest.fixture(scope="session", params=sorted(environments.SDKS), ids="sdk{}".format)
def python(request: pytest.FixtureRequest, sdk_environments: SdkEnvironments) -> Path:
    """Runs a test on both majors of the SDK, on the newer one each night: the Python of each environment in turn."""
    sdk: str = request.param
    return sdk_environments[sdk]


@pytest.fixture(scope="session")
def _kent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Receiver]]:
    projects = itertools.count(1)
    with running_kent(tmp_path_factory.mktemp("kent") / "log") as port:
        yield lambda: Receiver(port, next(projects))


@pytest.fixture
def receiver(_kent: Callable[[], Receiver]) -> Receiver:
    """A real receiver, with a project of its own for each test."""
    receiver = _kent()
    receiver.flush()
    return receiver


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """`with serve(project, python=…, env={…}) as service:`; the options are those of `support.service.serve`."""
    logs = tmp_path / "logs"
    logs.mkdir()
    return partial(service.serve, logs=logs)


@pytest.fixture
def probe() -> Probe:
    """Variables for `serve(module="uvicorn", app="probe:app")`: a rendered service with routes that go wrong."""

    def variables(project: Path) -> dict[str, str]:
        return {"PYTHONPATH": os.pathsep.join([str(project / "src"), str(Path(__file__).parent / "support" / "probe")])}

    return variables


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """`figure("a table", policy="strict", left=0)` is a row of that table at the end of the output."""

    def figure(table: str, **row: str | int) -> None:
        record_property(figures.PROPERTY, {"table": table, "row": row})

    return figure


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = (report for reports in terminalreporter.stats.values() for report in reports)
    properties = [one for report in reports if getattr(report, "when", "") == "call" for one in report.user_properties]
    for title, lines in figures.tables(properties):
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
