"""The command in this process, a fake Sentry beside it, and rules to bring from one to the other."""

from __future__ import annotations

import io
import json
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from alerts import fake_sentry
from alerts.fake_sentry import ORGANIZATION, PROJECT, TOKEN, FakeSentry
from fastapi_sentry.alerts.command import Surroundings, app

Json = dict[str, Any]

SECRETS = (TOKEN, "key-that-stays-secret")

RULE: Json = {
    "$schema": "./rule.schema.json",
    "why": "Something is worth knowing.",
    "monitor": "issue_stream",
    "workflow": {
        "name": "example-service: test",
        "environment": "production",
        "config": {"frequency": 30},
        "triggers": {"conditions": [{"type": "every_event"}]},
        "actionFilters": [
            {
                "logicType": "all",
                "conditions": [{"type": "level", "comparison": {"match": "gte", "level": "error"}}],
                "actions": [{"type": "email", "config": {"targetType": "issue_owners"}}],
            }
        ],
    },
}
"""A rule as small as one can be."""


def rule(**changes: Any) -> Json:
    """The small rule, with parts of its workflow exchanged; `conditions` and `actions` are those of its filter."""
    made = deepcopy(RULE)
    group = made["workflow"]["actionFilters"][0]
    for key, value in changes.items():
        target = group if key in ("conditions", "actions", "logicType") else made["workflow"]
        (made if key in ("id", "monitor", "why") else target)[key] = value
    return made


class Rules:
    """A folder of rule files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def write(self, *rules: Json) -> Rules:
        """Write each rule to a file of its own: a.json, b.json and so on. Files that are there already go."""
        for path in self.folder.glob("*.json"):
            path.unlink()
        for letter, made in zip("abcdefghijklmnopqrstuvwxyz", rules, strict=False):
            text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
            (self.folder / f"{letter}.json").write_text(text, encoding="utf-8")
        return self


@dataclass
class Result:
    """What a run of the command left behind."""

    status: int
    out: str
    err: str
    slept: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return f"exit status {self.status}\n{self.out}\n{self.err}"

    @property
    def report(self) -> Json:
        report: Json = json.loads(self.out)
        return report


class Command:
    """`fastapi-sentry alerts` in a service's folder, run in this process. Nothing that it prints contains a secret."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        *arguments: str,
        rules: Rules | Path | None = None,
        sentry: FakeSentry | None = None,
        environ: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> Result:
        folder = rules.folder if isinstance(rules, Rules) else rules
        where = ("--rules", str(folder)) if folder else ()
        slept: list[float] = []
        surroundings = Surroundings(
            environ={**(environment_for(sentry) if sentry else {}), **(environ or {})},
            sleep=slept.append,
            timeout=timeout,
            folder=self.folder,
        )
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            run = typer.main.get_command(app).main
            status = run([*arguments, *where], "alerts", standalone_mode=False, obj=surroundings) or 0
        result = Result(status, out.getvalue(), err.getvalue(), slept)
        for secret in SECRETS:
            assert secret not in result.out + result.err
        assert "Traceback" not in result.err
        return result

    def process(self, *arguments: str, rules: Rules) -> list[str]:
        """The command line of a process of its own."""
        return [sys.executable, "-m", "fastapi_sentry", "alerts", *arguments, "--rules", str(rules.folder)]


ANSWERS = """\
project_slug: example-service
sentry_host: https://sentry.io
sentry_org: my-org
sentry_project: example-service
"""


def environment_for(sentry: FakeSentry) -> dict[str, str]:
    return {
        "SENTRY_URL": sentry.url,
        "SENTRY_ORG": ORGANIZATION,
        "SENTRY_PROJECT": PROJECT,
        "SENTRY_AUTH_TOKEN": TOKEN,
    }


@pytest.fixture(autouse=True, scope="module")
def _certificates_are_read_once() -> Iterator[None]:
    """Each client reads them again, for 50 ms, though the fake Sentry has none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    folder = tmp_path_factory.mktemp("command")
    (folder / ".copier-answers.yml").write_text(ANSWERS, encoding="utf-8")
    (folder / "src").mkdir()
    (folder / "src" / "main.py").write_text('sentry_sdk.set_tag("api_version", "v1")\n', encoding="utf-8")
    return Command(folder)


@pytest.fixture
def sentry() -> Iterator[FakeSentry]:
    with fake_sentry.running() as sentry:
        yield sentry


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    return Rules(tmp_path / "rules")
