# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""`doctor`: is this service set up so that Sentry hears from it? Each fault comes with its remedy."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..config import PROJECT_ROOT, ConfigurationError, SentryConfig, load_config, read_environment
from ..dsn import Dsn
from .env_files import flaws
from .reach import UnreachableError, connect, send_test_event

HELP = "Check the DSN, the environment, the release and the rates, and whether Sentry can be reached."

Verdict = Literal["ok", "note", "FAULT"]


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.verdict:<6} {self.subject:<20} {self.text}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--send", action="store_true", help="send a test event and print its id")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a finding. Returns 0 when nothing is wrong, else 1."""
    healthy = True
    for finding in examine(send=arguments.send):
        print(finding, flush=True)
        healthy = healthy and finding.verdict != "FAULT"
    return 0 if healthy else 1


def examine(*, send: bool) -> Iterator[Finding]:
    """Look at one thing after another; stop where the next one would make no sense."""
    for flaw in flaws(PROJECT_ROOT):
        yield Finding("FAULT" if flaw.grave else "note", flaw.file, flaw.text)
    try:
        config = load_config(read_environment())
    except ConfigurationError as error:
        for fault in error.faults:
            yield Finding("FAULT", fault.variable, f"{fault.problem}; {fault.remedy}.")
        return
    yield from _settings(config)
    if config.dsn is None:
        where = PROJECT_ROOT / "env" / "secrets.env"
        remedy = (
            "fill it in in env/secrets.env" if where.is_file() else "copy env/secrets.env.example to env/secrets.env"
        )
        yield Finding("FAULT", "SENTRY_DSN", f"is not set, so nothing is sent; {remedy}.")
        return
    yield Finding("ok", "SENTRY_DSN", config.dsn.place)
    yield from _reachability(config, config.dsn, send=send)


def _settings(config: SentryConfig) -> Iterator[Finding]:
    yield Finding("ok", "SENTRY_ENVIRONMENT", config.environment)
    if config.release is None:
        text = "is not set: events carry no release. A deploy writes it to env/release.env."
        yield Finding("FAULT" if config.is_production else "note", "SENTRY_RELEASE", text)
    else:
        yield Finding("ok", "SENTRY_RELEASE", config.release)
    yield Finding("ok", "rates", _rates(config))
    yield Finding("ok", "policy", f"{config.pii_policy}; `preview` shows what leaves")
    if config.pii_policy == "pseudonymous" and config.user_id_key is None:
        text = "is not set or too short: pseudonyms of users last until the process ends. Production demands a key."
        yield Finding("note", "SENTRY_USER_ID_KEY", text)


def _rates(config: SentryConfig) -> str:
    shares = {
        "errors": config.sample_rate,
        "traces": config.traces_sample_rate,
        "profiles": config.profile_session_sample_rate,
    }
    texts = [f"{name} {'off' if share is None else share}" for name, share in shares.items()]
    return ", ".join([*texts, f"logs {'on' if config.logs else 'off'}"])


def _reachability(config: SentryConfig, dsn: Dsn, *, send: bool) -> Iterator[Finding]:
    try:
        yield Finding("ok", "connection", connect(dsn))
        if send:
            event_id = send_test_event(config, dsn)
            yield Finding("ok", "test event", f"{event_id} was accepted by {dsn.place}.")
    except UnreachableError as problem:
        yield Finding("FAULT", problem.subject, str(problem))
