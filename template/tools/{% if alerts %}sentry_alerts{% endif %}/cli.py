# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""The command. Exit status: 0 nothing to do or all done, 1 an error, and 2 from `plan` where something differs."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, TextIO
from unicodedata import category

from .apply import apply_plan
from .client import SentryClient
from .faults import AlertsError, FaultyRulesError
from .plan import Plan, make_plan
from .report import plan_json, plan_text
from .settings import Settings, load_settings
from .validate import load_rules

EQUAL, ERROR, DIFFERS = 0, 1, 2
ROOT = Path(__file__).resolve().parents[2]


class _Parser(argparse.ArgumentParser):
    """argparse leaves with 2, which `plan` keeps for "something differs"."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ERROR, f"error: {message}\n")


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        rules = load_rules(_from_here(options.rules))
        if options.command == "validate":
            _print(f"{len(rules)} rules are valid." if len(rules) != 1 else "1 rule is valid.")
            return EQUAL
        settings = load_settings(environ)
        client = SentryClient(settings, timeout=options.timeout, note=_note, sleep=sleep)
        try:
            plan = make_plan(rules, client, options.prune)
            if options.command == "plan":
                _print((plan_json if options.json else plan_text)(plan, settings))
                return EQUAL if plan.is_empty else DIFFERS
            return _apply(plan, client, settings, yes=options.yes)
        finally:
            client.close()
    except FaultyRulesError as faulty:
        _print(str(faulty), sys.stderr)
        _print(f"{len(faulty.faults)} fault{'s' if len(faulty.faults) > 1 else ''}.", sys.stderr)
    except AlertsError as error:
        _print(f"error: {error}", sys.stderr)
    except KeyboardInterrupt:
        _print("Interrupted; nothing was changed.", sys.stderr)
    return ERROR


def _apply(plan: Plan, client: SentryClient, settings: Settings, *, yes: bool) -> int:
    _print(plan_text(plan, settings))
    if plan.is_empty:
        _print("Nothing to do.")
        return EQUAL
    if not yes and not sys.stdin.isatty():
        raise AlertsError("nobody is here to confirm this; give --yes to apply it without asking.")
    if not yes and not _confirmed():
        _print("Nothing was changed.")
        return ERROR
    outcome = apply_plan(plan, client, _print)
    done = outcome.done
    equal = sum(step.action == "equal" for step in plan.steps)
    _print(f"Done: {done['create']} created, {done['change']} changed, {done['delete']} deleted, {equal} left equal.")
    for problem in outcome.problems:
        _print(problem, sys.stderr)
    if outcome.untried:
        _print(f"{outcome.untried} not tried; the next `apply` continues here.", sys.stderr)
    return ERROR if outcome.problems else EQUAL


def _confirmed() -> bool:
    try:
        return input("Apply this? [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        return False


def _from_here(path: Path) -> Path:
    """The path as seen from the working directory, so that messages are short and can be clicked."""
    return Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path


def _note(sentence: str) -> None:
    _print(f"{sentence} ...", sys.stderr)


def _print(text: str, stream: TextIO | None = None) -> None:
    """Print without the control characters that a name from Sentry might hold, whatever the terminal can show."""
    stream = stream or sys.stdout
    shown = "".join("?" if each != "\n" and category(each) in ("Cc", "Zl", "Zp") else each for each in text)
    encoding = stream.encoding or "utf-8"
    print(shown.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ValueError
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="alerts.py",
        description="Keep Sentry's alert rules in line with the files in alerts/.",
        epilog="plan and apply read SENTRY_AUTH_TOKEN, and SENTRY_URL, SENTRY_ORG and SENTRY_PROJECT over the answers.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="validate | plan | apply")
    validate = commands.add_parser("validate", help="check the files; needs neither a token nor a network")
    plan = commands.add_parser("plan", help="show what differs; changes nothing; exit status 2 when something does")
    apply = commands.add_parser("apply", help="show what differs, ask, and bring Sentry into line")
    for command in (validate, plan, apply):
        command.add_argument("--rules", type=Path, default=ROOT / "alerts", metavar="DIR", help="where the files are")
    for command in (plan, apply):
        command.add_argument(
            "--prune", action="append", default=[], metavar="NAME", help="delete this alert that has lost its file"
        )
        command.add_argument("--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="for each answer (30)")
    plan.add_argument("--json", action="store_true", help="print the plan for programs")
    apply.add_argument("--yes", action="store_true", help="do not ask")
    return parser
