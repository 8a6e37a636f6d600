"""`fastapi-sentry alerts validate | plan | apply | pull`.

Exit status: 0 on success, 1 on error, and 2 from `plan` if it finds differences.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TextIO, TypeAlias
from unicodedata import category

import typer
from rich.console import Console
from rich.text import Text

from .apply import apply_plan
from .client import SentryClient
from .model import schema_text
from .plan import Plan, make_plan
from .pull import pull_alert
from .report import as_json, as_markdown, as_text
from .rules import AlertsError, Rules, load_rules, meaningless
from .rules import checked as checked_rule
from .service import Service, find_service
from .tags import check_tags

DIFFERENT = 2
STYLES = {"+": "green", "-": "red", "~": "yellow"}


@dataclass
class Surroundings:
    """What a run takes from the process that it runs in."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    sleep: Callable[[float], None] = time.sleep
    timeout: float = 30.0
    """Seconds to wait for each part of a response."""
    folder: Path = field(default_factory=Path.cwd)

    @property
    def service(self) -> Service:
        return find_service(self.folder)

    def client(self, service: Service) -> SentryClient:
        return SentryClient(
            service, self.environ, self.timeout, lambda sentence: show(f"{sentence} ...", sys.stderr), self.sleep
        )


app = typer.Typer(
    name="alerts",
    help="Keep Sentry's alerts in sync with the rule files in alerts/.",
    epilog="plan, apply, and pull read SENTRY_AUTH_TOKEN. SENTRY_URL, SENTRY_ORG, SENTRY_PROJECT override the answers.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RulesOption: TypeAlias = Annotated[
    Path | None, typer.Option("--rules", metavar="DIR", help="The folder with the rule files (default: alerts/).")
]
PruneOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--prune",
        metavar="NAME",
        help="Delete this service's alert of that name if no file describes it, or its younger twins if one does.",
    ),
]
TakeOverOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--take-over", metavar="ID", help="Let a rule's `id` be of an alert that belongs to another project."),
]


@app.command()
def validate(context: typer.Context, rules: RulesOption = None) -> None:
    """Check the files. Needs neither a token nor a network."""
    with _problems_shown():
        surroundings = _surroundings(context)
        service = surroundings.service
        loaded = _load(service, rules)
        problems, doubts = check_tags(loaded.rules, service.root)
        _warn(doubts)
        if problems:
            raise AlertsError(*problems)
        show("1 rule is valid." if len(loaded.rules) == 1 else f"{len(loaded.rules)} rules are valid.")
        unset = [
            name
            for name, answer in (("SENTRY_ORG", service.organization), ("SENTRY_PROJECT", service.project))
            if not answer and not surroundings.environ.get(name, "").strip()
        ]
        if unset:
            _warn([f"plan and apply need {' and '.join(unset)}, which the answers don't set."])


@app.command()
def plan(
    context: typer.Context,
    rules: RulesOption = None,
    prune: PruneOption = None,
    take_over: TakeOverOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print the plan for programs.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the plan for a comment.")] = False,
    summary: Annotated[
        Path | None, typer.Option("--summary", metavar="FILE", help="Also append the plan as Markdown to a file.")
    ] = None,
) -> None:
    """Show the differences. Changes nothing. Exit status 2 if there are any."""
    with _problems_shown(), _planned(context, rules, prune, take_over) as (made, client):
        if summary:
            _append(summary, as_markdown(made, client))
        if json:
            show(as_json(made, client))
        elif markdown:
            show(as_markdown(made, client).rstrip("\n"))
        else:
            _show_plan(made, client)
        raise typer.Exit(DIFFERENT if made.tasks else 0)


@app.command()
def apply(
    context: typer.Context,
    rules: RulesOption = None,
    prune: PruneOption = None,
    take_over: TakeOverOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for confirmation.")] = False,
) -> None:
    """Show the plan, ask for confirmation, and apply it."""
    with _problems_shown(), _planned(context, rules, prune, take_over) as (made, client):
        _show_plan(made, client)
        if not made.tasks:
            show("Nothing to do.")
            return
        if not yes and not _confirmed():
            show("Nothing was changed.")
            raise typer.Exit(1)
        if problems := apply_plan(made, client, show):
            raise AlertsError(*problems)


@app.command()
def pull(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="NAME|ID", help="The alert in Sentry.")],
    rules: RulesOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file that describes it.")] = False,
) -> None:
    """Write a rule file for an alert that exists in Sentry."""
    with _problems_shown():
        surroundings = _surroundings(context)
        service = surroundings.service
        client = surroundings.client(service)
        with client.http:
            path, rule = pull_alert(alert, client, _folder(service, rules), service.name_prefix, overwrite=overwrite)
        schema = path.parent / "rule.schema.json"
        if not schema.exists():
            schema.write_text(schema_text(), encoding="utf-8")
        show(f"Wrote {path}. Say in `why` what the alert is for.")
        _warn([f"{path}: {where}: {what}." for where, what in meaningless(checked_rule(path, rule))])


@app.command(hidden=True)
def schema() -> None:
    """Print the JSON Schema of rule files."""
    show(schema_text().rstrip("\n"))


def _surroundings(context: typer.Context) -> Surroundings:
    return context.ensure_object(Surroundings)


def _folder(service: Service, given: Path | None) -> Path:
    """Return the folder of the rules as seen from the working directory, so that terminals make links of its files."""
    folder = given or service.rules
    return Path(os.path.relpath(folder)) if folder.absolute().is_relative_to(Path.cwd()) else folder


def _load(service: Service, given: Path | None) -> Rules:
    loaded = load_rules(_folder(service, given))
    _warn(loaded.warnings)
    return loaded


@contextmanager
def _planned(
    context: typer.Context, rules: Path | None, prune: Sequence[str] | None, take_over: Sequence[str] | None
) -> Iterator[tuple[Plan, SentryClient]]:
    surroundings = _surroundings(context)
    service = surroundings.service
    loaded = _load(service, rules)
    client = surroundings.client(service)
    with client.http:
        yield make_plan(loaded.rules, client, service.name_prefix, prune or (), take_over or ()), client


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise AlertsError(f"{path}: can't be written: {error.strerror}.") from None


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise AlertsError("There is no terminal to confirm on. Pass --yes to apply without confirmation.")
    try:
        return input("Apply this? [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        return False


@contextmanager
def _problems_shown() -> Iterator[None]:
    """Print what goes wrong, and exit with status 1."""
    try:
        yield
    except AlertsError as error:
        for problem in error.problems:
            show(f"error: {problem}", sys.stderr)
    except KeyboardInterrupt:
        show("error: interrupted. Nothing was changed.", sys.stderr)
    else:
        return
    raise typer.Exit(1)


def _warn(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        show(f"warning: {sentence}", sys.stderr)


def _show_plan(made: Plan, client: SentryClient) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for line in as_text(made, client).splitlines():
        if console.is_terminal:
            console.print(Text(printable(line, sys.stdout), style=STYLES.get(line.lstrip()[:1], "")))
        else:
            show(line)


def show(text: str, stream: TextIO | None = None) -> None:
    """Print a text as it is, without control characters."""
    stream = stream or sys.stdout
    print(printable(text, stream), file=stream, flush=True)


def printable(text: str, stream: TextIO) -> str:
    """Return a text without the control characters that a name from Sentry might contain, as the stream can show it."""
    shown = "".join("?" if each != "\n" and category(each) in ("Cc", "Zl", "Zp") else each for each in text)
    encoding = stream.encoding or "utf-8"
    return shown.encode(encoding, "replace").decode(encoding)
