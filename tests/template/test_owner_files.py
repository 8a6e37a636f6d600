"""What an owner has in the folder before a copy or an update stays, or the owner hears about it first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import copier
import pytest
from pathspec import PathSpec
from support.history import MADE_UP, NEXT, WORKING_TREE, commit_all, git, start_repository
from support.questions import settings
from support.template import ROOT, files_of, package_of
from support.updates import assert_nothing_to_resolve, update

if TYPE_CHECKING:
    from conftest import Render, Started

CREATED_BY_A_HOST = {
    "README.md": "# shop\n",
    "LICENSE": "Ours.\n",
    ".gitignore": "# Python\nenv/\n.env\n__pycache__/\n",
    ".github/dependabot.yml": "version: 2\n",
}
"""What GitHub and GitLab put into a new repository."""


def test_a_repository_that_was_created_on_a_host_is_accepted(
    working_tree: Path, render: Render, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "example-service"
    for name, text in CREATED_BY_A_HOST.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    start_repository(project)

    copier.run_copy(str(working_tree), project, {"license": "MIT"}, defaults=True, settings=copier.Settings())

    assert {name: (project / name).read_text(encoding="utf-8") for name in CREATED_BY_A_HOST} == CREATED_BY_A_HOST
    assert {*files_of(render(license="MIT"))} <= {*files_of(project)}
    told = capsys.readouterr().err
    assert "already existed and weren't changed: .gitignore, LICENSE, README.md." in told
    assert "git init" not in told
    [command] = [line.strip() for line in told.splitlines() if line.strip().startswith("git add")]
    assert command.startswith("git add . && git add --force env/*.example && git commit ")


def test_a_service_may_be_one_of_several_in_a_repository(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "main.py").write_text("OTHER = 1\n", encoding="utf-8")
    start_repository(tmp_path)
    project = tmp_path / "services" / "shop"

    copier.run_copy(str(history), project, vcs_ref=f"v{WORKING_TREE}", defaults=True, settings=copier.Settings())
    assert "git init" not in capsys.readouterr().err
    commit_all(tmp_path, "Add a service")
    update(project, NEXT)

    assert_nothing_to_resolve(project)
    changed = git(tmp_path, "status", "--porcelain").splitlines()
    assert len(changed) > 5
    assert [line for line in changed if not line.startswith(" M services/shop/")] == []


@pytest.mark.parametrize("name", [".github/workflows/ci.yml", "pyproject.toml", ".pre-commit-config.yaml"])
def test_a_file_that_would_be_in_the_way_is_named_before_anything_is_written(
    name: str, working_tree: Path, tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("ours\n", encoding="utf-8")

    with pytest.raises(ValueError, match=rf"project_name': The destination isn't empty: {Path(name).name}[.]$"):
        copier.run_copy(str(working_tree), tmp_path, defaults=True, quiet=True, settings=copier.Settings())

    assert files_of(tmp_path) == [name]


def test_another_package_name_is_rejected_with_the_command_that_renames(started: Started) -> None:
    project = started(WORKING_TREE)
    custom = project / "src" / "example_service" / "sentry_custom.py"
    custom.write_text(custom.read_text(encoding="utf-8") + "\nOURS = 1\n", encoding="utf-8")
    commit_all(project, "Make it ours")
    rename = 'git mv src/example_service src/shop && git commit -m "Rename the package"'

    with pytest.raises(ValueError, match=r"package_name': First rename it: .+") as rejected:
        update(project, answers={"package_name": "shop"})
    assert str(rejected.value).endswith(rename)
    assert git(project, "status", "--porcelain") == ""

    git(project, "mv", "src/example_service", "src/shop")
    git(project, "commit", "--quiet", "--message", "Rename the package")
    update(project, answers={"package_name": "shop"})

    assert_nothing_to_resolve(project)
    assert package_of(project) == "shop"
    assert [path.name for path in (project / "src").iterdir()] == ["shop"]
    assert (project / "src" / "shop" / "sentry_custom.py").read_text(encoding="utf-8").endswith("\nOURS = 1\n")
    assert 'packages = ["src/shop"]' in (project / "pyproject.toml").read_text(encoding="utf-8")


def test_files_of_the_service_stay_when_their_component_is_dropped(
    started: Started, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = started(WORKING_TREE, {"components": ["celery_worker"]})
    tasks = project / "src" / "example_service" / "tasks.py"
    tasks.write_text("OURS = 1\n", encoding="utf-8")
    commit_all(project, "Make it ours")

    copier.run_update(
        project, {"components": []}, defaults=True, overwrite=True, vcs_ref=f"v{NEXT}", settings=copier.Settings()
    )

    assert tasks.read_text(encoding="utf-8") == "OURS = 1\n"
    assert not (project / "src" / "example_service" / "worker.py").exists()
    left = "src/example_service/tasks.py src/example_service/api/reports.py tests/test_tasks.py"
    assert f"git rm {left}\n" in capsys.readouterr().err


def test_what_an_owner_has_deleted_stays_deleted(started: Started) -> None:
    """Every file that the service owns, and some that the template owns. A component that is new has its own files."""
    components = ["celery_worker", "dramatiq_worker", "aiogram_bot"]
    project = started(WORKING_TREE, {"components": components, "integrations": ["sqlalchemy", "anthropic"]})
    owned = PathSpec.from_lines("gitignore", [name for name in settings()["_skip_if_exists"] if "{" not in name])
    deleted = {name for name in files_of(project) if owned.match_file(name)}
    assert len(deleted) > 15
    deleted |= {"docs/privacy.md", "alerts/error_spike.json", "Dockerfile", "src/example_service/sentry/preview.py"}
    git(project, "rm", "--quiet", "--", *deleted)
    commit_all(project, "Keep what we need")

    update(project, NEXT, {"components": [*components, "job"]})

    assert deleted & {*files_of(project)} == set()
    assert {"src/example_service/job.py", "tests/test_job.py"} <= {*files_of(project)}
    assert_nothing_to_resolve(project)


def test_an_own_file_where_a_component_has_one_is_named(started: Started, capsys: pytest.CaptureFixture[str]) -> None:
    project = started(WORKING_TREE)
    tasks = project / "src" / "example_service" / "tasks.py"
    tasks.write_text("OURS = 1\n", encoding="utf-8")
    commit_all(project, "Make it ours")

    answers = {"components": ["celery_worker"]}
    copier.run_update(project, answers, defaults=True, overwrite=True, settings=copier.Settings())

    assert tasks.read_text(encoding="utf-8") == "OURS = 1\n"
    assert "src/example_service/tasks.py. To get the template's," in capsys.readouterr().err


def test_an_edit_that_git_hides_is_named(started: Started, capsys: pytest.CaptureFixture[str]) -> None:
    project = started(MADE_UP)
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(text.replace('"fastapi>=0.100,<1"', '"fastapi>=0.101,<1"'), encoding="utf-8")
    commit_all(project, "Make it ours")
    # Then Copier doesn't find the hunks that it couldn't apply.
    git(project, "config", "status.showUntrackedFiles", "no")

    copier.run_update(project, defaults=True, overwrite=True, settings=copier.Settings())

    assert (project / "pyproject.toml.rej").is_file()
    assert "pyproject.toml lacks edits of yours" in capsys.readouterr().err


def test_nothing_pins_the_oldest_python(render: Render) -> None:
    assert ".python-version" not in files_of(render())
    assert not (ROOT / "template" / ".python-version.jinja").exists()
