"""Environment variables in, a checked configuration out. It is read once per process. Nothing here touches the SDK.

Precedence: the process environment, then env/release.env, then env/secrets.env, then the answers. The files are read
where the project lies on disk; a deployment hands the variables in and ships no files.
"""

from __future__ import annotations

import difflib
import multiprocessing
import os
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from sentry_sdk.utils import BadDsn, Dsn

from . import answers
from .scrubbing.policy import POLICIES, Policy

PACKAGE_FOLDER: Final = Path(__file__).resolve().parents[1]
PROJECT_ROOT: Final = next(
    (folder for folder in PACKAGE_FOLDER.parents if folder / answers.PACKAGE_PATH == PACKAGE_FOLDER),
    PACKAGE_FOLDER.parent,
)
"""Where the package has been copied to another place, as into an image, there is none, and no env/ either."""
ENV_FOLDER: Final = PROJECT_ROOT / "env"
ENV_FILES: Final = ("secrets.env", "release.env")

EX_CONFIG: Final = 78
"""The exit status of sysexits.h for a configuration fault: supervisors are told not to restart on it."""
_UVICORN_STARTUP_FAILURE: Final = 3

MIN_KEY: Final = 32
"""Characters of SENTRY_USER_ID_KEY. A shorter key can be guessed, and with it whose pseudonym is whose."""

_PLACEHOLDERS: Final = frozenset(
    [
        *("-", "?", "n/a", "na", "nil", "none", "null", "tbd", "todo", "undefined", "unknown", "unset"),
        *("change-me", "changeme", "dirty", "head", "latest", "placeholder", "development", "dev", "local"),
    ]
)
_UNEXPANDED: Final = re.compile(r"[$%]\{?\w+\}?%?|\{\{.*\}\}|<[^>]*>")
_NEW_KEY: Final = 'python -c "import secrets; print(secrets.token_hex(32))"'


class ConfigurationError(ValueError):
    """The environment cannot be used. `str()` is one line with every fault and its remedy, and without any secret."""

    def __init__(self, *faults: str) -> None:
        super().__init__(" ".join(f"{fault}." for fault in faults))
        self.faults = faults


def _is_production(environment: str) -> bool:
    return environment.casefold() in ("production", "prod")


def is_placeholder(release: str) -> bool:
    """Return whether a release says only that nobody filled it in: `unknown`, `api@unknown`, `${GIT_COMMIT}`."""
    version = release.rpartition("@")[2].partition("+")[0].strip().casefold()
    return not version or version in _PLACEHOLDERS or _UNEXPANDED.search(release) is not None


# What Sentry's ingestion keeps: sentry-relay 0.10.1, https://docs.sentry.io/product/releases/naming-releases/
_NAME: Final = re.compile(r"(?!\.{1,2}\Z|(?i:none)\Z)[^\s/\\]([^/\\]*[^\s/\\])?").fullmatch


def _accepted(name: str, longest: int) -> str:
    if not _NAME(name) or not name.isprintable() or len(name) > longest:
        remedy = f"use letters, digits, dots and dashes, {longest} characters at most, no / and no space at the ends"
        raise ValueError(f"is a name that Sentry would drop; {remedy}")
    return name


def _parse_dsn(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        if any(character.isspace() or character in "?#" or not character.isprintable() for character in text):
            raise BadDsn("It holds a space, ? or #")
        return Dsn(text)
    except ValueError as error:
        # The SDK's own sentence may quote what stands where the project should be, or what is no port.
        reason = str(error).partition("(")[0].strip() if isinstance(error, BadDsn) else "It has no valid port"
        raise ValueError(
            f"is malformed ({reason}); copy it from Sentry, it reads https://<key>@<host>/<project number>"
        ) from None


Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class SentryConfig(BaseModel):
    """What `init_sentry()` needs to know. Each field is the variable of its name; later ones look at earlier ones."""

    model_config = ConfigDict(
        alias_generator=lambda name: f"SENTRY_{name.upper()}",
        arbitrary_types_allowed=True,
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    environment: Annotated[str, AfterValidator(lambda name: _accepted(name, 64))] = "development"
    pii_policy: Annotated[Policy, BeforeValidator(str.casefold)] = answers.PII_POLICY
    dsn: Annotated[Dsn | None, BeforeValidator(_parse_dsn)] = None
    """None leaves Sentry off."""
    release: Annotated[
        str | None, AfterValidator(lambda name: None if is_placeholder(name or "") else _accepted(name, 200))
    ] = None
    user_id_key: bytes | None = Field(None, repr=False)
    """What pseudonyms of users are made with. None: the policy makes none, or the process has to make a key up."""
    sample_rate: Rate = answers.ERROR_SAMPLE_RATE
    enable_tracing: bool = answers.TRACING
    traces_sample_rate: Rate | None = answers.TRACES_SAMPLE_RATE
    """None leaves tracing off altogether; 0.0 would still continue the traces of callers."""
    profile_session_sample_rate: Rate | None = Field(
        answers.PROFILE_SESSION_SAMPLE_RATE,
        validation_alias=AliasChoices("SENTRY_PROFILE_SESSION_SAMPLE_RATE", "SENTRY_PROFILES_SAMPLE_RATE"),
    )
    """None leaves profiling off."""
    debug: bool = False

    @property
    def is_production(self) -> bool:
        return _is_production(self.environment)

    @field_validator("pii_policy")
    @classmethod
    def _only_stricter(cls, policy: Policy) -> Policy:
        if POLICIES.index(policy) > POLICIES.index(answers.PII_POLICY):
            raise ValueError(
                f"is {policy}, looser than the answer {answers.PII_POLICY}; only a stricter one may be set"
            )
        return policy

    @field_validator("dsn")
    @classmethod
    def _required_in_production(cls, dsn: Dsn | None, info: ValidationInfo) -> Dsn | None:
        environment: str = info.data.get("environment", "")
        if dsn is None and _is_production(environment):
            raise ValueError(
                f"is not set, and SENTRY_ENVIRONMENT is {environment}; set it in env/secrets.env or the environment"
            )
        return dsn

    @field_validator("user_id_key", mode="before")
    @classmethod
    def _long_enough(cls, key: str | None, info: ValidationInfo) -> bytes | None:
        if info.data.get("pii_policy") != "pseudonymous":
            return None
        if key is not None and len(key) >= MIN_KEY:
            return key.encode("utf-8", "surrogateescape")
        if _is_production(info.data.get("environment", "")):
            problem = f"has fewer than {MIN_KEY} characters" if key else "is not set"
            raise ValueError(f"{problem}; make one with {_NEW_KEY} and keep it in env/secrets.env or the environment")
        return None

    @field_validator("traces_sample_rate", "profile_session_sample_rate")
    @classmethod
    def _none_where_off(cls, rate: float | None, info: ValidationInfo) -> float | None:
        on: bool = info.data.get("enable_tracing", False)
        if info.field_name == "profile_session_sample_rate":
            # On Python 3.11 the profiler crashes or hangs the process now and then: getsentry/sentry-python 6119.
            on = on and answers.PROFILING and sys.version_info >= (3, 12)
        return rate if on else None


_RATES: Final = (
    *("SENTRY_SAMPLE_RATE", "SENTRY_TRACES_SAMPLE_RATE"),
    *("SENTRY_PROFILE_SESSION_SAMPLE_RATE", "SENTRY_PROFILES_SAMPLE_RATE"),
)


def read_environment(process: Mapping[str, str] = os.environ, folder: Path = ENV_FOLDER) -> dict[str, str]:
    """Merge the process environment over release.env over secrets.env. A variable set to nothing counts as set.

    Raises:
        ConfigurationError: a file is there and cannot be read.
    """
    merged: dict[str, str] = {}
    for name in ENV_FILES:
        path = folder / name
        try:
            if path.is_file():
                values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
                merged.update({key: value for key, value in values.items() if value is not None})
        except UnicodeDecodeError:
            raise ConfigurationError(f"env/{name} is not UTF-8 text; save it as that") from None
        except OSError as error:
            reason = f"cannot be read ({error.strerror}); give it to the user that the service runs as"
            raise ConfigurationError(f"env/{name} {reason}") from None
    merged.update(process)
    return merged


def load_config(environ: Mapping[str, str]) -> SentryConfig:
    """Check every variable and report all faults at once.

    Raises:
        ConfigurationError: at least one variable cannot be used.
    """
    # Names of releases and environments keep their spaces, so that the check sees them.
    names = ("SENTRY_RELEASE", "SENTRY_ENVIRONMENT")
    stripped = {name: text if name in names else text.strip() for name, text in environ.items()}
    # Set to nothing is unset; but a rate that somebody meant to set is no default.
    given = {name: text for name, text in stripped.items() if text.strip() or name in _RATES}
    try:
        return SentryConfig.model_validate(given)
    except ValidationError as error:
        raise ConfigurationError(*map(_sentence, error.errors())) from None


def _sentence(error: Any) -> str:
    """Return what is wrong with one variable and how to mend it, without its value."""
    name = str(error["loc"][0])
    # The fault of a default names the field.
    variable = name if name.startswith("SENTRY_") else f"SENTRY_{name.upper()}"
    reason = error.get("ctx", {}).get("error")
    if isinstance(reason, ValueError):
        return f"{variable} {reason}"
    remedies = {"literal_error": "one of the policies", "bool_parsing": "true or false"}
    return f"{variable} is wrong ({error['msg']}); use {remedies.get(error['type'], 'a number from 0 to 1')}"


@cache
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


def fail(message: str) -> NoReturn:
    """Print one line on stderr and end the process for good, with status 78."""
    print(f"{answers.SERVICE}: {message}", file=sys.stderr)
    # uvicorn replaces a worker that ends, for ever, unless it ends with this status.
    worker = multiprocessing.parent_process() is not None
    sys.exit(_UVICORN_STARTUP_FAILURE if worker else EX_CONFIG)


# Variables that look like configuration

_KNOWN: Final = frozenset(
    [
        *("SENTRY_DSN", "SENTRY_USER_ID_KEY", "SENTRY_RELEASE", "SENTRY_ENVIRONMENT", "SENTRY_PII_POLICY"),
        *("SENTRY_ENABLE_TRACING", "SENTRY_DEBUG", *_RATES),
        # Read by the SDK, by sentry-cli and by tools/.
        *("SENTRY_TRACE", "SENTRY_BAGGAGE", "SENTRY_USE_ENVIRONMENT", "SENTRY_KEEP_ALIVE"),
        *("SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT", "SENTRY_URL", "SENTRY_LOG_LEVEL"),
    ]
)
_INSTEAD: Final = {
    "SENTRY_SEND_DEFAULT_PII": "SENTRY_PII_POLICY",
    "ENVIRONMENT": "SENTRY_ENVIRONMENT",
    "RELEASE": "SENTRY_RELEASE",
    "GIT_SHA": "SENTRY_RELEASE",
    "DSN": "SENTRY_DSN",
}
_BYPASS: Final = (
    (r"FASTAPI_OTEL_AUTO_CONFIGURE|OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT", "exports telemetry that no policy scrubs"),
    ("SENTRY_PRINT_ENVELOPES", "prints envelopes as they were before the policy"),
    ("SENTRY_SPOTLIGHT", "is switched off, for it would bypass the policy: set SENTRY_DSN to a local receiver instead"),
)


def unread_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that is not read though it looks like it, or that bypasses the policy."""
    found = []
    for name, text in sorted(environ.items()):
        bypass = next((problem for pattern, problem in _BYPASS if re.fullmatch(pattern, name)), None)
        instead = _INSTEAD.get(name)
        if bypass is not None:
            if text.strip().casefold() not in ("", "0", "false", "no", "off"):
                found.append(f"{name} {bypass}.")
        elif instead is not None:
            if name.startswith("SENTRY_") or instead not in environ:
                found.append(f"{name} is not read: set {instead}.")
        elif name.startswith("SENTRY_") and name not in _KNOWN:
            close = difflib.get_close_matches(name, _KNOWN, 1)
            found.append(f"{name} is not read{f': do you mean {close[0]}?' if close else '.'}")
    return found
