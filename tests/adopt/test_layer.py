"""The layer in services that existed before: nothing of theirs is touched, and their errors arrive masked."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Protocol

import copier
import pytest
from components.servers import redis_running
from conftest import Serve
from demo_layer import apply
from support import environments
from support.history import WORKING_TREE, commit_all, git
from support.receiver import Receiver
from support.service import clean_environment
from support.template import files_of, run_copy
from support.updates import assert_nothing_to_resolve, update

from .conftest import FOLDER, SAMPLES, Copied, Sample, as_it_was
from .test_adopt import STEPS

ANSWERS_FILE = ".copier-answers.sentry.yml"


def answers_of(sample: Sample) -> dict[str, Any]:
    return {"scope": "layer", "package_path": sample.package_path, "app_import": sample.app_import}


def environment_of(root: Path, sample: Sample, **variables: str) -> dict[str, str]:
    return clean_environment(root, {"PYTHONPATH": str(root / sample.python_path), **variables})


def doctor(root: Path, sample: Sample, python: Path, *options: str, **variables: str) -> Any:
    command: list[str | Path] = [python, "-m", f"{sample.layer}.sentry", "doctor", *options]
    environ = environment_of(root, sample, **variables)
    return subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, timeout=60)


def apply_all(adopt: Any, root: Path, sample: Sample) -> None:
    """Do every step as its text says, until none is left."""
    for _ in range(12):
        steps = adopt.steps(root, sample.package_path, sample.app_import)
        left = [step for step in steps if not (step.done or step.optional)]
        if not left:
            return
        step = left[0]
        if step.file:
            apply(root, step)
        elif step.lines:
            run_commands(root, step.lines)
        elif step.text.startswith("Move "):
            file = root / ".env"
            kept = [line for line in file.read_text().splitlines() if not line.startswith("SENTRY_")]
            file.write_text("\n".join(kept) + "\n")
        else:
            # A leaked key: the call that holds it goes next.
            apply(root, next(other for other in left if "sentry_sdk.init" in other.text))
    raise AssertionError([step.text for step in left])


def run_commands(root: Path, lines: tuple[str, ...]) -> None:
    """Commands for a shell. uv writes pyproject.toml alone here; of Poetry this does what it would."""
    folder = root
    for line in lines:
        command = shlex.split(line)
        if command[0] == "cd":
            folder = root / command[1]
        elif command[0] == "uv":
            environments.uv(*command[1:], "--frozen", cwd=folder)
        else:
            assert command[:2] == ["poetry", "add"]
            add_by_poetry(folder / "pyproject.toml", command[2:])


def add_by_poetry(file: Path, arguments: list[str]) -> None:
    """What `poetry add` does to a pyproject.toml."""
    group = arguments[1] if arguments[0] == "--group" else None
    table = f"[tool.poetry.group.{group}.dependencies]" if group else "[tool.poetry.dependencies]"
    pairs = (re.findall("^([a-z0-9-]+)(.*)", one) for one in arguments[2 if group else 0 :])
    added: dict[str, str] = dict(pair for [pair] in pairs)
    lines = [one for one in file.read_text().splitlines() if one.partition(" ")[0] not in added]
    if table not in lines:
        lines += ["", table]
    at = lines.index(table) + 1
    lines[at:at] = [f'{name} = "{version}"' for name, version in added.items()]
    file.write_text("\n".join(lines) + "\n")
    tomllib.loads(file.read_text())


class Adopted(Protocol):
    def __call__(self, name: str, *, finished: bool = True) -> Path: ...


@pytest.fixture(scope="module")
def adopted(adopt: Any, working_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Adopted:
    """`adopted("flat")` is that sample with the layer and every step done; made once, read-only."""
    made: dict[tuple[str, bool], Path] = {}

    def adopted(name: str, *, finished: bool = True) -> Path:
        sample = SAMPLES[name]
        if (name, finished) not in made:
            root = as_it_was(name, tmp_path_factory.mktemp("layer") / f"a {name} service")
            run_copy(working_tree, root, answers_of(sample))
            if finished:
                apply_all(adopt, root, sample)
            made[name, finished] = root
        return made[name, finished]

    return adopted


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_that_was_there_is_touched(adopted: Adopted, name: str) -> None:
    root = adopted(name, finished=False)

    changed = git(root, "status", "--porcelain", "--untracked-files=no")

    assert changed == ""


@pytest.mark.parametrize("name", SAMPLES)
def test_only_the_layer_is_written(adopted: Adopted, name: str) -> None:
    root, package = adopted(name, finished=False), SAMPLES[name].package_path
    belongs = tuple(f"{package}/{name}" for name in ("sentry/", "sentry_custom.py"))
    belongs += ("env/", "docs/", "alerts/", "tools/", "tests/sentry/")

    written = git(root, "ls-files", "--others").splitlines()

    assert ANSWERS_FILE in written
    assert [file for file in written if not file.startswith(belongs) and file != ANSWERS_FILE] == []


def test_what_exists_is_left_alone_and_named(
    working_tree: Path, copied: Copied, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copied("documented")
    copier.run_copy(
        str(working_tree), root, answers_of(SAMPLES["documented"]), defaults=True, settings=copier.Settings()
    )

    message = capsys.readouterr().err
    for path in ("docs/sentry.md", "env/secrets.env.example", "tests/sentry"):
        assert path in message
    assert git(root, "status", "--porcelain", "--untracked-files=no") == ""


@pytest.mark.parametrize("name", SAMPLES)
def test_doctor_lists_exactly_the_steps(adopted: Adopted, full_environments: Any, name: str) -> None:
    result = doctor(adopted(name, finished=False), SAMPLES[name], full_environments["2"])

    listed = [line for line in result.stdout.splitlines() if line.startswith(("[ ]", "[-]", "[x]"))]
    expected = [f"{where}: {text}" if where else text for where, text in STEPS[name]]
    assert result.returncode == 1
    assert [line[4:] for line in listed if "sentry_custom.py:" not in line] == expected
    assert result.stderr == ""


@pytest.mark.parametrize("name", SAMPLES)
def test_the_guide_needs_no_dependencies(adopted: Adopted, name: str) -> None:
    """`python <package>/sentry/adopt.py` comes before anything is installed."""
    root, sample = adopted(name, finished=False), SAMPLES[name]
    bare = [sys._base_executable, "-I", "-S", f"{sample.package_path}/sentry/adopt.py"]  # type: ignore[attr-defined]

    left = subprocess.run(bare, cwd=root, capture_output=True, text=True)
    done = subprocess.run(bare, cwd=adopted(name), capture_output=True, text=True)

    listed = [line[4:] for line in left.stdout.splitlines() if line.startswith(("[ ]", "[-]", "[x]"))]
    assert [line for line in listed if "sentry_custom.py:" not in line] == [
        f"{where}: {text}" if where else text for where, text in STEPS[name]
    ]
    assert (left.returncode, left.stderr) == (1, "")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith(f"python -m {sample.layer}.sentry doctor --send")


@pytest.mark.parametrize("name", SAMPLES)
def test_doctor_ends_with_0_when_all_is_done(
    adopted: Adopted, full_environments: Any, receiver: Receiver, name: str
) -> None:
    variables = {"SENTRY_DSN": receiver.dsn, "SENTRY_RELEASE": "service@1"}

    result = doctor(adopted(name), SAMPLES[name], full_environments["2"], "--send", **variables)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "[ ]" not in result.stdout
    [event] = receiver.events()
    assert event["event_id"] in result.stdout


@pytest.mark.parametrize("name", SAMPLES)
def test_its_own_tests_pass_and_never_report(
    adopted: Adopted, full_environments: Any, receiver: Receiver, name: str
) -> None:
    root, sample = adopted(name), SAMPLES[name]
    own = [str(path.relative_to(FOLDER / name)) for path in (FOLDER / name).rglob("test_*.py")]
    command = [full_environments["2"], "-m", "pytest", "-q", "-p", "no:cacheprovider", *own]
    environ = environment_of(root, sample, SENTRY_DSN=receiver.dsn, SENTRY_TRACES_SAMPLE_RATE="1")

    result = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout
    assert receiver.items() == []


@pytest.mark.parametrize("sdk", sorted(environments.SDKS))
@pytest.mark.parametrize("name", ["flat", "factory", "backend", "single", "jobs"])
def test_the_tests_that_come_along_pass_and_never_report(
    adopted: Adopted, full_environments: Any, receiver: Receiver, name: str, sdk: str
) -> None:
    """In the set-up of the service's own tests, with its own conftest.py, and with a DSN at hand."""
    root, sample = adopted(name), SAMPLES[name]
    own = [str(root / path.relative_to(FOLDER / name)) for path in (FOLDER / name).rglob("test_*.py")]
    command = [full_environments[sdk], "-m", "pytest", "-q", "-p", "no:cacheprovider", *own, root / "tests" / "sentry"]
    environ = environment_of(root, sample, SENTRY_DSN=receiver.dsn, SENTRY_ENVIRONMENT="staging")

    # backend/ has a package `tests` of its own, and pytest is started there.
    result = subprocess.run(command, cwd=root / sample.python_path, env=environ, capture_output=True, text=True)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "11 passed" in result.stdout
    assert receiver.items() == []


@pytest.mark.parametrize("sdk", sorted(environments.SDKS))
@pytest.mark.parametrize("name", SAMPLES)
def test_an_error_arrives_masked(
    adopted: Adopted, full_environments: Any, receiver: Receiver, serve: Serve, name: str, sdk: str
) -> None:
    root, sample = adopted(name), SAMPLES[name]
    environ = environment_of(root, sample, SENTRY_DSN=receiver.dsn)
    with serve(root, python=full_environments[sdk], module="uvicorn", app=sample.app_import, env=environ) as service:
        answer = service.get("/orders/500?email=ada@example.com")
        event = receiver.wait_for_event("ValueError")
        service.stop()

    exception = event["exception"]["values"][-1]
    assert answer.status_code == 500
    assert "no confirmation for" in exception["value"]
    assert "raise ValueError" in exception["stacktrace"]["frames"][-1]["context_line"]
    assert "/orders/{order_id}" in str(event)
    assert "ada@example.com" not in str([item.body for item in receiver.items()])
    assert len(receiver.events()) == 1


def test_preview_compares_the_usual_init_with_this_layer(
    adopted: Adopted, full_environments: Any, receiver: Receiver
) -> None:
    """Before the steps are done and after them; nothing is sent."""
    sample = SAMPLES["factory"]
    for sdk, finished in (("2", False), ("2", True), ("3", True)):
        root = adopted("factory", finished=finished)
        command: list[str | Path] = [full_environments[sdk], "-m", "shop.sentry", "preview", "--compare"]
        environ = environment_of(root, sample, SENTRY_DSN=receiver.dsn, SHOP_SENTRY_DSN=receiver.dsn)

        result = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True)

        usual, *layer = result.stdout.splitlines()
        assert result.returncode == 0, result.stderr
        assert re.match(r"usual init: ([5-9]|10) of 10 leave: .*ada@example\.com", usual), usual
        # A name in free text is no pattern: only `strict` drops the text.
        assert layer == [
            "this layer (pseudonymous): 2 of 10 leave: Ada Example, ada-example",
            "this layer (strict): 0 of 10 leave",
        ]
        assert receiver.items() == []


@pytest.mark.parametrize("name", SAMPLES)
def test_preview_runs_on_its_own_app(adopted: Adopted, full_environments: Any, name: str) -> None:
    root, sample = adopted(name), SAMPLES[name]
    command: list[str | Path] = [full_environments["2"], "-m", f"{sample.layer}.sentry", "preview"]

    result = subprocess.run(command, cwd=root, env=environment_of(root, sample), capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert "raise ValueError" in result.stdout.partition("WHAT THE POLICY REMOVED")[0]


@pytest.fixture
def later(history: Path, tmp_path: Path) -> Path:
    """The template with a later release, in which one file of the layer has one more line."""
    template = shutil.copytree(history, tmp_path / "template")
    git(template, "checkout", "--quiet", f"v{WORKING_TREE}")
    file = next((template / "template").glob("*/sentry/__init__.py"))
    file.write_text(file.read_text() + "\n# Later.\n")
    commit_all(template, "Later")
    git(template, "tag", "v9999.0.1")
    return template


@pytest.fixture
def committed(later: Path, copied: Copied) -> Copied:
    """`committed("flat")` is that sample with the layer of the release before the later one."""

    def committed(name: str) -> Path:
        root = copied(name)
        copier.run_copy(
            str(later),
            root,
            answers_of(SAMPLES[name]),
            vcs_ref=f"v{WORKING_TREE}",
            defaults=True,
            quiet=True,
            settings=copier.Settings(),
        )
        commit_all(root, "Add the Sentry layer")
        return root

    return committed


@pytest.mark.parametrize("name", SAMPLES)
def test_an_update_brings_a_later_release_and_nothing_else(committed: Copied, name: str) -> None:
    root, package = committed(name), SAMPLES[name].package_path

    update(root, answers_file=ANSWERS_FILE)

    assert_nothing_to_resolve(root)
    assert changed(root) == sorted([ANSWERS_FILE, f"{package}/sentry/__init__.py"])
    assert "# Later." in (root / package / "sentry" / "__init__.py").read_text()


@pytest.mark.parametrize("name", ["backend", "documented"])
def test_an_answer_that_changes_reaches_the_layer_alone(committed: Copied, name: str) -> None:
    root, package = committed(name), SAMPLES[name].package_path
    answers = {"pii_policy": "strict", "alerts": []}

    update(root, WORKING_TREE, answers, answers_file=ANSWERS_FILE)

    assert_nothing_to_resolve(root)
    assert 'PII_POLICY: Final[Literal["strict", "pseudonymous", "full"]] = "strict"' in (
        root / package / "sentry" / "answers.py"
    ).read_text(encoding="utf-8")
    layer = (ANSWERS_FILE, f"{package}/sentry/", "docs/", "env/", "alerts/", "tools/")
    assert [file for file in changed(root) if not file.startswith(layer)] == []
    assert not (root / "tools" / "alerts.py").exists()
    if name == "documented":
        assert "docs/sentry.md" not in changed(root)


@pytest.mark.parametrize("name", ["backend", "documented"])
def test_a_recopy_touches_nothing_of_theirs(committed: Copied, name: str) -> None:
    root, package = committed(name), SAMPLES[name].package_path
    custom = root / package / "sentry_custom.py"
    custom.write_text(custom.read_text() + "\n# Ours.\n")
    commit_all(root, "Edit sentry_custom.py")

    copier.run_recopy(
        root, answers_file=ANSWERS_FILE, defaults=True, overwrite=True, quiet=True, settings=copier.Settings()
    )

    assert changed(root) == sorted([ANSWERS_FILE, f"{package}/sentry/__init__.py"])
    assert git(root, "ls-files", "--others", "--exclude-standard") == ""


def test_an_update_of_uncommitted_work_is_refused(committed: Copied) -> None:
    root = committed("flat")
    (root / "app" / "main.py").write_text("# Not committed.\n")

    with pytest.raises(copier.errors.UserMessageError, match="dirty"):
        update(root, answers_file=ANSWERS_FILE)

    assert changed(root) == ["app/main.py"]


def test_before_the_layer_comes_a_commit(
    working_tree: Path, copied: Copied, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = answers_of(SAMPLES["flat"])

    copier.run_copy(str(working_tree), copied("flat"), answers, defaults=True, settings=copier.Settings())

    said = capsys.readouterr().err
    assert "Commit what you have first" in said.partition("create")[0]
    assert "python app/sentry/adopt.py" in said


def changed(root: Path) -> list[str]:
    """What differs from the last commit, of the files that git knows."""
    return sorted(git(root, "diff", "--name-only").split())


@pytest.mark.parametrize("sdk", sorted(environments.SDKS))
def test_a_celery_worker_reports_masked(
    adopted: Adopted, full_environments: Any, receiver: Receiver, tmp_path: Path, sdk: str
) -> None:
    """A child that was forked after the worker had started."""
    root, sample = adopted("jobs"), SAMPLES["jobs"]
    python = full_environments[sdk]
    with redis_running(tmp_path) as url:
        environ = environment_of(root, sample, SENTRY_DSN=receiver.dsn, BROKER_URL=url)
        command = [
            python,
            "-m",
            "celery",
            "-A",
            "jobs.celery_app",
            "worker",
            "--concurrency",
            "1",
            "--loglevel",
            "info",
        ]
        send = "from jobs.celery_app import invoice; invoice.delay(500, 'ada@example.com')"
        with (tmp_path / "log").open("wb") as log:
            worker = subprocess.Popen(command, cwd=root, env=environ, stdout=log, stderr=log)
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
    assert "ada@example.com" not in str([item.body for item in receiver.items()])
    assert len(receiver.events()) == 1


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        pytest.param({"package_path": "src/app"}, "There is no folder src/app", id="package_path"),
        pytest.param({"app_import": "app.server:app"}, "There is no module app.server", id="app_import"),
        pytest.param({"app_import": "app.main"}, "Use a name like app.main:app", id="app_import without its object"),
        pytest.param({"package_path": "../app"}, "Use a path like src/my_package", id="package_path outside"),
        pytest.param({"package_path": "src/sentry"}, "No package called sentry", id="a package called sentry"),
    ],
)
def test_a_wrong_answer_is_one_sentence_and_leaves_nothing_behind(
    working_tree: Path, copied: Copied, answers: dict[str, str], sentence: str
) -> None:
    root = copied("flat")

    with pytest.raises(ValueError, match=sentence):
        run_copy(working_tree, root, {**answers_of(SAMPLES["flat"]), **answers})

    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize("there", ["app/sentry.py", "app/sentry/__init__.py"])
def test_a_module_called_sentry_is_not_hidden(working_tree: Path, copied: Copied, there: str) -> None:
    root = copied("flat")
    (root / there).parent.mkdir(exist_ok=True)
    (root / there).write_text("")

    with pytest.raises(ValueError, match=there.removesuffix("/__init__.py")):
        run_copy(working_tree, root, answers_of(SAMPLES["flat"]))

    assert files_of(root / "app") == sorted(["__init__.py", "main.py", there.removeprefix("app/")])


def test_what_doctor_cannot_read_is_one_sentence(
    adopt: Any, working_tree: Path, copied: Copied, full_environments: Any
) -> None:
    """A file of theirs that is no Python any more, and one that has nothing to do with Sentry."""
    root, sample = copied("factory"), SAMPLES["factory"]
    run_copy(working_tree, root, answers_of(sample))
    (root / "src" / "shop" / "unrelated.py").write_text("def (\n")
    before = doctor(root, sample, full_environments["2"])
    (root / "src" / "shop" / "observability.py").write_text("import sentry_sdk\n\ndef (\n")

    after = doctor(root, sample, full_environments["2"])

    assert STEPS["factory"][0][1] in before.stdout
    assert after.returncode == 1
    assert after.stdout.splitlines()[0].startswith("[ ] src/shop/observability.py:3 is no Python 3.11: mend it")
    assert "Traceback" not in after.stdout + after.stderr
