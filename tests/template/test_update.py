"""`copier update` from every earlier version: what a fresh copy has, every edit kept, nothing left to resolve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from copier import Settings, VcsRef, run_update
from pytest_copier.plugin import CopierFixture
from releases import RELEASES
from support import matrix
from support.history import ADDED_FILE, MADE_UP, OLDER_LINE, REMOVED_FILE, WORKING_TREE, commit_all, git
from support.questions import questions
from support.template import (
    ROOT,
    answers_of,
    files_of,
    files_of_the_service,
    owned_by_services,
    package_of,
    pyproject_of,
)
from support.updates import assert_nothing_to_resolve, from_releases, update

if TYPE_CHECKING:
    from conftest import Fresh, Started


ANSWERS = matrix.named()

OWNED = (
    "README.md",
    "env/secrets.env",
    "env/release.env",
    "src/*/api",
    "src/*/app.py",
    "src/*/settings.py",
    "src/*/sentry_custom.py",
    "tests/test_api.py",
)
"""What belongs to the service from its first day. What stands here is never taken off the list."""


def end_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()[-5:]


@pytest.mark.parametrize(
    ("version", "answers"),
    [
        # With other answers than the defaults from the newest ones only: an update takes seconds.
        *((version, answers) for version in [*RELEASES][-1:] for answers in ANSWERS),
        (MADE_UP, "defaults"),
        # Over the move of files in 0.4.
        ("0.3.0", "everything"),
        *(
            pytest.param(version, answers, marks=pytest.mark.nightly)
            for version in (MADE_UP, *[*RELEASES][:-1])
            for answers in ANSWERS
            if (version, answers) not in ((MADE_UP, "defaults"), ("0.3.0", "everything"))
        ),
    ],
)
def test_an_update_equals_a_fresh_copy(
    version: str, answers: str, started: Started, fresh: Fresh, copier: CopierFixture
) -> None:
    project = started(version, ANSWERS[answers])
    kept = {name: (project / name).read_bytes() for name in never_touched(project)}

    copier.update(project)

    assert_equals_a_fresh_copy(project, fresh, kept)


LEFT = {".editorconfig"}
"""What services have kept from earlier releases."""


def never_touched(project: Path) -> set[str]:
    """The files that an update leaves alone. `app.py` was the template's while there was a `sentry/connect.py`."""
    package = project / "src" / package_of(project)
    until_03 = {f"src/{package.name}/app.py"} if (package / "sentry" / "connect.py").exists() else set()
    return files_of_the_service(project) - until_03


def assert_equals_a_fresh_copy(project: Path, fresh: Fresh, kept: Mapping[str, bytes]) -> None:
    """But for what is kept: the service's own files are as they were before the update."""
    assert_nothing_to_resolve(project)
    wanted = fresh(answers_of(project))
    assert {*files_of(project)} - LEFT == {*files_of(wanted)}
    for name in files_of(wanted):
        assert (project / name).read_bytes() == kept.get(name, (wanted / name).read_bytes()), name


@pytest.mark.parametrize("version", from_releases(MADE_UP))
def test_an_update_keeps_every_edit(version: str, started: Started, fresh: Fresh, copier: CopierFixture) -> None:
    project = started(version)
    wanted = fresh({})
    package = Path("src") / package_of(project)
    # Files of the service are replaced. Files of the template are added to: below their anchors, and at their ends
    # unless the template changed something right there.
    replaced = never_touched(project)
    common = {*files_of(project)} & {*files_of(wanted)} - replaced
    added_to = [name for name in common if name.endswith(".py") and end_of(project / name) == end_of(wanted / name)]
    assert replaced
    assert added_to
    for name in replaced:
        (project / name).write_text(f"# {name} is mine now.\n", encoding="utf-8")
    for name in added_to:
        with (project / name).open("a", encoding="utf-8") as file:
            file.write("\n\n# Mine.\n")
    anchor = "    # Template's dependencies above, yours below.\n"
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    assert text.count(anchor) == 2
    pyproject.write_text(text.replace(anchor, f'{anchor}    "mine>=1",\n'), encoding="utf-8")
    (project / package / "api" / "own.py").write_text("OWN = True\n", encoding="utf-8")
    commit_all(project, "Make it mine")
    # Never committed, so git could not bring it back.
    (project / "env" / "secrets.env").write_text("SENTRY_DSN=mine\n", encoding="utf-8")

    copier.update(project)

    assert_nothing_to_resolve(project)
    for name in replaced:
        assert (project / name).read_text(encoding="utf-8") == f"# {name} is mine now.\n"
    for name in added_to:
        assert (project / name).read_bytes() == (wanted / name).read_bytes() + b"\n\n# Mine.\n"
    asked = pyproject_of(wanted)
    assert pyproject_of(project)["project"]["dependencies"] == [*asked["project"]["dependencies"], "mine>=1"]
    assert pyproject_of(project)["dependency-groups"]["dev"] == [*asked["dependency-groups"]["dev"], "mine>=1"]
    assert (project / package / "api" / "own.py").read_text(encoding="utf-8") == "OWN = True\n"
    assert (project / "env" / "secrets.env").read_text(encoding="utf-8") == "SENTRY_DSN=mine\n"


def test_an_update_brings_what_is_new_and_takes_what_is_gone_once(
    started: Started, copier: CopierFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    project = started(MADE_UP)
    added = project / ADDED_FILE.format(package=package_of(project))
    changed = project / "src" / package_of(project) / "main.py"
    assert not added.exists()
    assert (project / REMOVED_FILE).exists()
    assert changed.read_text(encoding="utf-8").startswith(OLDER_LINE)

    copier.update(project)

    assert added.exists()
    assert not (project / REMOVED_FILE).exists()
    assert OLDER_LINE not in changed.read_text(encoding="utf-8")

    # A second update changes nothing.
    commit_all(project, "Update")
    capsys.readouterr()
    run_update(project, defaults=True, overwrite=True, settings=Settings())

    assert git(project, "status", "--porcelain") == ""
    told = capsys.readouterr().err
    assert f"{answers_of(project)['project_name']} is up to date" in told
    assert "leave the service" not in told


@pytest.mark.parametrize("version", ["0.3.0", "0.4.0"])
def test_an_update_names_each_file_that_it_deletes(
    version: str, started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    """An edit in one of them would be lost in silence: Copier deletes what the template no longer has."""
    project = started(version, ANSWERS["everything"])
    edited = project / "tools" / "check_secrets.py"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n# Ours.\n", encoding="utf-8")
    commit_all(project, "Make it ours")
    before = {*files_of(project)}

    run_update(project, defaults=True, overwrite=True, settings=Settings())

    told = capsys.readouterr().err
    gone = before - {*files_of(project)}
    assert "tools/check_secrets.py" in gone
    assert "These files leave the service, together with your edits in them." in told
    assert {name for name in gone if f"  {name} -> " not in told} == set()
    named = set(re.findall(r"(?m)^  (\S+) -> ", told))
    assert named == gone


def test_an_answer_can_be_changed_later(started: Started) -> None:
    """Switching a library on and off again leads back to where it began."""
    project = started(WORKING_TREE, ANSWERS["nothing"])
    without = files_of(project)

    for chosen in (["httpx2"], []):
        update(project, answers={"integrations": chosen}, vcs_ref=VcsRef.CURRENT)
        assert_nothing_to_resolve(project)
        assert (files_of(project) != without) == bool(chosen)
        commit_all(project, f"Use {chosen}")

    assert git(project, "diff", "HEAD~2") == ""


CHANGED = {
    "a library and a worker more, and a stricter policy": (
        {},
        {"integrations": ["sqlalchemy", "httpx2", "redis"], "components": ["celery_worker"], "pii_policy": "strict"},
    ),
    "logs as well, another deployment, and no alerts any more": (
        {"telemetry": [], "deployment": ["compose"]},
        {"telemetry": ["tracing", "logs"], "deployment": ["systemd", "kubernetes"], "alerts": []},
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED.keys())
def test_other_answers_do_what_a_fresh_copy_would(
    before: dict[str, object], after: dict[str, object], started: Started, fresh: Fresh, copier: CopierFixture
) -> None:
    project = started([*RELEASES][-1], before)
    kept = {name: (project / name).read_bytes() for name in never_touched(project)}

    copier.update(project, **after)

    assert_equals_a_fresh_copy(project, fresh, kept)


@pytest.mark.skipif(len(RELEASES) < 2, reason="there is one release")
@pytest.mark.budget(60)
@pytest.mark.nightly  # Each release by itself equals a fresh copy in every run.
def test_all_releases_at_once_are_one_after_another(started: Started, fresh: Fresh, copier: CopierFixture) -> None:
    """... and a fresh copy."""
    first, *others = RELEASES
    at_once, one_by_one = started(first), started(first)
    kept = {name: (at_once / name).read_bytes() for name in never_touched(at_once)}

    copier.update(at_once)
    assert_equals_a_fresh_copy(at_once, fresh, kept)
    for version in (*others, WORKING_TREE):
        update(one_by_one, version)
        commit_all(one_by_one, f"Update to {version}")

    assert {*files_of(at_once)} == {*files_of(one_by_one)} - LEFT
    # A file that the service owns today is what the first of these releases wrote.
    for name in {*files_of(at_once)} - files_of_the_service(at_once):
        assert (at_once / name).read_bytes() == (one_by_one / name).read_bytes(), name


@pytest.mark.parametrize("version", RELEASES)
def test_a_question_keeps_its_name_and_its_meaning(version: str, history: Path) -> None:
    """A name that is gone would lose the answer, and an answer of another type would be another one."""
    entries = yaml.safe_load(git(history, "show", f"v{version}:copier.yml"))
    # What is computed is no question: settings, and internal variables.
    asked = {
        name: entry
        for name, entry in entries.items()
        if not name.startswith("_") and False not in (entry.get("when"), entry.get("ask"))
    }

    now = questions()
    assert asked.keys() <= now.keys()
    for name, entry in asked.items():
        assert entry["type"] == now[name].type
        assert choices_of(entry) <= {*now[name].choices}


def choices_of(entry: dict[str, Any]) -> set[object]:
    choices = entry.get("choices", ())
    values = choices.values() if isinstance(choices, dict) else choices
    return {value["value"] if isinstance(value, dict) else value for value in values}


def test_what_belongs_to_the_service_is_never_taken_back() -> None:
    assert {*OWNED} <= {*owned_by_services()}


def test_every_tag_but_that_of_this_commit_is_in_the_table() -> None:
    tags = set(git(ROOT, "tag", "--list", "v*").split())
    here = set(git(ROOT, "tag", "--points-at", "HEAD").split())
    assert tags - here <= {f"v{version}" for version in RELEASES}


@pytest.mark.skipif(not RELEASES, reason="nothing has been released yet")
def test_every_release_has_its_section_and_its_link_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"(?m)^## \[([^]]+)\]", changelog)
    assert set(RELEASES) <= set(sections)
    assert sections == re.findall(r"(?m)^\[([^]]+)\]: \S+$", changelog)
