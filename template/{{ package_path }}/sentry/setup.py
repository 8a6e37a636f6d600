"""Initialize Sentry once per process, before FastAPI is imported, or end the process."""

from __future__ import annotations

import logging
import os
import re
import secrets
from contextlib import suppress
from importlib import import_module
from typing import Any, Final, cast

import sentry_sdk
from sentry_sdk.consts import DEFAULT_OPTIONS
from sentry_sdk.integrations import DidNotEnable, Integration
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.stdlib import StdlibIntegration
from sentry_sdk.transport import Transport

from .. import sentry_custom
from . import answers, sdk
from .config import MIN_KEY, PACKAGE_FOLDER, PROJECT_ROOT, SentryConfig, checked_config, fail
from .hooks import Hooks, traces_sampler

# The job.py of an earlier release imports close_sentry() from here.
from .middleware import SentryMiddleware, close_sentry  # noqa: F401
from .scrubbing.policy import ScrubberOptions
from .scrubbing.transport import scrubbing_transport

logger = logging.getLogger(__name__)

_SAFE_KEYS: Final = frozenset(
    [
        # Tags and span attributes of the template, and the tag of the SDK's Celery integration.
        "api_version",
        "celery_task_id",
        "conversation_id",
        "job",
        "plan",
        "provider",
        "request_id",
        "update_type",
        "provider.max_retries",
        "provider.max_tokens",
        "provider.model",
        "provider.name",
        "provider.timeout",
        # Of the breadcrumb of a request; a route is a template such as `/v1/items/{item_id}`.
        "duration_ms",
        "method",
        "route",
        "status_code",
    ]
)

_IGNORED_ERRORS: Final = (
    "starlette.requests.ClientDisconnect",
    "starlette.websockets.WebSocketDisconnect",
    "uvicorn.protocols.utils.ClientDisconnected",
    "asyncio.exceptions.CancelledError",
    KeyboardInterrupt,
)

# Hosts that get trace headers with an outgoing call: this machine, another service in Compose or in
# the same Kubernetes namespace (`http://orders:8000`), and names that only an internal network
# resolves. The SDK searches the whole URL.
_TRACE_TARGETS: Final = (
    r"^https?://(localhost|127\.0\.0\.1|\[::1\]|[A-Za-z0-9_-]+|[A-Za-z0-9._-]+\.(internal|local|svc))(:\d+)?([/?#]|$)",
)


# The options that `SDK_OPTIONS` in sentry_custom.py may set. The layer sets all others itself.
_SDK_OPTIONS: Final = frozenset(
    [
        # The connection to Sentry.
        "ca_certs",
        "cert_file",
        "http_proxy",
        "https_proxy",
        "keep_alive",
        "key_file",
        "proxy_headers",
        "send_client_reports",
        "shutdown_timeout",
        "socket_options",
        "transport_queue_size",
        # What an item contains before the policy is applied.
        "add_full_stack",
        "auto_session_tracking",
        "before_breadcrumb",
        "before_send_log",
        "before_send_metric",
        "before_send_span",
        "before_send_transaction",
        "db_query_source_threshold_ms",
        "dist",
        "enable_db_query_source",
        "enable_http_request_source",
        "enable_metrics",
        "error_sampler",
        "functions_to_trace",
        "http_request_source_threshold_ms",
        "ignore_spans",
        "in_app_exclude",
        "in_app_include",
        "max_breadcrumbs",
        "max_stack_frames",
        "max_value_length",
        "profiler_mode",
        "trace_ignore_status_codes",
        # Whose traces are continued, and how many at most.
        "enable_backpressure_handling",
        "org_id",
        "strict_trace_continuation",
    ]
)


def init_sentry() -> None:
    """Initialize Sentry from the environment. Without a DSN, it stays off. Later calls do nothing.

    Raises:
        SystemExit: status 78, after one line on stderr, when the configuration isn't valid.
    """
    config = checked_config()
    if config.pii_policy == "strict" and not getattr(sentry_custom, "FASTAPI_TELEMETRY", False):
        # FastAPI would export texts and paths by OpenTelemetry, past the policy.
        os.environ.pop("FASTAPI_OTEL_AUTO_CONFIGURE", None)
    client = sentry_sdk.get_client()
    if client.is_active():
        # That of `preview` has the layer's hooks and another transport.
        if isinstance(getattr(client.options["before_send"], "__self__", None), Hooks):
            return
        logger.error("sentry_sdk.init() was called before init_sentry(). Remove that call.")
    for sentence in config.remarks:
        logger.warning("%s", sentence)
    if config.dsn is None:
        logger.info(
            "Sentry is off: SENTRY_DSN is not set, or SENTRY_ENABLED is false (environment %s).",
            config.environment,
        )
        return
    try:
        start(config)
    except DidNotEnable as error:
        # A library is missing or too old for its integration.
        fail(f"Sentry can't report what the answers ask for: {error}.")


def restart_sentry() -> None:
    """Initialize Sentry again in a child process that was forked after `init_sentry()`."""
    config = checked_config()
    if config.dsn is not None and sentry_sdk.get_client().is_active():
        start(config)


def start(config: SentryConfig, transport: type[Transport] | None = None) -> ScrubberOptions:
    """Initialize the SDK with a checked configuration.

    Args:
        config: the configuration, with a DSN.
        transport: replaces the scrubbing transport.

    Returns:
        The options of the scrubber.
    """
    own = _sdk_options()
    options = _scrubber_options(config)
    ignored = [*_IGNORED_ERRORS, *sentry_custom.IGNORED_ERRORS]
    hooks = Hooks(options, ignored)
    full, tracing = options.policy == "full", config.traces_sample_rate
    # The SDK makes a record for each of its messages, several per request, and only then drops it.
    # In debug mode it writes to stderr itself; the service's handlers would log everything twice.
    logging.getLogger("sentry_sdk.errors").setLevel(
        logging.DEBUG if config.debug else logging.CRITICAL
    )
    logging.getLogger("sentry_sdk.errors").propagate = False
    sentry_sdk.init(
        # The SDK would lose the brackets of an IPv6 host, and ignore the option `org_id` of an
        # object.
        dsn=cast("Any", config.dsn) if "[" in str(config.dsn) else str(config.dsn),
        environment=config.environment,
        # "" keeps the SDK from asking CI variables, git and the network for a name. The scrubber
        # drops it.
        release=config.release or "",
        debug=config.debug,
        sample_rate=config.sample_rate,
        traces_sampler=None if tracing is None else traces_sampler(tracing),
        # The sampler goes first. A call outside a trace tells the other side this rate.
        traces_sample_rate=tracing,
        trace_propagation_targets=[*_TRACE_TARGETS, *sentry_custom.TRACE_TARGETS],
        profile_session_sample_rate=config.profile_session_sample_rate,
        profile_lifecycle="trace",
        integrations=_integrations(hooks, collect_bodies=full),
        auto_enabling_integrations=False,
        # Stdlib reports the arguments of subprocesses, and traces the SDK's own requests when the
        # DSN names a port: sentry_sdk.utils.is_sentry_url() compares host and port with the host
        # alone (2.75.0). Argv reports the command line, which may hold a token.
        disabled_integrations=[StdlibIntegration] if full else [StdlibIntegration, ArgvIntegration],
        ignore_errors=ignored,
        before_send=hooks.before_send,
        transport=transport or scrubbing_transport(options),
        attach_stacktrace=True,
        # A layer may be in a folder of its own, beside the app or below its package.
        in_app_include=[
            str(__package__).partition(".")[0],
            re.split(r"[.:]", answers.APP_IMPORT)[0],
            *own.pop("in_app_include", ()),
        ],
        project_root=str(PROJECT_ROOT),
        # Spotlight would send a second, unscrubbed copy.
        spotlight=False,
        # What is not collected costs nothing and cannot leak. Each major has a type of its own.
        data_collection=cast(
            "Any",
            {
                # Under `pseudonymous` the scrubber hashes the id and drops the rest.
                "user_info": options.policy != "strict",
                # Cookies are credentials.
                "cookies": {"mode": "off"},
                "http_headers": {
                    "request": {"mode": "denylist"}
                    if full
                    # These are sent under every policy.
                    else {"mode": "allowlist", "terms": ["content-type", "content-length"]}
                },
                "url_query_params": {"mode": "denylist" if full else "off"},
                **({} if full else {"http_bodies": []}),
                "graphql": {"document": full, "variables": full},
                "gen_ai": {"inputs": full, "outputs": full},
                "mcp": {"inputs": full, "outputs": full},
                "database_query_data": full,
                "queues": full,
                # hooks.py adds the variables, and the scrubber the source lines, of the service's own
                # frames.
                "stack_frame_variables": False,
                "frame_context_lines": 0,
            },
        ),
        max_request_body_size="medium" if full else "never",
        # "" keeps the SDK from asking for the name of the host. The scrubber drops it.
        server_name=None if full else "",
        **sdk.lifecycle_options(logs=answers.LOGS),
        # How many items wait to be sent in a burst: up to 40 MB of them with variables, 16 without.
        **{"transport_queue_size": 200 if full else 400, **own},
    )
    return options


def _sdk_options() -> dict[str, Any]:
    # The options that the service adds. The process ends if one isn't allowed.
    # A sentry_custom.py that an earlier release has made lacks the later names.
    options = dict(getattr(sentry_custom, "SDK_OPTIONS", {}))
    for name in options.keys() - (_SDK_OPTIONS & DEFAULT_OPTIONS.keys()):
        reason = (
            f"sentry-sdk {sentry_sdk.VERSION} doesn't have it"
            if name in _SDK_OPTIONS
            else "the layer decides about it, see docs/sentry.md"
        )
        fail(f"SDK_OPTIONS of sentry_custom.py can't set {name}: {reason}.")
    return options


def _scrubber_options(config: SentryConfig) -> ScrubberOptions:
    for pattern, _ in sentry_custom.MASKS:
        re.compile(pattern)  # fails early on an invalid pattern
    key = config.user_id_key
    if key is None and config.pii_policy == "pseudonymous":
        logger.info(
            "SENTRY_USER_ID_KEY is not set: pseudonyms of users last until this process ends."
        )
        key = secrets.token_bytes(MIN_KEY)
    return ScrubberOptions(
        policy=config.pii_policy,
        tracing=config.traces_sample_rate is not None,
        release=config.release,
        environment=config.environment,
        public_key=config.dsn.public_key if config.dsn else None,
        user_id_key=key or b"",
        sensitive_keys=answers.SENSITIVE_KEYS,
        safe_keys=_SAFE_KEYS | sentry_custom.SAFE_KEYS,
        safe_names=sentry_custom.SAFE_NAMES,
        masks=sentry_custom.MASKS,
        source_roots=(PACKAGE_FOLDER.parent.as_posix(), PROJECT_ROOT.as_posix()),
    )


def _integrations(hooks: Hooks, *, collect_bodies: bool) -> list[Integration]:
    # What reports: the web framework, logging, and the libraries among the answers.
    own = getattr(sentry_custom, "INTEGRATIONS", ())
    libraries = []
    for name in (*answers.LIBRARIES, *(one for one in own if isinstance(one, str))):
        module, _, integration = name.rpartition(".")
        # Without the library, as in another process of the service, there is nothing to report.
        with suppress(DidNotEnable, ModuleNotFoundError):
            libraries.append(
                getattr(import_module(f"sentry_sdk.integrations.{module}"), integration)(
                    # Each entry of the beat schedule is a cron monitor.
                    **({"monitor_beat_tasks": True} if module == "celery" else {})
                )
            )
    return [
        *sdk.web_integrations(
            answers.TRANSACTION_STYLE,
            {*range(500, 600), *getattr(sentry_custom, "REPORTED_STATUS", ())},
            SentryMiddleware,
            collect_bodies=collect_bodies,
        ),
        sdk.logging_integration(
            breadcrumbs=logging.INFO,
            events=logging.ERROR,
            logs=logging.INFO if answers.LOGS else None,
            take=hooks.take_record,
            take_event=hooks.take_event,
        ),
        *sdk.without_duplicates(libraries),
        *(one for one in own if not isinstance(one, str)),
    ]
