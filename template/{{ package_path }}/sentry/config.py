"""Read and check the configuration from environment variables, once per process, without the SDK.

An invalid value ends the process with one line. Precedence: the process environment, then
env/release.env, then env/secrets.env, then the answers. Deployments pass the variables to the
process, and don't need the files.
"""

from __future__ import annotations

import difflib
import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from . import answers

# The oldest versions that the layer runs on. A worker may have no Starlette.
OLDEST: Final = {
    "Python": (3, 11),
    "python-dotenv": (1, 0),
    "sentry-sdk": (2, 75),
    "starlette": (0, 21),
}


def fail(message: str) -> NoReturn:
    """Print one line to stderr and end the process with status 78, so that it isn't restarted."""
    print(f"{answers.SERVICE}: {' '.join(message.split())}", file=sys.stderr)
    # sysexits.h defines 78 for configuration errors, and the units tell supervisors not to restart
    # on it. uvicorn and Gunicorn restart a worker endlessly unless it ends with 3.
    sys.exit(3 if multiprocessing.parent_process() or "gunicorn.arbiter" in sys.modules else 78)


def check_versions() -> None:
    """End the process if something is missing or too old, before an import fails."""
    for name, oldest in OLDEST.items():
        needs = f"The Sentry layer needs {name} {oldest[0]}.{oldest[1]} or later."
        installed = next((one.version for one in metadata.distributions(name=name)), None)
        found = sys.version.split()[0] if name == "Python" else installed
        if found is None and name != "starlette":
            fail(f"{needs} Install it.")
        if found is not None and tuple(map(int, re.findall(r"\d+", found)[:2])) < oldest:
            fail(f"{needs} {found} is installed. Upgrade it.")


check_versions()

from dotenv import dotenv_values  # noqa: E402
from sentry_sdk.utils import BadDsn, Dsn  # noqa: E402

from .. import sentry_custom  # noqa: E402
from .scrubbing.policy import POLICIES, Policy  # noqa: E402

PACKAGE_FOLDER: Final = Path(__file__).resolve().parents[1]
# Falls back to the parent folder of the package if the package was copied elsewhere, such as into
# an image.
PROJECT_ROOT: Final = next(
    (
        folder
        for folder in PACKAGE_FOLDER.parents
        if folder / answers.PACKAGE_PATH == PACKAGE_FOLDER
    ),
    PACKAGE_FOLDER.parent,
)
# The folder of the env files. Tests set the variable, so that they don't read the developer's files.
ENV_FOLDER: Final = Path(os.environ.get("ENV_FOLDER", PROJECT_ROOT / "env"))
ENV_FILES: Final = ("secrets.env", "release.env")

# The minimum length of SENTRY_USER_ID_KEY. If a key is guessed, pseudonyms can be traced to users.
MIN_KEY: Final = 32

_PLACEHOLDERS: Final = (
    "-",
    "?",
    "n/a",
    "na",
    "nil",
    "none",
    "null",
    "tbd",
    "todo",
    "undefined",
    "unknown",
    "unset",
    "change-me",
    "changeme",
    "dirty",
    "head",
    "latest",
    "placeholder",
    "development",
    "dev",
    "local",
)
_UNEXPANDED: Final = re.compile(r"[$%]\{?\w+\}?%?|\{\{.*\}\}|<[^>]*>")
_ON: Final = ("1", "true", "yes", "on")
_OFF: Final = ("0", "false", "no", "off")


class ConfigurationError(ValueError):
    """The configuration isn't valid. The arguments are the faults, without secrets."""

    def __str__(self) -> str:
        return " ".join(f"{fault}." for fault in self.args)


@dataclass(frozen=True)
class SentryConfig:
    """The checked configuration of a process."""

    # None disables Sentry.
    dsn: Dsn | None = field(repr=False)
    environment: str
    # Whether the environment's first word says so, as in `prod-eu`, or alerts watch it.
    is_production: bool
    release: str | None
    sample_rate: float
    # None disables tracing; 0.0 would still continue the traces of callers.
    traces_sample_rate: float | None
    # None disables profiling.
    profile_session_sample_rate: float | None
    debug: bool
    pii_policy: Policy
    # The key for pseudonyms of users. None if the policy doesn't need one, or if the process has
    # to generate it.
    user_id_key: bytes | None = field(repr=False)
    # Sentences about variables that are ignored or bypass the policy.
    remarks: tuple[str, ...]


def load_config(environ: Mapping[str, str]) -> SentryConfig:
    """Check every variable and report all faults at once.

    Raises:
        ConfigurationError: at least one variable isn't valid.
    """
    faults: list[str] = []

    def read(variable: str, parse: Callable[[str], Value], default: Value) -> Value:
        """Treat an empty variable as unset, except for rates, where it is an error."""
        text = environ.get(variable, "")
        if not text.strip() and not (variable in environ and parse is _rate):
            return default
        try:
            return parse(text)
        except ValueError as problem:
            faults.append(f"{variable} {problem}")
            return default

    tracing = read("SENTRY_ENABLE_TRACING", _flag, answers.TRACING)
    traces = read("SENTRY_TRACES_SAMPLE_RATE", _rate, answers.TRACES_SAMPLE_RATE)
    profiles = read("SENTRY_PROFILES_SAMPLE_RATE", _rate, answers.PROFILE_SESSION_SAMPLE_RATE)
    profiles = read("SENTRY_PROFILE_SESSION_SAMPLE_RATE", _rate, profiles)
    # On Python 3.11 the profiler crashes or hangs the process now and then: getsentry/sentry-python
    # 6119.
    profiling = tracing and answers.PROFILING and sys.version_info >= (3, 12)
    environment = read("SENTRY_ENVIRONMENT", lambda name: _accepted(name, 64), "development")
    first_word = re.split(r"[-_./]", environment.casefold())[0]
    remarks = [*unread_variables(environ)]
    if tracing and answers.PROFILING and not profiling:
        remarks.append(
            "Profiling is off: on Python 3.11 the SDK's profiler can crash or hang the process. "
            "Use Python 3.12 or newer."
        )
    key = environ.get("SENTRY_USER_ID_KEY", "").strip()
    enabled = read("SENTRY_ENABLED", _flag, True)
    config = SentryConfig(
        dsn=read("SENTRY_DSN", _dsn, None) if enabled else None,
        environment=environment,
        is_production=first_word in ("production", "prod", "prd", "live")
        or environment.casefold() == answers.ALERT_ENVIRONMENT.casefold(),
        release=read(
            "SENTRY_RELEASE",
            lambda name: None if is_placeholder(name) else _accepted(name, 200),
            None,
        ),
        sample_rate=read("SENTRY_SAMPLE_RATE", _rate, answers.ERROR_SAMPLE_RATE),
        traces_sample_rate=traces if tracing else None,
        profile_session_sample_rate=profiles if profiling else None,
        debug=read("SENTRY_DEBUG", _flag, False),
        pii_policy=read("SENTRY_PII_POLICY", _policy, answers.PII_POLICY),
        user_id_key=key.encode("utf-8", "surrogateescape") if len(key) >= MIN_KEY else None,
        remarks=tuple(remarks),
    )
    if config.is_production and enabled:
        if config.dsn is None and not environ.get("SENTRY_DSN", "").strip():
            faults.append(
                f"SENTRY_DSN is not set, and SENTRY_ENVIRONMENT is {config.environment}; "
                "set it in env/secrets.env or in the environment of the process"
            )
        if config.user_id_key is None and config.pii_policy == "pseudonymous":
            problem = f"has fewer than {MIN_KEY} characters" if key else "is not set"
            faults.append(
                f"SENTRY_USER_ID_KEY {problem}; make one with "
                'python -c "import secrets; print(secrets.token_hex(32))" '
                "and keep it in env/secrets.env or in the environment of the process"
            )
    if faults:
        raise ConfigurationError(*faults)
    return config


Value = TypeVar("Value")

# What Sentry's ingestion keeps: sentry-relay 0.10.1,
# https://docs.sentry.io/product/releases/naming-releases/
_NAME: Final = re.compile(r"(?!\.{1,2}\Z|(?i:none)\Z)[^\s/\\]([^/\\]*[^\s/\\])?").fullmatch


def _accepted(name: str, longest: int) -> str:
    if not _NAME(name) or not name.isprintable() or len(name) > longest:
        raise ValueError(
            "is a name that Sentry would drop; use letters, digits, dots and dashes, "
            f"{longest} characters at most, no / and no space at the ends"
        )
    return name


def is_placeholder(release: str) -> bool:
    """Return whether a release is only a placeholder: `unknown`, `api@unknown`, `${COMMIT}`."""
    version = release.rpartition("@")[2].partition("+")[0].strip().casefold()
    return not version or version in _PLACEHOLDERS or _UNEXPANDED.search(release) is not None


def _rate(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise ValueError("must be a number between 0 and 1, such as 0.1")


def _flag(text: str) -> bool:
    if text.strip().casefold() not in (*_ON, *_OFF):
        raise ValueError("must be true or false")
    return text.strip().casefold() in _ON


def _policy(text: str) -> Policy:
    # The policy of the answers or a stricter one.
    allowed = POLICIES[: POLICIES.index(answers.PII_POLICY) + 1]
    with suppress(ValueError):
        return allowed[allowed.index(text.strip().casefold())]
    raise ValueError(
        f"must be {' or '.join(allowed)}; it can't be looser than {answers.PII_POLICY}, "
        "which was chosen when the service was generated"
    )


_DSN: Final = re.compile(
    r"(?i:https?)://[\w-]+(:[^@/?#\s]*)?@([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?(/[\w.~%/-]*)?/\d{1,20}"
    # Older DSNs have options of the SDK before this one, which ignores them.
    r"(\?[!-~]*)?(#[!-~]*)?",
    re.ASCII,
).fullmatch


def _dsn(text: str) -> Dsn:
    fix = "copy it from Sentry, it reads https://<key>@<host>/<project number>"
    try:
        dsn = Dsn(text.strip())
    except ValueError as error:
        # The SDK's own sentence may quote the part that is wrong.
        reason = (
            re.split(r"[('\"]", str(error))[0].strip()
            if isinstance(error, BadDsn)
            else "Invalid host or port"
        )
        raise ValueError(f"is malformed ({reason}); {fix}") from None
    if not _DSN(text.strip()):
        raise ValueError(f"is malformed (It has characters that an address can't have); {fix}")
    # Drop the deprecated secret key: `str(dsn)` renders it incorrectly.
    dsn.secret_key = None
    if ":" in dsn.host:
        # IPv6. The SDK forgets the brackets.
        dsn.host = f"[{dsn.host}]"
    return dsn


def read_environment(
    process: Mapping[str, str] = os.environ, folder: Path = ENV_FOLDER
) -> dict[str, str]:
    """Merge the process environment over release.env over secrets.env. An empty variable counts as
    set.

    `ENV_FILES` and `VARIABLES` in sentry_custom.py have the lowest precedence.

    Raises:
        ConfigurationError: a file exists and can't be read.
    """
    merged: dict[str, str] = {}
    own_files = [folder.parent / name for name in getattr(sentry_custom, "ENV_FILES", ())]
    for path in (*own_files, *(folder / name for name in ENV_FILES)):
        try:
            values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "not UTF-8 text")
            raise ConfigurationError(
                f"{path.parent.name}/{path.name} can't be read ({reason}); save it as UTF-8 text "
                "that the user of the service can read"
            ) from None
        merged.update((key, value) for key, value in values.items() if value is not None)
    merged.update(process)
    for variable, own in getattr(sentry_custom, "VARIABLES", {}).items():
        if variable not in process and not merged.get(variable) and own in merged:
            merged[variable] = merged[own]
    return merged


@lru_cache
def get_config() -> SentryConfig:
    """Return the configuration of this process.

    Raises:
        ConfigurationError: as `load_config()` and `read_environment()` do.
    """
    return load_config(read_environment())


def checked_config() -> SentryConfig:
    """Return the configuration of this process, or end the process with one line on stderr."""
    try:
        return get_config()
    except ConfigurationError as error:
        fail(str(error))


# Variables that look like configuration

_KNOWN: Final = (
    "SENTRY_DSN",
    "SENTRY_USER_ID_KEY",
    "SENTRY_RELEASE",
    "SENTRY_ENVIRONMENT",
    "SENTRY_PII_POLICY",
    "SENTRY_DEBUG",
    "SENTRY_ENABLE_TRACING",
    "SENTRY_SAMPLE_RATE",
    "SENTRY_TRACES_SAMPLE_RATE",
    "SENTRY_PROFILES_SAMPLE_RATE",
    "SENTRY_PROFILE_SESSION_SAMPLE_RATE",
    "SENTRY_ENABLED",
    # Read by the SDK, by sentry-cli and by tools/.
    "SENTRY_TRACE",
    "SENTRY_BAGGAGE",
    "SENTRY_USE_ENVIRONMENT",
    "SENTRY_KEEP_ALIVE",
    "SENTRY_AUTH_TOKEN",
    "SENTRY_ORG",
    "SENTRY_PROJECT",
    "SENTRY_URL",
    "SENTRY_LOG_LEVEL",
)
# A pattern for names, the remark, and whether the variable bypasses the policy unless it's `false`.
_REMARKS: Final = (
    (
        r"FASTAPI_OTEL_AUTO_CONFIGURE|OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT",
        "exports telemetry that isn't scrubbed.",
        True,
    ),
    ("SENTRY_PRINT_ENVELOPES", "prints envelopes before they're scrubbed.", True),
    (
        "SENTRY_SPOTLIGHT",
        "is switched off, because it would bypass the policy; set SENTRY_DSN to a receiver instead.",
        True,
    ),
    ("SENTRY_SEND_DEFAULT_PII", "is ignored; use SENTRY_PII_POLICY instead.", False),
    ("GIT_SHA", "is ignored; use SENTRY_RELEASE instead.", False),
    ("DSN|ENVIRONMENT|RELEASE", "is ignored; use SENTRY_{} instead.", False),
    # Kubernetes sets these for a Service with the name `sentry`.
    (r"SENTRY_(\w+_)?(SERVICE|PORT)(_\w+)?", "", False),
)


def unread_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable that isn't read, or that bypasses the policy."""
    for name, text in sorted(environ.items()):
        remark, bypasses = next(
            (
                (remark, bypasses)
                for pattern, remark, bypasses in _REMARKS
                if re.fullmatch(pattern, name)
            ),
            (None, False),
        )
        if remark is None and name.startswith("SENTRY_") and name not in _KNOWN:
            nearest = difflib.get_close_matches(name, _KNOWN, 1, 0.9)
            remark = " ".join(["is ignored.", *(f"Did you mean {known}?" for known in nearest)])
        is_off = bypasses and text.strip().casefold() in ("", *_OFF)
        instead = "SENTRY_RELEASE" if name == "GIT_SHA" else f"SENTRY_{name}"
        if remark and instead not in environ and not is_off:
            yield f"{name} {remark.format(name)}"
