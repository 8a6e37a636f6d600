"""Services as others wrote them, after `fastapi-sentry adopt --apply`: nothing that reported before is silent."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import copier
import pytest
from components.servers import redis_running
from conftest import Serve
from support import environments, forks
from support.history import WORKING_TREE, commit_all, git
from support.receiver import Receiver
from support.service import clean_environment
from support.updates import assert_nothing_to_resolve, update

from fastapi_sentry.adopt.find import ANSWERS_FILE

from .conftest import FOLDER, SAMPLES, Adopt, PythonOf, Sample, as_it_was

Adopted = Callable[[str], Path]

EACH_RUN = ("flat", "settings")
"""Samples that stand for the others where each of them starts many processes: the plainest and the fullest."""

MAJORS = ["2", pytest.param("3", marks=pytest.mark.nightly)]
"""Of the SDK. What differs between them is the layer's, and the tests of the layer run on both each time."""


@pytest.fixture(scope="module")
def adopted(adopt: Adopt, tmp_path_factory: pytest.TempPathFactory) -> Adopted:
    """`adopted("flat")` is the folder of that sample after adoption; made once, read-only."""
    made: dict[str, Path] = {}

    def adopted(name: str) -> Path:
        if name not in made:
            root = as_it_was(name, tmp_path_factory.mktemp("layer") / f"a [{name}] service")
            status, output = adopt(root, "--apply")
            assert status == 0, output
            made[name] = root / SAMPLES[name].folder
        return made[name]

    return adopted


def environment_of(root: Path, sample: Sample, **variables: str) -> dict[str, str]:
    return clean_environment(root, {"PYTHONPATH": str(root / sample.python_path), **sample.variables, **variables})


def run(root: Path, sample: Sample, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = environment_of(root, sample, **variables)
    return subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_service_is_found(adopted: Adopted, name: str) -> None:
    answers = (adopted(name) / ANSWERS_FILE).read_text(encoding="utf-8")

    sample = SAMPLES[name]
    assert f"package_path: {sample.package_path}\n" in answers
    assert f"package_name: {sample.package}\n" in answers
    assert f"app_import: {sample.app_import}\n" in answers


@pytest.mark.parametrize("name", SAMPLES)
def test_the_copy_alone_touches_nothing(adopt: Adopt, tmp_path: Path, name: str) -> None:
    root = as_it_was(name, tmp_path / name)

    status, output = adopt(root)

    assert status == 0, output
    assert git(root, "status", "--porcelain", "--untracked-files=no") == ""
    assert "Nothing of this diff has been applied" in output


@pytest.mark.parametrize("name", SAMPLES)
def test_the_diff_that_is_shown_is_the_one_that_is_made(adopt: Adopt, tmp_path: Path, name: str) -> None:
    root = as_it_was(name, tmp_path / name)
    _, shown = adopt(root)
    folder = root / SAMPLES[name].folder
    diff = tmp_path / "shown.diff"
    diff.write_text(shown[shown.index("\n--- ") + 1 : shown.index("\nWhat is left to do:")], encoding="utf-8")
    by_git = shutil.copytree(root, tmp_path / "by git") / SAMPLES[name].folder

    git(by_git, "apply", str(diff))
    adopt(root, "--apply")

    assert git(folder, "diff") == git(by_git, "diff") != ""
    for path in git(folder, "ls-files", "--others", "--exclude-standard").split("\n"):
        if path.endswith(".py"):
            assert (folder / path).read_bytes() == (by_git / path).read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_each_file_compiles_and_only_the_named_ones_differ(adopted: Adopted, name: str) -> None:
    root = adopted(name)

    for path in root.rglob("*.py"):
        compile(path.read_bytes(), str(path), "exec")
    own = [
        path
        for path in root.rglob("*.py")
        if not path.is_relative_to(root / SAMPLES[name].package_path / "sentry")
        and "tests/sentry" not in path.as_posix()
    ]
    # Not what docstrings and comments mention.
    code = "\n".join(
        ast.unparse(node)
        for path in own
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.alias | ast.Attribute | ast.Call | ast.Name)
    )
    assert not re.search(r"\b(?:sentry_sdk|sentry)\.init\(|SentryAsgiMiddleware\b", code)


def test_adopting_twice_changes_nothing_more(adopt: Adopt, tmp_path: Path) -> None:
    root = as_it_was("settings", tmp_path / "service")
    adopt(root, "--apply")
    commit_all(root, "Adopt the Sentry layer")

    status, output = adopt(root, "--apply")

    assert status == 0
    assert "The code is ready." in output
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "name",
    [name if name == "settings" else pytest.param(name, marks=pytest.mark.nightly) for name in SAMPLES],
)
def test_its_own_tests_and_those_that_come_along_pass_and_never_report(
    adopted: Adopted, python_of: PythonOf, receiver: Receiver, name: str
) -> None:
    root, sample = adopted(name), SAMPLES[name]
    # The second SDK, where the first one has its turn in the test below.
    python = python_of(name, "3")
    own = sorted((FOLDER / name).rglob("test_*.py"))
    command: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [path.relative_to(FOLDER / name / sample.folder) for path in own]
    command += [] if name == "documented" else ["tests/sentry"]

    result = run(root, sample, *command, SENTRY_DSN=receiver.dsn, SENTRY_ENVIRONMENT="staging")

    assert result.returncode == 0, result.stdout + result.stderr
    assert receiver.items() == []


def test_the_tests_that_come_along_pass_with_starlette_alone(adopted: Adopted, tmp_path: Path) -> None:
    root, sample = adopted("starlette"), SAMPLES["starlette"]
    python = tmp_path / "environment" / "bin" / "python"
    environments.uv("venv", "--quiet", str(python.parents[1]))
    requirements = ("--requirements", "requirements.txt", "pytest")
    environments.uv("pip", "install", "--quiet", "--python", str(python), *requirements, cwd=root)

    result = run(root, sample, python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sentry")

    assert run(root, sample, python, "-c", "import fastapi").returncode == 1
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "sdk"),
    [
        pytest.param(name, sdk, marks=[pytest.mark.nightly] if sdk == "3" and name not in EACH_RUN else [])
        for name in SAMPLES
        for sdk in sorted(environments.SDKS)
    ],
)
def test_an_error_arrives_masked_with_route_and_source_line(
    adopted: Adopted, python_of: PythonOf, receiver: Receiver, serve: Serve, name: str, sdk: str
) -> None:
    """With the variables that the service has always had."""
    root, sample = adopted(name), SAMPLES[name]
    environ = environment_of(root, sample, **{sample.dsn: receiver.dsn})
    options = {"module": "uvicorn", "app": sample.app_import, "env": environ, "fresh": name == "jobs"}
    with serve(root, python=python_of(name, sdk), **options) as service:
        answer = service.get("/orders/500?email=ada@example.com")
        event = receiver.wait_for_event("ValueError")
        service.stop()

    exception = event["exception"]["values"][-1]
    assert answer.status_code == 500
    assert exception["value"] == "no confirmation for [email]"
    assert "raise ValueError" in exception["stacktrace"]["frames"][-1]["context_line"]
    assert "/orders/{order_id" in str(event)
    assert "ada@example.com" not in str([item.body for item in receiver.items()])
    assert len(receiver.events()) == 1


@pytest.mark.parametrize("sdk", MAJORS)
def test_another_process_still_reports(adopted: Adopted, python_of: PythonOf, receiver: Receiver, sdk: str) -> None:
    root, sample = adopted("settings"), SAMPLES["settings"]

    result = run(
        root,
        sample,
        *(python_of("settings", sdk), "-m", "orders.scheduler", "ada@example.com"),
        **{sample.dsn: receiver.dsn},
    )

    assert result.returncode == 1, result.stderr
    event = receiver.wait_for_event("ValueError")
    assert event["exception"]["values"][-1]["value"] == "no invoice for [email]"
    assert "raise ValueError" in event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["context_line"]


@pytest.mark.parametrize("sdk", MAJORS)
def test_a_celery_worker_still_reports(
    adopted: Adopted, python_of: PythonOf, receiver: Receiver, tmp_path: Path, sdk: str
) -> None:
    """From a child that was forked after the worker had started."""
    root, sample, python = adopted("jobs"), SAMPLES["jobs"], python_of("jobs", sdk)
    with redis_running(tmp_path) as url:
        environ = environment_of(root, sample, SENTRY_DSN=receiver.dsn, BROKER_URL=url)
        options = ("-A", "jobs.celery_app", "worker", "--concurrency", "1", "--loglevel", "info")
        send = "from jobs.celery_app import invoice; invoice.delay(500, 'ada@example.com')"
        with (tmp_path / "log").open("wb") as log:
            worker = subprocess.Popen([python, "-m", "celery", *options], cwd=root, env=environ, stdout=log, stderr=log)
            try:
                subprocess.run([python, "-c", send], cwd=root, env=environ, check=True)
                event = receiver.wait_for_event("ValueError")
            finally:
                worker.terminate()
                worker.wait(30)

    exception = event["exception"]["values"][-1]
    assert exception["value"] == "no invoice for [email]"
    assert "raise ValueError" in exception["stacktrace"]["frames"][-1]["context_line"]
    assert event["transaction"] == "jobs.celery_app.invoice"
    assert len(receiver.events()) == 1


@pytest.mark.parametrize("name", ["factory", "mailer", "starlette"])
def test_doctor_and_preview_use_the_application(
    adopted: Adopted, python_of: PythonOf, receiver: Receiver, name: str
) -> None:
    root, sample, python = adopted(name), SAMPLES[name], python_of(name, "2")
    module = f"{sample.package}.sentry"

    environ = environment_of(root, sample, SENTRY_DSN=receiver.dsn, SENTRY_RELEASE="a@1")

    doctor = forks.run(python, "-m", module, "doctor", "--send", env=environ, cwd=root)
    preview = forks.run(python, "-m", module, "preview", env=environment_of(root, sample), cwd=root)

    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert f"{sample.app_import} reports through the layer" in doctor.stdout
    [event] = receiver.events()
    assert event["event_id"] in doctor.stdout
    assert preview.returncode == 0, preview.stderr
    assert "raise ValueError" in preview.stdout.partition("Removed by the policy")[0]


@pytest.mark.nightly  # service/test_second_init.py holds the same of a service in every run.
@pytest.mark.budget(60)
def test_doctor_and_preview_find_a_second_client(
    adopted: Adopted, python_of: PythonOf, receiver: Receiver, tmp_path: Path
) -> None:
    root, sample, python = shutil.copytree(adopted("flat"), tmp_path / "flat"), SAMPLES["flat"], python_of("flat", "2")
    main = root / "app" / "main.py"
    main.write_text(f"{main.read_text()}\nimport sentry_sdk\n\nsentry_sdk.init({receiver.dsn!r})\n", encoding="utf-8")

    doctor = run(root, sample, python, "-m", "app.sentry", "doctor", SENTRY_DSN=receiver.dsn, SENTRY_RELEASE="a@1")
    preview = run(root, sample, python, "-m", "app.sentry", "preview", SENTRY_DSN=receiver.dsn)
    tests = run(root, sample, python, "-m", "pytest", "-q", "tests/sentry", "-k", "layer_alone")

    for result in (doctor, preview, tests):
        assert result.returncode == 1, result.stdout + result.stderr
        assert "init_sentry()" in result.stdout + result.stderr
    assert receiver.events() == []


# Later releases


@pytest.fixture
def committed(history: Path, adopt: Adopt, tmp_path: Path) -> Adopted:
    """`committed("flat")` is that sample with the layer of the release before the later one."""
    template = shutil.copytree(history, tmp_path / "template")
    git(template, "checkout", "--quiet", f"v{WORKING_TREE}")
    file = next((template / "template").glob("*/sentry/__init__.py"))
    file.write_text(file.read_text() + "\n# Later.\n")
    commit_all(template, "Later")
    git(template, "tag", "v9999.0.1")

    def committed(name: str) -> Path:
        root = as_it_was(name, tmp_path / name)
        adopt(root, "--apply", "--template", str(template), "--ref", f"v{WORKING_TREE}")
        commit_all(root, "Adopt the Sentry layer")
        return root / SAMPLES[name].folder

    return committed


@pytest.mark.parametrize("name", ["backend", "settings", "mailer"])
def test_an_update_brings_a_later_release_and_nothing_else(committed: Adopted, name: str) -> None:
    root, package = committed(name), SAMPLES[name].package_path

    update(root, answers_file=ANSWERS_FILE)

    assert_nothing_to_resolve(root)
    assert changed(root) == sorted([ANSWERS_FILE, "docs/alerts.md", f"{package}/sentry/__init__.py"])
    assert "# Later." in (root / package / "sentry" / "__init__.py").read_text()
    added = [line for line in git(root, "diff", "docs/alerts.md").splitlines() if re.match(r"\+(?!\+\+)", line)]
    assert added
    assert all("@v9999.0.1" in line for line in added), added


def test_a_recopy_touches_nothing_of_the_service(committed: Adopted) -> None:
    root, package = committed("documented"), SAMPLES["documented"].package_path

    copier.run_recopy(
        root, answers_file=ANSWERS_FILE, defaults=True, overwrite=True, quiet=True, settings=copier.Settings()
    )

    assert changed(root) == sorted([ANSWERS_FILE, "docs/alerts.md", f"{package}/sentry/__init__.py"])
    assert git(root, "ls-files", "--others", "--exclude-standard") == ""


def changed(root: Path) -> list[str]:
    """What differs from the last commit, of the files that git knows."""
    return sorted(git(root, "diff", "--relative", "--name-only").split())
