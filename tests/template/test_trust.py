"""Copying and updating run no code of the template, overwrite nothing unasked, and say what is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import Render, SdkEnvironments, Serve
from copier.errors import UnsafeTemplateError
from releases import RELEASES
from support.history import git
from support.questions import settings
from support.template import ROOT, files_of, run_copy

NEEDS_TRUST = {"_tasks", "_migrations", "_jinja_extensions"}


def copier_copy(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `copier copy` as in a script, without a terminal to answer from."""
    command = [sys.executable, "-m", "copier", "copy", "--defaults", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_of(folder)}


def test_the_template_has_nothing_that_needs_trust() -> None:
    assert NEEDS_TRUST & settings().keys() == set()


@pytest.mark.parametrize("version", RELEASES)
def test_no_release_has_anything_that_needs_trust(version: str) -> None:
    # One release with a task is enough to make everyone's next update ask for --trust.
    content = yaml.safe_load(git(ROOT, "show", f"{RELEASES[version]}:copier.yml"))
    assert NEEDS_TRUST & content.keys() == set()


@pytest.mark.parametrize("addition", ["_tasks: [echo]", "_jinja_extensions: [jinja2.ext.do]"])
def test_what_needs_trust_is_refused_by_the_copies_of_these_tests(
    addition: str, working_tree: Path, tmp_path: Path
) -> None:
    """All other tests copy in the same way, so they would notice."""
    template = shutil.copytree(working_tree, tmp_path / "template")
    with (template / "copier.yml").open("a", encoding="utf-8") as file:
        file.write(f"\n{addition}\n")

    with pytest.raises(UnsafeTemplateError):
        run_copy(template, tmp_path / "service", {})


def test_copier_on_the_command_line_asks_for_no_trust(working_tree: Path, tmp_path: Path) -> None:
    result = copier_copy(working_tree, "service", cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert "trust" not in result.stderr
    assert "Example Service is ready. Next steps:" in result.stderr


def test_files_that_exist_are_not_overwritten_unasked(working_tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "service"
    target.mkdir()
    (target / "pyproject.toml").write_text("mine\n", encoding="utf-8")
    (target / "notes.txt").write_text("mine too\n", encoding="utf-8")

    result = copier_copy(working_tree, target, cwd=tmp_path)

    assert result.returncode != 0
    assert result.stderr.splitlines()[-1].endswith(": The destination isn't empty: notes.txt.")
    assert (target / "pyproject.toml").read_text(encoding="utf-8") == "mine\n"
    assert (target / "notes.txt").read_text(encoding="utf-8") == "mine too\n"


def test_what_the_service_owns_is_kept_without_a_question(working_tree: Path, render: Render, tmp_path: Path) -> None:
    """As in a repository that was created with a README."""
    target = tmp_path / "service"
    target.mkdir()
    (target / "README.md").write_text("mine\n", encoding="utf-8")

    result = copier_copy(working_tree, target, cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert contents(target) == {**contents(render()), "README.md": b"mine\n"}


def test_a_copy_over_the_same_project_changes_nothing(
    working_tree: Path, render: Render, copy_of: Callable[[Path], Path]
) -> None:
    project = copy_of(render())

    result = copier_copy(working_tree, project, cwd=project)

    assert result.returncode == 0, result.stderr
    assert contents(project) == contents(render())


def test_a_target_below_a_file_is_refused_and_the_file_kept(working_tree: Path, tmp_path: Path) -> None:
    # An unwritable folder for everybody, root included.
    file = tmp_path / "file"
    file.write_text("mine\n", encoding="utf-8")

    result = copier_copy(working_tree, file / "service", cwd=tmp_path)

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("NotADirectoryError: [Errno 20] Not a directory: '")
    assert str(file) in result.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_text(encoding="utf-8") == "mine\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused_and_left_empty(working_tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)

    result = copier_copy(working_tree, folder / "service", cwd=tmp_path)

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("PermissionError: [Errno 13] Permission denied: '")
    assert not list(folder.iterdir())


def test_a_service_runs_in_a_folder_with_odd_characters(
    working_tree: Path, tmp_path: Path, serve: Serve, sdk_environments: SdkEnvironments
) -> None:
    project = run_copy(working_tree, tmp_path / "my 'service' ünd $HOME", {})

    with serve(project, python=sdk_environments["2"]) as service:
        assert service.get("/healthz").status_code == 200, service.output
