# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Getting through to Sentry, and saying what is in the way when that fails."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Final
from urllib.request import getproxies, proxy_bypass

import sentry_sdk

from ..config import SentryConfig
from ..dsn import Dsn

TIMEOUT: Final = 5.0
"""Seconds to wait for a connection, and again for the answer to a test event."""

_STATUS = {
    "status_400": "did not understand the event (400): is the DSN that of a Sentry server?",
    "status_401": "refuses the key (401): copy the DSN from Sentry again.",
    "status_403": "refuses the key or the project (403): copy the DSN again, and see that its key is enabled.",
    "status_404": "knows no such project (404): the address answers, but is it that of Sentry?",
    "status_413": "finds the event too large (413).",
    "status_429": "takes no more for now (429): the quota is used up or a rate limit holds.",
}


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


def send_test_event(config: SentryConfig, dsn: Dsn) -> str:
    """Send one event the way the service does, and return its id once the server has taken it.

    Raises:
        UnreachableError: it was dropped on the way or refused.
    """
    from ..setup import start

    start(config, dsn)
    client = sentry_sdk.get_client()
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
        reason = _STATUS.get(dropped[0], f"did not take the event ({dropped[0]}): set SENTRY_DEBUG=true and try again.")
        raise UnreachableError("test event", f"{dsn.host} {reason}")
    if waited >= TIMEOUT:
        raise UnreachableError("test event", f"{dsn.host} took it but did not answer within {TIMEOUT:.0f} seconds.")
    return event_id
