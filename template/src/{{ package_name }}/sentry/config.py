# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Environment variables in, a checked configuration out. Nothing here touches the SDK.

Precedence: the process environment, then env/release.env, then env/secrets.env, then the answers. The files are
read where the project lies on disk; a deployment hands the variables in and ships no files.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dotenv import dotenv_values

from . import answers, names
from .dsn import SHAPE, Dsn, parse_dsn
from .policy_table import POLICIES, Policy

ENV_FILES = ("secrets.env", "release.env")
PROJECT_ROOT = Path(__file__).resolve().parents[3]

SHORTEST_KEY = 32
"""Characters of SENTRY_USER_ID_KEY. A shorter key can be guessed, and with it whose pseudonym is whose."""

_TRUE = frozenset(("1", "true", "yes", "on"))
_FALSE = frozenset(("0", "false", "no", "off"))

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fault:
    """One variable that cannot be used: what is wrong with it, and how to mend it."""

    variable: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable} {self.problem}; {self.remedy}."


class ConfigurationError(Exception):
    """The environment cannot be used. `str()` is one line that holds every fault and no secret."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(" ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class SentryConfig:
    """What `init_sentry()` needs to know. `dsn` is None where Sentry stays off."""

    dsn: Dsn | None
    environment: str
    release: str | None
    sample_rate: float
    traces_sample_rate: float | None
    """None leaves tracing off altogether; 0.0 would still continue the traces of callers."""
    profile_session_sample_rate: float | None
    logs: bool
    debug: bool
    pii_policy: Policy
    user_id_key: bytes | None = field(repr=False)
    """What pseudonyms of users are made with; None where the policy makes none or the process has to make a key up."""

    @property
    def is_production(self) -> bool:
        return is_production(self.environment)


def is_production(environment: str) -> bool:
    return environment.casefold() in ("production", "prod")


def read_environment(process: Mapping[str, str] = os.environ, directory: Path = PROJECT_ROOT / "env") -> dict[str, str]:
    """Merge the process environment over release.env over secrets.env. A variable set to nothing counts as set.

    Raises:
        ConfigurationError: a file is there and cannot be read.
    """
    merged: dict[str, str] = {}
    for name in ENV_FILES:
        path = directory / name
        try:
            if path.is_file():
                values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
                merged.update({key: value for key, value in values.items() if value is not None})
        except UnicodeDecodeError:
            raise ConfigurationError((Fault(f"env/{name}", "is not UTF-8 text", "save it as that"),)) from None
        except OSError as error:
            remedy = "give it to the user that the service runs as"
            raise ConfigurationError((Fault(f"env/{name}", f"cannot be read ({error.strerror})", remedy),)) from None
    merged.update(process)
    return merged


def load_config(environ: Mapping[str, str]) -> SentryConfig:
    """Check every variable and report all faults at once.

    Raises:
        ConfigurationError: at least one variable cannot be used.
    """
    reader = _Reader(environ)
    environment = reader.environment()
    tracing = reader.flag("SENTRY_ENABLE_TRACING", default=answers.TRACING)
    traces = reader.rate("SENTRY_TRACES_SAMPLE_RATE", default=answers.TRACES_SAMPLE_RATE)
    profiles = reader.rate(
        "SENTRY_PROFILE_SESSION_SAMPLE_RATE", "SENTRY_PROFILES_SAMPLE_RATE", default=answers.PROFILE_SESSION_SAMPLE_RATE
    )
    policy = reader.policy()
    config = SentryConfig(
        dsn=reader.dsn(environment),
        environment=environment,
        release=reader.release(),
        sample_rate=reader.rate("SENTRY_SAMPLE_RATE", default=answers.ERROR_SAMPLE_RATE),
        traces_sample_rate=traces if tracing else None,
        profile_session_sample_rate=profiles if tracing and answers.PROFILING else None,
        logs=answers.LOGS,
        debug=reader.flag("SENTRY_DEBUG", default=False),
        pii_policy=policy,
        user_id_key=reader.user_id_key(environment) if policy == "pseudonymous" else None,
    )
    if reader.faults:
        raise ConfigurationError(tuple(reader.faults))
    return config


class _Reader:
    """Reads one variable at a time and collects the faults instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[Fault] = []

    def dsn(self, environment: str) -> Dsn | None:
        text = self._text("SENTRY_DSN")
        if text:
            return self._checked(parse_dsn, text, None, "SENTRY_DSN", f"copy it from Sentry, it reads {SHAPE}")
        if is_production(environment):
            self._fault(
                "SENTRY_DSN",
                f"is not set, and SENTRY_ENVIRONMENT is {environment}",
                "set it in env/secrets.env or in the environment of the process",
            )
        return None

    def environment(self) -> str:
        text = self._environ.get("SENTRY_ENVIRONMENT", "")
        if not text.strip():
            return "development"
        self._checked(names.check_environment, text, None, "SENTRY_ENVIRONMENT", "use a name such as production")
        return text

    def release(self) -> str | None:
        text = self._environ.get("SENTRY_RELEASE", "")
        if names.is_placeholder(text):
            return None
        remedy = f"use a name such as {answers.SERVICE}@1.4.0+0123abc, or leave it empty"
        self._checked(names.check_release, text, None, "SENTRY_RELEASE", remedy)
        return text

    def policy(self) -> Policy:
        """The generated policy, or a stricter one."""
        text = self._text("SENTRY_PII_POLICY").casefold()
        allowed = POLICIES[: POLICIES.index(answers.PII_POLICY) + 1]
        for policy in allowed:
            if text == policy:
                return policy
        if text in POLICIES:
            problem = f"is {text}, looser than the {answers.PII_POLICY} that this service was generated with"
            self._fault("SENTRY_PII_POLICY", problem, "only a stricter policy may be set here")
        elif text:
            self._fault("SENTRY_PII_POLICY", "is no policy", f"use {' or '.join(allowed)}, or leave it out")
        return answers.PII_POLICY

    def user_id_key(self, environment: str) -> bytes | None:
        text = self._text("SENTRY_USER_ID_KEY")
        if len(text) >= SHORTEST_KEY:
            return text.encode("utf-8", "surrogateescape")
        if is_production(environment):
            problem = f"has fewer than {SHORTEST_KEY} characters" if text else "is not set"
            remedy = (
                'make one with python -c "import secrets; print(secrets.token_hex(32))" and keep it in env/secrets.env '
                "or in the environment of the process"
            )
            self._fault("SENTRY_USER_ID_KEY", problem, remedy)
        return None

    def rate(self, *variables: str, default: float) -> float:
        """The first of the variables that is set, as a share from 0 to 1."""
        for variable in variables:
            if variable in self._environ:
                return self._checked(
                    _rate, self._text(variable), default, variable, f"use a number from 0 to 1, such as {default}"
                )
        return default

    def flag(self, variable: str, *, default: bool) -> bool:
        text = self._text(variable).casefold()
        if not text:
            return default
        if text not in _TRUE | _FALSE:
            self._fault(variable, "is neither true nor false", "use true or false, or leave it out")
        return text in _TRUE

    def _text(self, variable: str) -> str:
        return self._environ.get(variable, "").strip()

    def _checked(self, check: Callable[[str], Value], text: str, otherwise: Value, variable: str, remedy: str) -> Value:
        try:
            return check(text)
        except ValueError as problem:
            self._fault(variable, str(problem), remedy)
            return otherwise

    def _fault(self, variable: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(variable, problem, remedy))


def _rate(text: str) -> float:
    if not text:
        raise ValueError("is set to nothing")
    try:
        rate = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if not (math.isfinite(rate) and 0 <= rate <= 1):
        raise ValueError("is outside 0 to 1")
    return rate
