"""Where a template can come from, and where a service can go: paths, URLs, bare repositories, tags or none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import copier
import pytest
from support import environments
from support.history import MADE_UP, WORKING_TREE, commit_all, git, start_repository
from support.questions import rendered, settings
from support.template import answers_of, files_of
from support.updates import assert_nothing_to_resolve, start, update

if TYPE_CHECKING:
    from conftest import Fresh, Started

Source = Callable[[Path, Path], str]


def as_url(history: Path, scratch: Path) -> str:
    # Copier takes an address for one of git's where it ends in .git or says so.
    return f"git+{history.as_uri()}"


def bare_by_url(history: Path, scratch: Path) -> str:
    return Path(bare(history, scratch)).as_uri()


def bare(history: Path, scratch: Path) -> str:
    git(scratch, "clone", "--quiet", "--bare", str(history), "template.git")
    return str(scratch / "template.git")


def in_a_folder_with_spaces(history: Path, scratch: Path) -> str:
    return str(shutil.copytree(history, scratch / "the template's folder"))


# All other tests copy from a path.
SOURCES = {
    "a URL": as_url,
    "a bare repository": bare,
    "the URL of a bare repository": bare_by_url,
    "a folder with spaces": in_a_folder_with_spaces,
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_service_is_made_and_updated_from(source: Source, history: Path, fresh: Fresh, tmp_path: Path) -> None:
    template = source(history, tmp_path)
    project = start(template, MADE_UP, tmp_path / "my services" / "example-service", {})

    update(project)

    assert_nothing_to_resolve(project)
    assert answers_of(project)["_commit"] == f"v{WORKING_TREE}"
    assert answers_of(project)["_src_path"] == template
    assert files_of(project) == files_of(fresh({}))


def test_without_tags_a_service_follows_the_commits(history: Path, tmp_path: Path) -> None:
    """As from a clone that came without them. Copier names the commit and knows no later version, so it is told."""
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", "--no-tags", str(history), "template")
    project = tmp_path / "service"
    copier.run_copy(str(template), project, vcs_ref="HEAD~1", defaults=True, quiet=True, settings=copier.Settings())
    start_repository(project)

    update(project, vcs_ref="HEAD")

    assert_nothing_to_resolve(project)
    assert git(template, "rev-parse", "--short", "HEAD").strip() in answers_of(project)["_commit"]


LOCAL = "The template source is a local path ("
ZIP = "The template isn't a git repository (was it downloaded as a ZIP?), so this service can't be updated."


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"_commit": "v1.0.0", "_src_path": "/home/me/template"}, LOCAL),
        ({"_commit": "v1.0.0", "_src_path": "C:\\\\template"}, LOCAL),
        ({"_commit": "v1.0.0", "_src_path": "file:///home/me/template.git"}, LOCAL),
        ({"_src_path": "/home/me/template"}, ZIP),
        ({"_commit": "v1.0.0", "_src_path": "https://git.example.com/team/template.git"}, None),
        ({"_commit": "v1.0.0", "_src_path": "git+https://git.example.com/team/template"}, None),
        ({"_commit": "v1.0.0", "_src_path": "git@git.example.com:team/template.git"}, None),
        ({"_commit": "v1.0.0", "_src_path": "gh:team/template"}, None),
    ],
    ids=str,
)
def test_a_copy_says_what_keeps_updates_from_working(answers: dict[str, str], said: str | None) -> None:
    message = rendered(
        settings()["_message_after_copy"],
        {
            "_copier_conf": {"dst_path": "service", "answers_file": ".copier-answers.yml"},
            "_copier_answers": answers,
            "project_name": "Service",
            "package_name": "service",
            "before": {"there": []},
        },
    )

    assert [sentence for sentence in (LOCAL, ZIP) if sentence in message] == ([said] if said else [])


def test_a_copy_from_a_zip_says_so(working_tree: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "copier", "copy", "--defaults", str(working_tree), "service"]

    result = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert ZIP in result.stderr


def test_an_update_needs_no_identity_of_git(started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = started(MADE_UP)
    without_user = tmp_path / "gitconfig"
    without_user.write_text("[user]\nuseConfigOnly = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(without_user))
    with pytest.raises(RuntimeError, match="tell me who you are"):
        git(project, "commit", "--allow-empty", "--message", "No user")

    update(project)

    assert_nothing_to_resolve(project)


# The tests themselves run on the oldest one.
@pytest.mark.parametrize(
    "version",
    [
        *(pytest.param(version, marks=pytest.mark.nightly) for version in [*environments.pythons()][:-1]),
        *[*environments.pythons()][-1:],
    ],
)
def test_copier_runs_on_every_python(version: str, history: Path, tmp_path: Path) -> None:
    """In the version that copier.yml asks for at least."""
    minimum = settings()["_min_copier_version"]
    python = str(environments.pythons()[version])
    run = ("tool", "run", "--quiet", "--python", python, "--from", f"copier=={minimum}", "copier")
    project = tmp_path / "service"

    environments.uv(*run, "copy", "--defaults", "--quiet", "--vcs-ref", f"v{MADE_UP}", str(history), str(project))
    start_repository(project)
    environments.uv(*run, "update", "--defaults", "--quiet", str(project))

    assert_nothing_to_resolve(project)
    assert answers_of(project)["_commit"] == f"v{WORKING_TREE}"


def test_a_project_can_move(started: Started, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    moved = started(MADE_UP).rename(tmp_path / "there" / "another name")

    update(moved)

    assert_nothing_to_resolve(moved)
    assert answers_of(moved)["project_slug"] == "example-service"


def test_a_recopy_restores_the_template_and_leaves_the_services_own(started: Started) -> None:
    project = started(WORKING_TREE, {"pii_policy": "strict"})
    files = files_of(project)
    (project / "README.md").write_text("# Ours\n", encoding="utf-8")
    (project / "Dockerfile").unlink()
    commit_all(project, "Change")

    copier.run_recopy(project, defaults=True, quiet=True, overwrite=True, settings=copier.Settings())

    assert (project / "README.md").read_text(encoding="utf-8") == "# Ours\n"
    assert files_of(project) == files
    assert answers_of(project)["pii_policy"] == "strict"
