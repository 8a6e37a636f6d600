"""`doctor`: check that this service is set up to report to Sentry, and say how to fix what is wrong."""

from __future__ import annotations

import ast
import re
import socket
import ssl
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from typing import Final, Literal
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import sentry_sdk
from sentry_sdk.utils import Dsn

from . import answers, sdk
from .application import ApplicationError, load_app
from .config import ENV_FOLDER, PACKAGE_FOLDER, ConfigurationError, SentryConfig, get_config
from .setup import start

HELP: Final = (
    "Check the DSN, environment, release, and sample rates, and test the connection to Sentry."
)
_CAPTURES: Final = ("capture_event", "capture_exception", "capture_message")
TIMEOUT: Final = 5.0
"""Seconds to wait for a connection, and again for the response to a test event."""

Verdict = Literal["ok", "note", "FAULT"]
Finding = tuple[Verdict, str, str]
"""A verdict, what it is about, and a sentence that says how to fix it. It never holds a secret."""

_SECRET: Final = re.compile(
    r"(?i)\s*(?:export )?\s*(SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS))\s*="
)
# No byte order mark, no CRLF, no spaces, quotes or `export` around name and value.
_PLAIN_LINE: Final = re.compile(r"\s*(#.*)?|\w+=([^\s'\"]([^\r]*[^\s])?)?").fullmatch
_REFUSALS: Final = {
    "status_401": "rejected the key (401). Copy the DSN from Sentry again.",
    "status_403": "rejected the key or project (403). Copy the DSN again, and make sure the client key is enabled.",
    "status_404": "responded with 404. Check that the project ID is correct and that the host is a Sentry server.",
    "status_429": "is rate limiting requests (429). The quota may be exhausted.",
}
_FIXES: Final = {
    socket.gaierror: "the host name couldn't be resolved. Check SENTRY_DSN and your DNS settings.",
    ConnectionRefusedError: "connection refused. Check the port in SENTRY_DSN, or start the server.",
    ssl.SSLCertVerificationError: "its certificate isn't trusted. Install the CA certificate.",
    ssl.SSLError: "TLS handshake failed. Check the scheme and port in SENTRY_DSN.",
    TimeoutError: f"no response within {TIMEOUT:.0f} seconds. Check for a firewall or proxy in between.",
}


def run(*, send: bool) -> int:
    """Print one line per finding. Returns 0 when nothing is wrong, else 1."""
    healthy = True
    for verdict, subject, text in examine(send=send):
        print(f"{verdict:<6} {subject:<20} {text}", flush=True)
        healthy = healthy and verdict != "FAULT"
    return 0 if healthy else 1


def examine(*, send: bool) -> Iterator[Finding]:
    """Check one thing after another, and stop where the next check would make no sense."""
    yield from _env_files()
    yield from _dropped_events()
    try:
        config = get_config()
    except ConfigurationError as error:
        yield from (("FAULT", "configuration", f"{fault}.") for fault in error.args)
        return
    yield from (("note", "not read", sentence) for sentence in config.remarks)
    yield from _settings(config)
    if config.dsn is None:
        there = (ENV_FOLDER / "secrets.env").is_file()
        fix = (
            "fill it in in env/secrets.env"
            if there
            else "copy env/secrets.env.example to env/secrets.env"
        )
        yield "FAULT", "SENTRY_DSN", f"is not set, so nothing is sent; {fix}."
        return
    project = f"project {config.dsn.project_id} at {config.dsn.host}"
    yield "ok", "SENTRY_DSN", project
    answered = urlsplit(answers.SENTRY_HOST).hostname or ""
    if not f".{config.dsn.host}".endswith((f".{answered}", ".localhost", ".127.0.0.1")):
        text = f"doesn't match `sentry_host` ({answered}). The service uses the DSN; correct whichever is wrong."
        yield "note", "SENTRY_DSN", text
    yield from _application(config)
    try:
        yield "ok", "connection", reach(config.dsn)
        if send:
            yield (
                "ok",
                "test event",
                f"{send_test_event(config.dsn.host)} was accepted by {project}.",
            )
    except UnreachableError as problem:
        yield "FAULT", "connection", str(problem)


def _application(config: SentryConfig) -> Iterator[Finding]:
    """Import the application, and check that what it reports passes the layer."""
    try:
        # What the service prints is no part of the output.
        with redirect_stdout(StringIO()) as output, redirect_stderr(output):
            load_app()
    except ApplicationError as error:
        start(config)
        yield "note", "application", f"{error} The layer was started alone."
    foreign = sdk.foreign_client()
    if foreign is not None:
        yield "FAULT", "application", foreign
    elif not sentry_sdk.get_client().is_active():
        yield (
            "FAULT",
            "application",
            f"{answers.APP_IMPORT} doesn't call init_sentry(), so nothing is sent.",
        )
    else:
        yield "ok", "application", f"{answers.APP_IMPORT} reports through the layer"


def _settings(config: SentryConfig) -> Iterator[Finding]:
    yield "ok", "SENTRY_ENVIRONMENT", config.environment
    text = (
        config.release
        or "is not set, so events have no release. Run tools/release_env.py when you deploy."
    )
    yield (
        "ok" if config.release else "FAULT" if config.is_production else "note",
        "SENTRY_RELEASE",
        text,
    )
    rates = {
        "errors": config.sample_rate,
        "traces": config.traces_sample_rate,
        "profiles": config.profile_session_sample_rate,
    }
    shares = [f"{name} {'off' if share is None else share}" for name, share in rates.items()]
    yield "ok", "rates", ", ".join([*shares, f"logs {'on' if answers.LOGS else 'off'}"])
    if answers.PROFILING and sys.version_info < (3, 12):
        yield (
            "note",
            "profiling",
            "is disabled: the SDK's profiler can crash Python 3.11. Use Python 3.12 or newer.",
        )
    yield "ok", "policy", f"{config.pii_policy}; `preview` shows what is sent"
    if config.pii_policy == "pseudonymous" and config.user_id_key is None:
        text = "is not set or too short, so user hashes change on every restart. Production requires a key."
        yield "note", "SENTRY_USER_ID_KEY", text


def _dropped_events() -> Iterator[Finding]:
    """Look for calls whose event the SDK drops: it has no parameter `extra`."""
    for path in sorted(PACKAGE_FOLDER.rglob("*.py")):
        with suppress(SyntaxError):
            calls = [
                node
                for node in ast.walk(ast.parse(path.read_bytes()))
                if isinstance(node, ast.Call)
            ]
            for call in calls:
                name = ast.unparse(call.func).rpartition(".")[2]
                if name in _CAPTURES and any(keyword.arg == "extra" for keyword in call.keywords):
                    text = f"line {call.lineno} passes `extra`, so the SDK drops the event. Pass `extras={{...}}`."
                    yield "FAULT", path.relative_to(PACKAGE_FOLDER).as_posix(), text


def _env_files() -> Iterator[Finding]:
    """Look at the env files for secrets in the wrong place, and for lines that deployments read in another way."""
    for name, secret in (("secrets.env", True), ("release.env", False)):
        path = ENV_FOLDER / name
        # One that cannot be read is a fault of the configuration, which says so itself.
        with suppress(OSError, UnicodeDecodeError):
            if secret and stat.S_IMODE(path.stat().st_mode) & 0o077:
                yield (
                    "note",
                    f"env/{name}",
                    f"is readable by other users. Run `chmod 600 env/{name}`.",
                )
            for number, line in enumerate(
                path.read_bytes().decode().removesuffix("\n").split("\n"), 1
            ):
                if not secret and (found := _SECRET.match(line)):
                    text = (
                        f"line {number} sets {found[1]}, which is a secret. Move it to secrets.env."
                    )
                    yield "FAULT", f"env/{name}", text
                if not _PLAIN_LINE(line):
                    text = "is more than NAME=value: no spaces, quotes, export, CRLF or byte order mark."
                    yield "note", f"env/{name}", f"line {number} {text}"


# The server


class UnreachableError(Exception):
    """Sentry was not reached. `str()` is a sentence with the fix."""


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
        fix = next(
            (text for kind, text in _FIXES.items() if isinstance(reason, kind)), f"({reason})"
        )
        raise UnreachableError(f"Couldn't connect to {address}: {fix}") from None


def send_test_event(host: str) -> str:
    """Send one event the way the service does, and return its id once the server has taken it.

    Raises:
        UnreachableError: it was dropped on the way or refused.
    """
    client = sentry_sdk.get_client()
    if not client.is_active():
        raise UnreachableError("The event wasn't sent: the application doesn't call init_sentry().")
    dropped: list[str] = []
    # The SDK's own hook for what it could not deliver; it does nothing by default.
    setattr(client.transport, "on_dropped_event", dropped.append)  # noqa: B010
    event_id = sentry_sdk.capture_message("Test event of `doctor --send`", level="info")
    began = time.monotonic()
    client.flush(timeout=TIMEOUT)
    waited = time.monotonic() - began
    client.close(timeout=0)
    if event_id is None:
        raise UnreachableError(
            "The event was dropped by sampling (SENTRY_SAMPLE_RATE is below 1). Try again."
        )
    if dropped:
        other = f"did not take it ({dropped[0]}): set SENTRY_DEBUG=true and try again."
        raise UnreachableError(f"{host} {_REFUSALS.get(dropped[0], other)}")
    if waited >= TIMEOUT:
        raise UnreachableError(f"{host} took it but did not answer within {TIMEOUT:.0f} seconds.")
    return event_id
