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
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import sentry_sdk
from dotenv import dotenv_values
from sentry_sdk.utils import Dsn

from . import answers
from .config import PROJECT_ROOT, ConfigurationError, SentryConfig, get_config, read_environment, unread_variables
from .setup import start

HELP: Final = "Check the DSN, the environment, the release and the rates, and whether Sentry can be reached."
TIMEOUT: Final = 5.0
"""Seconds to wait for a connection, and again for the answer to a test event."""

Verdict = Literal["ok", "note", "FAULT"]
Finding = tuple[Verdict, str, str]
"""A verdict, what it is about, and a sentence with the remedy and without any secret."""

_SECRETS: Final = "secrets.env"
_SECRET_NAME: Final = re.compile(r"SENTRY_DSN|(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD)", re.IGNORECASE)
_REFUSALS: Final = {
    "status_400": "did not understand the event (400): is the DSN that of a Sentry server?",
    "status_401": "refuses the key (401): copy the DSN from Sentry again.",
    "status_403": "refuses the key or the project (403): copy the DSN again, and see that its key is enabled.",
    "status_404": "knows no such project (404): the address answers, but is it that of Sentry?",
    "status_413": "finds the event too large (413).",
    "status_429": "takes no more for now (429): the quota is used up or a rate limit holds.",
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
    yield from _env_files(PROJECT_ROOT)
    try:
        config = get_config()
    except ConfigurationError as error:
        yield from (("FAULT", "configuration", f"{fault}.") for fault in error.faults)
        return
    yield from (("note", "not read", sentence) for sentence in unread_variables(read_environment()))
    yield from _settings(config)
    if config.dsn is None:
        there = (PROJECT_ROOT / "env" / _SECRETS).is_file()
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
        yield "ok", "connection", connect(config.dsn)
        if begin is not None:
            begin(config)
            yield "ok", "test event", f"{send_test_event(config.dsn.host)} was accepted by {project}."
    except UnreachableError as problem:
        yield "FAULT", problem.subject, str(problem)


def _settings(config: SentryConfig) -> Iterator[Finding]:
    yield "ok", "SENTRY_ENVIRONMENT", config.environment
    if config.release is None:
        text = "is not set: events carry no release. A deploy writes it to env/release.env."
        yield "FAULT" if config.is_production else "note", "SENTRY_RELEASE", text
    else:
        yield "ok", "SENTRY_RELEASE", config.release
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


# Env files: dotenv forgives a byte order mark, CRLF, quotes and spaces. A shell, systemd, `docker run --env-file` and kustomize,
# which read the same files in a deployment, each refuse some of these or take them for a part of the value.


def _env_files(root: Path) -> Iterator[Finding]:
    """Look at env/ and at the overlays of Kubernetes."""
    seen: dict[str, str] = {}
    for folder in (root / "env", *sorted(root.glob("deploy/kubernetes/overlays/*"))):
        for name in (_SECRETS, "release.env"):
            path = folder / name
            shown = path.relative_to(root).as_posix()
            # One that cannot be read is a fault of the configuration, which says so itself.
            with suppress(OSError, UnicodeDecodeError):
                yield from (("note", shown, text) for text in _env_file(path, shown))
                for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
                    if line.strip() and not line.lstrip().startswith("#"):
                        for verdict, text in _env_line(line, secret=name == _SECRETS):
                            yield verdict, shown, f"line {number} {text}"
                dsn = dotenv_values(path, interpolate=False, encoding="utf-8-sig").get("SENTRY_DSN")
                if dsn and (other := seen.setdefault(dsn, shown)) != shown:
                    text = f"has the same SENTRY_DSN as {other}: give each environment a client key of its own."
                    yield "note", shown, text


def _env_file(path: Path, shown: str) -> Iterator[str]:
    content = path.read_bytes()
    if path.name == _SECRETS and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield f"can be read by others on this machine: `chmod 600 {shown}`."
    if content.startswith(b"\xef\xbb\xbf"):
        yield "begins with a byte order mark, which not every reader skips: save it without."
    if b"\r" in content:
        yield "has the line endings of Windows, which a shell takes for a part of each value: save it with LF."


def _env_line(line: str, *, secret: bool) -> Iterator[tuple[Verdict, str]]:
    name, equals, value = line.partition("=")
    if not equals:
        yield "note", "is not NAME=value: mend it or make it a comment with #."
        return
    if name.startswith("export "):
        yield "note", "begins with `export`, which systemd and Docker do not know: leave it out."
        name = name.removeprefix("export ")
    bare = name.strip()
    if name != bare or value != value.strip():
        yield "note", f"has spaces around {bare} or its value, which Docker refuses: leave them out."
    if value.strip()[:1] in ("'", '"'):
        yield "note", f"has quotes around {bare}, which kustomize keeps: leave them out."
    if not secret and _SECRET_NAME.fullmatch(bare):
        yield "FAULT", f"sets {bare}, a secret: move it to {_SECRETS}."


# The server


class UnreachableError(Exception):
    """`subject` is the step that failed; `str()` is a sentence with the remedy."""

    def __init__(self, subject: str, text: str) -> None:
        super().__init__(text)
        self.subject = subject


def connect(dsn: Dsn) -> str:
    """Open a connection to the host of the DSN and close it again, without sending anything.

    Returns a description of the connection.

    Raises:
        UnreachableError: the sentence names the host and port, never the key.
    """
    address = f"{dsn.host}:{dsn.port}"
    if getproxies().get(dsn.scheme) and not proxy_bypass(dsn.host):
        return f"{address} is asked through a proxy; `--send` shows whether it lets events pass"
    try:
        with socket.create_connection((dsn.host, dsn.port), timeout=TIMEOUT) as connection:
            if dsn.scheme == "http":
                return f"{address} answers, without TLS"
            with ssl.create_default_context().wrap_socket(connection, server_hostname=dsn.host) as secured:
                return f"{address} answers, {secured.version()}"
    except socket.gaierror:
        text = f"no host is called {dsn.host}: check SENTRY_DSN and the name server."
    except ConnectionRefusedError:
        text = f"nothing listens at {address}: check the port in SENTRY_DSN, or start the server."
    except ssl.SSLCertVerificationError as error:
        text = f"the certificate of {address} is not trusted ({error.verify_message}): install its authority."
    except ssl.SSLError:
        text = f"{address} speaks no TLS: does its DSN begin with http:// or have another port?"
    except TimeoutError:
        text = f"{address} did not answer within {TIMEOUT:.0f} seconds: is a firewall or a proxy in between?"
    except OSError as error:
        text = f"{address} cannot be reached ({error.strerror or error})."
    raise UnreachableError("connection", text)


def send_test_event(host: str) -> str:
    """Send one event the way the service does, and return its id once the server has taken it.

    Raises:
        UnreachableError: it was dropped on the way or refused.
    """
    client = sentry_sdk.get_client()
    if not client.is_active():
        raise UnreachableError("test event", "was not sent: the application starts without init_sentry().")
    dropped: list[str] = []
    # The SDK's own hook for what it could not deliver; it does nothing by default.
    setattr(client.transport, "on_dropped_event", dropped.append)  # noqa: B010
    event_id = sentry_sdk.capture_message("Test event of `doctor --send`", level="info")
    began = time.monotonic()
    client.flush(timeout=TIMEOUT)
    waited = time.monotonic() - began
    client.close(timeout=0)
    if event_id is None:
        raise UnreachableError("test event", "was not sampled: SENTRY_SAMPLE_RATE is below 1, try again.")
    if dropped:
        reason = _REFUSALS.get(dropped[0], f"did not take it ({dropped[0]}): set SENTRY_DEBUG=true and try again.")
        raise UnreachableError("test event", f"{host} {reason}")
    if waited >= TIMEOUT:
        raise UnreachableError("test event", f"{host} took it but did not answer within {TIMEOUT:.0f} seconds.")
    return event_id
