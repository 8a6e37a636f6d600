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
_NEW_KEY: Final = (
    'make one with python -c "import secrets; print(secrets.token_hex(32))" and keep it in env/secrets.env or in the '
    "environment of the process"
)


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


def _check_name(name: str, longest: int) -> str:
    """Raise ValueError with the reason when Sentry would drop the name of a release or an environment.

    The rules are those of its ingestion (sentry-relay 0.10.1; https://docs.sentry.io/product/releases/naming-releases/).
    """
    if len(name) > longest:
        raise ValueError(f"is longer than {longest} characters; use a shorter name")
    if any(character in "/\\" or not character.isprintable() for character in name):
        raise ValueError("holds a slash, a backslash or a control character; use letters, digits, dots and dashes")
    if name != name.strip() or name in (".", ".."):
        raise ValueError("begins or ends with a space, or is only dots; use letters, digits, dots and dashes")
    return name


def _check_environment(name: str) -> str:
    if name.casefold() == "none":
        raise ValueError("is a name that Sentry keeps for itself; use a name such as production")
    return _check_name(name, 64)


def _check_release(name: str) -> str | None:
    return None if is_placeholder(name) else _check_name(name, 200)


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
    """What `init_sentry()` needs to know. `dsn` is None where Sentry stays off."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True, hide_input_in_errors=True)

    environment: Annotated[str, AfterValidator(_check_environment)] = Field("development", alias="SENTRY_ENVIRONMENT")
    pii_policy: Annotated[Policy, BeforeValidator(str.casefold)] = Field(answers.PII_POLICY, alias="SENTRY_PII_POLICY")
    dsn: Annotated[Dsn | None, BeforeValidator(_parse_dsn)] = Field(None, alias="SENTRY_DSN", validate_default=True)
    release: Annotated[str, AfterValidator(_check_release)] | None = Field(None, alias="SENTRY_RELEASE")
    user_id_key: bytes | None = Field(None, alias="SENTRY_USER_ID_KEY", validate_default=True, repr=False)
    """What pseudonyms of users are made with. None: the policy makes none, or the process has to make a key up."""
    sample_rate: Rate = Field(answers.ERROR_SAMPLE_RATE, alias="SENTRY_SAMPLE_RATE")
    tracing: bool = Field(answers.TRACING, alias="SENTRY_ENABLE_TRACING")
    traces_rate: Rate = Field(answers.TRACES_SAMPLE_RATE, alias="SENTRY_TRACES_SAMPLE_RATE")
    profiles_rate: Rate = Field(
        answers.PROFILE_SESSION_SAMPLE_RATE,
        validation_alias=AliasChoices("SENTRY_PROFILE_SESSION_SAMPLE_RATE", "SENTRY_PROFILES_SAMPLE_RATE"),
    )
    debug: bool = Field(False, alias="SENTRY_DEBUG")

    @property
    def is_production(self) -> bool:
        return _is_production(self.environment)

    @property
    def traces_sample_rate(self) -> float | None:
        """None leaves tracing off altogether; 0.0 would still continue the traces of callers."""
        return self.traces_rate if self.tracing else None

    @property
    def profile_session_sample_rate(self) -> float | None:
        """None where profiling is off. On Python 3.11 the profiler crashes or hangs the process now and then.

        https://github.com/getsentry/sentry-python/issues/6119, https://github.com/python/cpython/issues/106883
        """
        return self.profiles_rate if self.tracing and answers.PROFILING and sys.version_info >= (3, 12) else None

    @field_validator("pii_policy")
    @classmethod
    def _only_stricter(cls, policy: Policy) -> Policy:
        if POLICIES.index(policy) > POLICIES.index(answers.PII_POLICY):
            raise ValueError(
                f"is {policy}, looser than the {answers.PII_POLICY} that this service was generated with; only a "
                "stricter policy may be set here"
            )
        return policy

    @field_validator("dsn")
    @classmethod
    def _required_in_production(cls, dsn: Dsn | None, info: ValidationInfo) -> Dsn | None:
        environment: str = info.data.get("environment", "")
        if dsn is None and _is_production(environment):
            raise ValueError(
                f"is not set, and SENTRY_ENVIRONMENT is {environment}; set it in env/secrets.env or in the environment "
                "of the process"
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
            raise ValueError(f"{problem}; {_NEW_KEY}")
        return None


_RATES: Final = tuple(
    f"SENTRY_{name}_SAMPLE_RATE" if name else "SENTRY_SAMPLE_RATE"
    for name in ("", "TRACES", "PROFILE_SESSION", "PROFILES")
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
    """Return what is wrong with one variable, without its value. The fault of a default names the field."""
    name = str(error["loc"][0])
    variable = name if name.startswith("SENTRY_") else f"SENTRY_{name.upper()}"
    reason = error.get("ctx", {}).get("error")
    return f"{variable} {reason}" if isinstance(reason, ValueError) else f"{variable}: {error['msg']}"


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


# Variables that are not read

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
    "SENTRY_SEND_DEFAULT_PII": "the policy decides: SENTRY_PII_POLICY, docs/sentry.md",
    "ENVIRONMENT": "set SENTRY_ENVIRONMENT",
    "RELEASE": "set SENTRY_RELEASE",
    "GIT_SHA": "set SENTRY_RELEASE, which tools/release_env.py writes",
    "DSN": "set SENTRY_DSN",
}
_SIDE_DOORS: Final = {
    "SENTRY_PRINT_ENVELOPES": "prints envelopes as they were before the policy",
    "SENTRY_SPOTLIGHT": "is switched off, because it would receive everything past the policy; set SENTRY_DSN to the "
    "address of a local receiver instead",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "lets FastAPI export telemetry that no policy scrubs",
}
_OTLP_ENDPOINT: Final = re.compile(r"OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT")
_OFF: Final = frozenset(("", "0", "false", "no", "off"))


def unread_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that looks like configuration and is not read, or that bypasses the policy."""
    found = []
    for name, text in sorted(environ.items()):
        if name in _SIDE_DOORS or _OTLP_ENDPOINT.fullmatch(name):
            if text.strip().casefold() not in _OFF:
                found.append(f"{name} {_SIDE_DOORS.get(name, 'lets OpenTelemetry export what no policy scrubs')}.")
        elif name in _INSTEAD:
            if name.startswith("SENTRY_") or f"SENTRY_{name.replace('GIT_SHA', 'RELEASE')}" not in environ:
                found.append(f"{name} is not read: {_INSTEAD[name]}.")
        elif name.startswith("SENTRY_") and name not in _KNOWN:
            close = difflib.get_close_matches(name, _KNOWN, 1)
            found.append(f"{name} is not read{f': do you mean {close[0]}?' if close else '.'}")
    return found
