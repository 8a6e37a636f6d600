"""What the command says where it can't go on: one sentence, status 1, and nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.history import commit_all, git

from .conftest import Adopt, Service, as_it_was

MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n"


@pytest.mark.parametrize(
    ("files", "options", "sentence"),
    [
        ({"app/main.py": "x = 1\n"}, [], "No FastAPI or Starlette application was found"),
        ({"app/main.py": MAIN}, ["--app", "app.server:app"], "There is no module app.server here"),
        (
            {
                "a/requirements.txt": "fastapi\n",
                "a/main.py": MAIN,
                "b/requirements.txt": "fastapi\n",
                "b/main.py": MAIN,
            },
            [],
            "Several services were found: a, b. Name one of these folders.",
        ),
        ({"app/__init__.py": "", "app/main.py": MAIN}, ["--data", "pii_policy=none"], "pii_policy"),
        ({"app/main.py": MAIN}, ["--app", "app.main"], "--app app.main isn't module:object, such as app.main:app."),
        ({"app/main.py": MAIN}, ["--app", "app.main:nope"], "app/main.py has no nope, which --app names."),
        ({"app/main.py": MAIN}, ["--package-path", "/app"], "--package-path /app must be a folder of the service"),
    ],
    ids=[
        "no application",
        "no such module",
        "a monorepo",
        "an answer that isn't valid",
        "no object",
        "no such object",
        "a folder elsewhere",
    ],
)
def test_one_sentence(adopt: Adopt, service: Service, files: dict[str, str], options: list[str], sentence: str) -> None:
    root = service(files)

    status, output = adopt(root, *options)

    assert status == 1
    assert sentence in output
    assert "Traceback" not in output
    assert git(root, "status", "--porcelain") == ""


def test_a_folder_without_a_repository(adopt: Adopt, tmp_path: Path) -> None:
    status, output = adopt(tmp_path)

    assert status == 1
    assert "isn't in a git repository" in output


def test_uncommitted_work_is_not_mixed_with_the_edits(adopt: Adopt, tmp_path: Path) -> None:
    root = as_it_was("flat", tmp_path / "flat")
    (root / "app" / "main.py").write_text(f"{(root / 'app' / 'main.py').read_text()}# mine\n", encoding="utf-8")

    status, output = adopt(root, "--apply")

    assert status == 1
    assert "There are uncommitted changes (app/main.py)" in output
    assert git(root, "status", "--porcelain") == " M app/main.py\n"


def test_what_git_does_not_know_is_not_edited(adopt: Adopt, service: Service) -> None:
    root = service({"app/__init__.py": "", "app/main.py": MAIN})
    (root / "notes.md").write_text("Mine\n", encoding="utf-8")
    (root / "worker.py").write_text("import sentry_sdk\nsentry_sdk.init()\n", encoding="utf-8")

    status, output = adopt(root, "--apply")

    assert status == 1
    assert "There are uncommitted changes (worker.py)" in output
    assert git(root, "status", "--porcelain") == "?? notes.md\n?? worker.py\n"


def test_files_that_cannot_be_read_are_named(adopt: Adopt, service: Service) -> None:
    start = "import sentry_sdk\nsentry_sdk.init()\n"
    root = service({"app/__init__.py": "", "app/main.py": start + MAIN, "app/old.py": f"print 'x'\n{start}"})
    (root / "app" / "latin.py").write_bytes(b"# \xe9\n" + start.encode())
    (root / "app" / "loop.py").symlink_to("loop.py")
    (root / "pyproject.toml").write_bytes(b'[project\ndescription = "\xe9"\ndependencies = ["sentry-sdk==2.1"]\n')
    commit_all(root, "Add files that can't be read")

    status, output = adopt(root, "--apply")

    assert status == 0, output
    assert [line.split()[2] for line in output.splitlines() if line.startswith("left out")] == [
        "app/latin.py:",
        "app/old.py:",
    ]
    assert "version    pyproject.toml isn't valid TOML, so no tool can read it" in output
    assert "sentry_sdk" not in (root / "app" / "main.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("there", ["shop/sentry.py", "shop/sentry/__init__.py"])
def test_a_module_named_sentry_is_no_obstacle(adopt: Adopt, service: Service, there: str) -> None:
    root = service({"shop/__init__.py": "", "shop/main.py": MAIN, there: "import sentry_sdk\nsentry_sdk.init(1)\n"})

    status, output = adopt(root, "--apply")

    assert status == 0, output
    assert "from shop.monitoring.sentry import init_sentry" in (root / there).read_text(encoding="utf-8")


def test_a_second_layer_does_not_replace_the_first(adopt: Adopt, service: Service) -> None:
    files = {
        f"{name}/{file}": text for name in ("a", "b") for file, text in {"__init__.py": "", "main.py": MAIN}.items()
    }
    root = service(files)
    adopt(root, "--app", "a.main:app", "--apply")
    commit_all(root, "Adopt a")

    status, output = adopt(root, "--app", "b.main:app")

    assert status == 1
    assert "belongs to a.main:app in a" in output


def test_folders_that_are_ignored_or_there_already(adopt: Adopt, service: Service) -> None:
    ignored = ".env\nenv/\ntools/\n*.json\n"
    root = service({"app/__init__.py": "", "app/main.py": MAIN, ".gitignore": ignored, "tools/lint.py": "x = 1\n"})

    adopt(root, "--apply")

    git(root, "add", "--all")
    added = git(root, "diff", "--cached", "--name-only").split()
    assert {"env/secrets.env.example", "env/release.env.example", "tools/release_env.py"} <= set(added)
    assert [path for path in added if path.startswith("alerts/")] != []
    assert not [path for path in added if path.endswith(".env")]


def test_without_a_linter_nothing_is_told_to_one(adopt: Adopt, service: Service) -> None:
    root = service({"app/__init__.py": "", "app/main.py": MAIN})

    _, output = adopt(root, "--apply")

    # The layer brings a ruff.toml of its own.
    text = (root / "app" / "main.py").read_text(encoding="utf-8")
    assert text.startswith("from app.sentry import init_sentry\n")
    assert output.endswith("uvx copier update -a .copier-answers.sentry.yml\n")


def test_a_linter_is_told_that_imports_follow_a_call(adopt: Adopt, service: Service) -> None:
    root = service({"app/__init__.py": "", "app/main.py": MAIN, "ruff.toml": 'lint.select = ["E", "F", "I"]\n'})

    adopt(root, "--apply")

    text = (root / "app" / "main.py").read_text(encoding="utf-8")
    assert text.startswith("# ruff: noqa: E402\nfrom app.sentry import init_sentry\n")
