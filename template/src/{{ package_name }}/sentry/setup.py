# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Sentry is set up once per process, before FastAPI is imported, or the process does not start."""

from __future__ import annotations

import logging
import multiprocessing
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import sentry_sdk

from . import answers
from .config import PROJECT_ROOT, ConfigurationError, SentryConfig, load_config, read_environment
from .dsn import Dsn

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport

    from .service_gate import ServiceGate

logger = logging.getLogger(__name__)

EX_CONFIG = 78
"""The exit status of sysexits.h for a configuration fault: supervisors are told not to restart on it."""

_UVICORN_STARTUP_FAILURE = 3

SHUTDOWN_SECONDS = 3.0

_PACKAGE = __name__.partition(".")[0]


def init_sentry() -> None:
    """Set Sentry up from the environment, or leave it off where there is no DSN. Later calls do nothing.

    Raises:
        SystemExit: status 78, after one line on stderr, when the environment cannot be used.
    """
    if sentry_sdk.get_client().is_active():
        return
    config = checked_config()
    if config.dsn is None:
        logger.info("Sentry is off: SENTRY_DSN is not set (environment %s).", config.environment)
        return
    start(config, config.dsn)


def restart_sentry() -> None:
    """Set Sentry up again with the same configuration, in a child process that was forked after `init_sentry()`."""
    if not sentry_sdk.get_client().is_active():
        return
    config = checked_config()
    if config.dsn is not None:
        start(config, config.dsn)


def close_sentry() -> None:
    """Send what is buffered, then stop; takes `SHUTDOWN_SECONDS` at most, also when nothing answers.

    Under SIGTERM uvicorn ends the process without the `atexit` hook that the SDK relies on.
    """
    sentry_sdk.get_client().close(timeout=SHUTDOWN_SECONDS)


def checked_config() -> SentryConfig:
    """The configuration of this process.

    Raises:
        SystemExit: as `init_sentry()` does.
    """
    try:
        return load_config(read_environment())
    except ConfigurationError as error:
        _refuse_to_start(str(error))


def _refuse_to_start(message: str) -> NoReturn:
    print(f"{answers.SERVICE}: {message}", file=sys.stderr)
    # uvicorn replaces a worker that ends, for ever, unless it ends with this status.
    worker = multiprocessing.parent_process() is not None
    sys.exit(_UVICORN_STARTUP_FAILURE if worker else EX_CONFIG)


def start(
    config: SentryConfig, dsn: Dsn, transport: Callable[[ServiceGate], type[Transport]] | None = None
) -> ServiceGate:
    """Initialise the SDK with a configuration that was checked before.

    Args:
        config: the configuration.
        dsn: its address.
        transport: gives the way out for a gate; `transport_behind()` by default.

    Returns the gate that everything passes.
    """
    # Imported here, so that a service without a DSN does not pay for them.
    from . import sdk
    from .before_send import without_foreign_variables
    from .collection import collection
    from .integrations import disabled, integrations
    from .log_templates import hooks
    from .noise import IGNORED_ERRORS
    from .sampling import traces_sampler
    from .service_gate import service_gate
    from .targets import TRACE_TARGETS
    from .transport import transport_behind

    sdk_logger = logging.getLogger("sentry_sdk.errors")
    if config.debug:
        # The SDK writes to stderr itself; the service's own handler would say everything twice.
        sdk_logger.propagate = False
    else:
        # The SDK makes a record for each of its messages, several per request, and only then drops it.
        sdk_logger.setLevel(logging.CRITICAL)
    tracing = config.traces_sample_rate is not None
    streaming = sdk.streams_spans(preferred=not tracing or _is_sentry_io(answers.SENTRY_HOST))
    policy = config.pii_policy
    gate = service_gate(config, dsn)

    sentry_sdk.init(
        dsn=dsn.url,
        environment=config.environment,
        # "" keeps the SDK from asking CI variables, git and the network for a name; see below.
        release=config.release or "",
        debug=config.debug,
        sample_rate=config.sample_rate,
        traces_sampler=None if config.traces_sample_rate is None else traces_sampler(config.traces_sample_rate),
        trace_propagation_targets=TRACE_TARGETS,
        profile_session_sample_rate=config.profile_session_sample_rate,
        profile_lifecycle="trace",
        integrations=integrations(logs=config.logs, http_spans=tracing and not streaming),
        auto_enabling_integrations=False,
        disabled_integrations=disabled(policy),
        ignore_errors=IGNORED_ERRORS,
        transport=(transport or transport_behind)(gate),
        attach_stacktrace=True,
        in_app_include=[_PACKAGE],
        project_root=str(PROJECT_ROOT),
        # It would post everything once more, past the gate.
        spotlight=False,
        **collection(policy),
        **hooks(gate),
        **sdk.lifecycle_options(streaming=streaming, logs=config.logs),
    )
    if policy == "full":
        sentry_sdk.get_global_scope().add_event_processor(without_foreign_variables)
    # An empty text would be sent as it is; None is left out of every item.
    options = sentry_sdk.get_client().options
    options["release"] = config.release
    options["server_name"] = options["server_name"] or None
    # Every request copies the scopes of its process. Where there are none it makes two from nothing first, which is a
    # tenth of what an errors-only request costs on SDK 3.
    sentry_sdk.get_isolation_scope()
    sentry_sdk.get_current_scope()
    return gate


def _is_sentry_io(host: str) -> bool:
    """Self-hosted servers may not take streamed spans yet."""
    name = urlsplit(host).hostname or ""
    return name == "sentry.io" or name.endswith(".sentry.io")
