"""`doctor`: check that this service is set up to report to Sentry, and say how to fix what is wrong."""

from __future__ import annotations

import ast
import inspect
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache
from importlib import import_module
from io import StringIO
from operator import attrgetter
from typing import Any, Final, Literal
from urllib.error import HTTPError
from urllib.request import urlopen

import sentry_sdk
from sentry_sdk.utils import Dsn

from . import answers, sdk
from .config import ENV_FOLDER, PACKAGE_FOLDER, ConfigurationError, SentryConfig, get_config

# Seconds to wait for a connection, and again for the response to a test event.
TIMEOUT: Final = 5.0

# The verdict, the subject, and a sentence with the fix. It never contains a secret.
Finding = tuple[Literal["ok", "note", "FAULT"], str, str]

_REJECTIONS: Final = {
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
    OSError: "no connection. Check SENTRY_DSN and your network.",
}


def run(*, send: bool) -> int:
    """Print one line per finding. Return 0 when nothing is wrong, else 1."""
    healthy = True
    for verdict, subject, text in examine(send=send):
        print(f"{verdict:<6} {subject:<20} {text}", flush=True)
        healthy = healthy and verdict != "FAULT"
    return 0 if healthy else 1


def examine(*, send: bool) -> Iterator[Finding]:
    """Run the checks in order, and stop when the next one depends on what failed."""
    yield from _dropped_events()
    try:
        config = get_config()
    except ConfigurationError as error:
        for fault in error.args:
            yield "FAULT", "configuration", f"{fault}."
        return
    for sentence in config.remarks:
        yield "note", "configuration", sentence
    yield from _settings(config)
    if config.dsn is None:
        yield (
            "FAULT",
            "SENTRY_DSN",
            "is not set, or SENTRY_ENABLED is false. Set it in env/secrets.env (NAME=value) or in the environment.",
        )
        return
    yield "ok", "SENTRY_DSN", f"project {config.dsn.project_id} at {config.dsn.host}"
    application, connection = _application(), _connection(config.dsn)
    yield from (application, connection)
    if send and application[0] == connection[0] == "ok":
        yield _test_event(config.dsn)


def _dropped_events() -> Iterator[Finding]:
    # Calls whose event the SDK drops: it has no parameter `extra`.
    for path in sorted(PACKAGE_FOLDER.rglob("*.py")):
        with suppress(SyntaxError):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if (
                    isinstance(node, ast.Call)
                    and any(keyword.arg == "extra" for keyword in node.keywords)
                    and ast.unparse(node.func).endswith(
                        ("capture_event", "capture_exception", "capture_message")
                    )
                ):
                    yield (
                        "FAULT",
                        path.relative_to(PACKAGE_FOLDER).as_posix(),
                        f"line {node.lineno} passes `extra`, so the SDK drops the event. Pass `extras={{...}}`.",
                    )


def _settings(config: SentryConfig) -> Iterator[Finding]:
    yield "ok", "SENTRY_ENVIRONMENT", config.environment
    yield (
        "ok" if config.release else "FAULT" if config.is_production else "note",
        "SENTRY_RELEASE",
        config.release
        or "is not set, so events have no release. Run tools/release_env.py when you deploy.",
    )
    rates = {
        "errors": config.sample_rate,
        "traces": config.traces_sample_rate,
        "profiles": config.profile_session_sample_rate,
        "logs": "on" if answers.LOGS else None,
    }
    yield (
        "ok",
        "rates",
        ", ".join(f"{name} {'off' if rate is None else rate}" for name, rate in rates.items()),
    )
    yield "ok", "policy", f"{config.pii_policy}; `preview` shows what is sent"
    secrets = ENV_FOLDER / "secrets.env"
    if secrets.is_file() and secrets.stat().st_mode & 0o077:
        yield "note", "env/secrets.env", f"is readable by other users. Run `chmod 600 {secrets}`."


def _application() -> Finding:
    # Import the application, and check that what it reports passes the layer.
    try:
        # Hide the service's own output.
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            load_app()
    except ApplicationError as error:
        return "FAULT", "application", str(error)
    if not sentry_sdk.get_client().is_active():
        return "FAULT", "application", f"{answers.APP_IMPORT} doesn't call init_sentry()."
    if (foreign := sdk.foreign_client()) is not None:
        return "FAULT", "application", foreign
    return "ok", "application", f"{answers.APP_IMPORT} reports through the layer"


def _connection(dsn: Dsn) -> Finding:
    # Request the first page of the DSN's host. Any response shows that it can be reached.
    address = f"{dsn.host}:{dsn.port}"
    try:
        with suppress(HTTPError):
            urlopen(f"{dsn.scheme}://{dsn.netloc}/", timeout=TIMEOUT).close()  # noqa: S310 (http or https)
    except OSError as error:
        reason = getattr(error, "reason", error)
        fix = next(fix for kind, fix in _FIXES.items() if isinstance(reason, kind))
        return "FAULT", "connection", f"Couldn't connect to {address}: {fix}"
    return "ok", "connection", f"{address} answers over {dsn.scheme}"


def _test_event(dsn: Dsn) -> Finding:
    # Send one event the way the service does, and wait until the server has taken it.
    client = sentry_sdk.get_client()
    dropped: list[str] = []
    # The SDK's own hook for what it couldn't deliver; it does nothing by default.
    setattr(client.transport, "on_dropped_event", dropped.append)  # noqa: B010
    event_id = sentry_sdk.capture_message("Test event of `doctor --send`", level="info")
    began = time.monotonic()
    client.flush(timeout=TIMEOUT)
    waited = time.monotonic() - began
    client.close(timeout=0)
    if event_id is None:
        problem = "was dropped by sampling (SENTRY_SAMPLE_RATE is below 1). Try again."
    elif dropped:
        other = f"did not take it ({dropped[0]}): set SENTRY_DEBUG=true and try again."
        problem = f"{dsn.host} {_REJECTIONS.get(dropped[0], other)}"
    elif waited >= TIMEOUT:
        problem = f"{dsn.host} took it but did not answer within {TIMEOUT:.0f} seconds."
    else:
        return "ok", "test event", f"{event_id} was accepted by {dsn.host}."
    return "FAULT", "test event", problem


class ApplicationError(Exception):
    """The application can't be used. `str()` leaves out the original message, which may contain a
    secret."""


@cache
def load_app() -> Any:
    """Import the application as uvicorn does, for the commands and the tests. A factory is called
    once.

    Raises:
        ApplicationError: the import or the factory failed.
    """
    module, _, attribute = answers.APP_IMPORT.partition(":")
    try:
        app = attrgetter(attribute)(import_module(module))
        makes = inspect.isfunction(app) and not inspect.iscoroutinefunction(app)
        return app() if makes else app
    except (Exception, SystemExit) as error:
        text = f"can't be imported ({type(error).__name__}). Start the service to see why."
        raise ApplicationError(f"{answers.APP_IMPORT} {text}") from error
