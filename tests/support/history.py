"""The template as a git repository of its own: earlier versions, and the working tree as the newest one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from releases import RELEASES

from .template import ROOT

WORKING_TREE: Final = "9999.0.0"
"""The version of the working tree here, later than any other."""

MADE_UP: Final = "0.0.1"
"""A version before the working tree that differs from it in every way that an update has to cope with."""

NEXT: Final = "9999.1.0rc1"
"""A made-up version after the working tree. Copier ignores a pre-release unless it is asked for."""

REMOVED_FILE: Final = "docs/removed.md"
ADDED_FILE: Final = "src/{package}/sentry/preview.py"
OLDER_LINE: Final = "# A line of an earlier version."
LATER_LINE: Final = "# A line of a later version."
LATER_FILES: Final = (
    ".gitignore",
    ".pre-commit-config.yaml.jinja",
    "conftest.py.jinja",
    "pyproject.toml.jinja",
    "{{ package_path }}/library_settings.py.jinja",
    "{{ package_path }}/main.py",
    "{{ package_path }}/sentry/__init__.py",
    "{{ package_path }}/sentry/config.py",
    "{{ package_path }}/{% if 'sqlalchemy' in integrations %}db.py{% endif %}",
    "{% if uses_containers %}Dockerfile{% endif %}.jinja",
    "{% if 'compose' in deployment %}compose.yaml{% endif %}.jinja",
)
"""Files of the template that the made-up next version changes."""


def git(folder: Path, *arguments: str) -> str:
    """Run git there and return its stdout; a failure shows what git said."""
    result = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"git {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def versions_of(repository: Path, working_tree: Path) -> Path:
    """Make the repository: every release, a made-up earlier version and the working tree, each with its tag.

    Raises:
        RuntimeError: the commit of a release is missing, as in a shallow clone.
    """
    git(ROOT, "clone", "--quiet", "--no-checkout", str(ROOT), str(repository))
    for tag in git(repository, "tag").split():
        git(repository, "tag", "--delete", tag)
    for version, commit in RELEASES.items():
        git(repository, "read-tree", commit)
        _commit(repository, version)
    _take(repository, working_tree)
    _make_earlier(repository)
    git(repository, "add", "--all")
    _commit(repository, MADE_UP)
    _take(repository, working_tree)
    git(repository, "add", "--all")
    _commit(repository, WORKING_TREE)
    _make_later(repository)
    git(repository, "add", "--all")
    _commit(repository, NEXT)
    git(repository, "checkout", "--quiet", f"v{WORKING_TREE}")
    # An update clones it five times, object by object where they are not in a pack.
    git(repository, "gc", "--quiet", "--prune=now")
    return repository


def start_repository(folder: Path, message: str = "Start from the template") -> None:
    """Make a repository of the folder, with one commit of all that lies there."""
    git(folder, "init", "--quiet")
    commit_all(folder, message)


def commit_all(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def _take(repository: Path, tree: Path) -> None:
    """Put the files of the tree in place of those of the repository."""
    for path in repository.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(tree, repository, dirs_exist_ok=True)


def _commit(repository: Path, version: str) -> None:
    """Commit what is in the index, but for the half of it that Copier has no use for and would check out each time."""
    git(repository, "rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "tests", "benchmarks")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", version)
    git(repository, "tag", f"v{version}")


def _make_earlier(repository: Path) -> None:
    """Files that are new, gone, or different at the top; a dependency that is new and one with a lower bound."""
    template = repository / "template"
    for path in template.rglob("*.py"):
        if text := path.read_text(encoding="utf-8"):
            path.write_text(f"{OLDER_LINE}\n{text}", encoding="utf-8")
    template.joinpath(ADDED_FILE.replace("src/{package}", "{{ package_path }}")).unlink()
    removed = template / REMOVED_FILE
    removed.parent.mkdir(exist_ok=True)
    removed.write_text("Gone in the next version.\n", encoding="utf-8")
    pyproject = template / "pyproject.toml.jinja"
    text = pyproject.read_text(encoding="utf-8")
    earlier = re.sub(r'(?m)^    "uvicorn.*\n', "", text).replace('"fastapi>=0.165', '"fastapi>=0.100')
    if len(text.splitlines()) != len(earlier.splitlines()) + 1 or "fastapi>=0.100" not in earlier:
        raise RuntimeError("pyproject.toml.jinja no longer has the lines that this version is made up from.")
    pyproject.write_text(earlier, encoding="utf-8")


def _make_later(repository: Path) -> None:
    """A line after the first one of each file, a higher lower bound, and one more dependency in each list."""
    for name in LATER_FILES:
        path = repository / "template" / name
        first, rest = path.read_text(encoding="utf-8").split("\n", 1)
        path.write_text(f"{first}\n{LATER_LINE}\n{rest}", encoding="utf-8")
    pyproject = repository / "template" / "pyproject.toml.jinja"
    text = pyproject.read_text(encoding="utf-8")
    anchor = "    # Template's dependencies above, yours below.\n"
    later = text.replace('"pytest>=9.2,<10"', '"pytest>=9.2.0,<10"').replace(anchor, f'    "idna>=3",\n{anchor}')
    if later.count('"idna>=3"') != 2 or "pytest>=9.2.0" not in later:
        raise RuntimeError("pyproject.toml.jinja no longer has the lines that the next version changes.")
    pyproject.write_text(later, encoding="utf-8")
