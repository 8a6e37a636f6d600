"""`doctor`: is this service set up so that Sentry hears from it? Each fault comes with its remedy."""

from __future__ import annotations

import re
import socket
import ssl
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, Literal
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import sentry_sdk
from sentry_sdk.utils import Dsn

from . import answers
from .config import ENV_FOLDER, ConfigurationError, SentryConfig, get_config
from .setup import start

HELP: Final = "Check the DSN, the environment, the release and the rates, and whether Sentry can be reached."
TIMEOUT: Final = 5.0
"""Seconds to wait for a connection, and again for the answer to a test event."""

Verdict = Literal["ok", "note", "FAULT"]
Finding = tuple[Verdict, str, str]
"""A verdict, what it is about, and a sentence with the remedy and without any secret."""

_SECRET: Final = re.compile(
    r"(?i)\s*(?:export )?\s*(SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS))\s*="
)
# No byte order mark, no CRLF, no spaces, quotes or `export` around name and value.
_PLAIN_LINE: Final = re.compile(r"\s*(#.*)?|\w+=([^\s'\"]([^\r]*[^\s])?)?").fullmatch
_REFUSALS: Final = {
    "status_401": "refuses the key (401): copy the DSN from Sentry again.",
    "status_403": "refuses the key or the project (403): copy the DSN again, and see that its key is enabled.",
    "status_404": "knows no such project (404): the address answers, but is it that of Sentry?",
    "status_429": "takes no more for now (429): the quota is used up or a rate limit holds.",
}
_REMEDIES: Final = {
    socket.gaierror: "no host has that name; check SENTRY_DSN and the name server.",
    ConnectionRefusedError: "nothing listens there; check the port in SENTRY_DSN, or start the server.",
    ssl.SSLCertVerificationError: "its certificate is not trusted; install its authority.",
    ssl.SSLError: "it speaks no TLS; does its DSN begin with http:// or have another port?",
    TimeoutError: f"it did not answer within {TIMEOUT:.0f} seconds; is a firewall or a proxy in between?",
}


def run(*, send: bool, begin: Callable[[SentryConfig], object] = start) -> int:
    """Print one line a finding. Returns 0 when nothing is wrong, else 1. `begin` sets Sentry up for a test event."""
    healthy = True
    for verdict, subject, text in examine(begin if send else None):
        print(f"{verdict:<6} {subject:<20} {text}", flush=True)
        healthy = healthy and verdict != "FAULT"
    return 0 if healthy else 1


def examine(begin: Callable[[SentryConfig], object] | None) -> Iterator[Finding]:
    """Look at one thing after another; stop where the next one would make no sense."""
    yield from _env_files()
    try:
        config = get_config()
    except ConfigurationError as error:
        yield from (("FAULT", "configuration", f"{fault}.") for fault in error.faults)
        return
    yield from (("note", "not read", sentence) for sentence in config.remarks)
    yield from _settings(config)
    if config.dsn is None:
        there = (ENV_FOLDER / "secrets.env").is_file()
        remedy = "fill it in in env/secrets.env" if there else "copy env/secrets.env.example to env/secrets.env"
        yield "FAULT", "SENTRY_DSN", f"is not set, so nothing is sent; {remedy}."
        return
    project = f"project {config.dsn.project_id} at {config.dsn.host}"
    yield "ok", "SENTRY_DSN", project
    answered = urlsplit(answers.SENTRY_HOST).hostname or ""
    if not f".{config.dsn.host}".endswith((f".{answered}", ".localhost", ".127.0.0.1")):
        text = f"is not at {answered}, the answer sentry_host. The service follows the DSN; change the wrong one."
        yield "note", "SENTRY_DSN", text
    try:
        yield "ok", "connection", reach(config.dsn)
        if begin is not None:
            begin(config)
            yield "ok", "test event", f"{send_test_event(config.dsn.host)} was accepted by {project}."
    except UnreachableError as problem:
        yield "FAULT", "connection", str(problem)


def _settings(config: SentryConfig) -> Iterator[Finding]:
    yield "ok", "SENTRY_ENVIRONMENT", config.environment
    text = config.release or "is not set: events carry no release. A deploy writes it to env/release.env."
    yield "ok" if config.release else "FAULT" if config.is_production else "note", "SENTRY_RELEASE", text
    rates = {
        "errors": config.sample_rate,
        "traces": config.traces_sample_rate,
        "profiles": config.profile_session_sample_rate,
    }
    shares = [f"{name} {'off' if share is None else share}" for name, share in rates.items()]
    yield "ok", "rates", ", ".join([*shares, f"logs {'on' if answers.LOGS else 'off'}"])
    if answers.PROFILING and sys.version_info < (3, 12):
        yield "note", "profiling", "is off: the SDK's profiler can crash or hang Python 3.11. Use 3.12 or later."
    yield "ok", "policy", f"{config.pii_policy}; `preview` shows what leaves"
    if config.pii_policy == "pseudonymous" and config.user_id_key is None:
        text = "is not set or too short: pseudonyms of users last until the process ends. Production demands a key."
        yield "note", "SENTRY_USER_ID_KEY", text


def _env_files() -> Iterator[Finding]:
    """Look at the env files for secrets in the wrong place, and for lines that deployments read in another way."""
    for name, secret in (("secrets.env", True), ("release.env", False)):
        path = ENV_FOLDER / name
        # One that cannot be read is a fault of the configuration, which says so itself.
        with suppress(OSError, UnicodeDecodeError):
            if secret and stat.S_IMODE(path.stat().st_mode) & 0o077:
                yield "note", f"env/{name}", f"can be read by others on this machine: `chmod 600 env/{name}`."
            for number, line in enumerate(path.read_bytes().decode().removesuffix("\n").split("\n"), 1):
                if not secret and (found := _SECRET.match(line)):
                    yield "FAULT", f"env/{name}", f"line {number} sets {found[1]}, a secret: move it to secrets.env."
                if not _PLAIN_LINE(line):
                    text = "is more than NAME=value: no spaces, quotes, export, CRLF or byte order mark."
                    yield "note", f"env/{name}", f"line {number} {text}"


# The server


class UnreachableError(Exception):
    """Sentry was not reached. `str()` is a sentence with the remedy."""


def reach(dsn: Dsn) -> str:
    """Ask the host of the DSN for its first page, and return what was found.

    Raises:
        UnreachableError: the sentence names the host and port, never the key.
    """
    address = f"{dsn.host}:{dsn.port}"
    try:
        with suppress(HTTPError):
            # Whatever it answers, it is there.
            urlopen(f"{dsn.scheme}://{dsn.netloc}/", timeout=TIMEOUT).close()  # noqa: S310 (http or https)
        return f"{address} answers{'' if dsn.scheme == 'https' else ', without TLS'}"
    except OSError as error:
        reason = getattr(error, "reason", error)
        remedy = next((text for kind, text in _REMEDIES.items() if isinstance(reason, kind)), f"({reason})")
        raise UnreachableError(f"{address} cannot be reached: {remedy}") from None


def send_test_event(host: str) -> str:
    """Send one event the way the service does, and return its id once the server has taken it.

    Raises:
        UnreachableError: it was dropped on the way or refused.
    """
    client = sentry_sdk.get_client()
    if not client.is_active():
        raise UnreachableError("was not sent: the application starts without init_sentry().")
    dropped: list[str] = []
    # The SDK's own hook for what it could not deliver; it does nothing by default.
    setattr(client.transport, "on_dropped_event", dropped.append)  # noqa: B010
    event_id = sentry_sdk.capture_message("Test event of `doctor --send`", level="info")
    began = time.monotonic()
    client.flush(timeout=TIMEOUT)
    waited = time.monotonic() - began
    client.close(timeout=0)
    if event_id is None:
        raise UnreachableError("was not sampled: SENTRY_SAMPLE_RATE is below 1, try again.")
    if dropped:
        other = f"did not take it ({dropped[0]}): set SENTRY_DEBUG=true and try again."
        raise UnreachableError(f"{host} {_REFUSALS.get(dropped[0], other)}")
    if waited >= TIMEOUT:
        raise UnreachableError(f"{host} took it but did not answer within {TIMEOUT:.0f} seconds.")
    return event_id
