"""Say what each option of `sentry_sdk.init()` becomes in the layer, and collect what has to be written down for it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from .edits import Init
from .find import Service
from .origins import Origin, Origins

VARIABLES: Final = {
    "dsn": "SENTRY_DSN",
    "environment": "SENTRY_ENVIRONMENT",
    "release": "SENTRY_RELEASE",
    "sample_rate": "SENTRY_SAMPLE_RATE",
    "enable_tracing": "SENTRY_ENABLE_TRACING",
    "traces_sample_rate": "SENTRY_TRACES_SAMPLE_RATE",
    "profile_session_sample_rate": "SENTRY_PROFILE_SESSION_SAMPLE_RATE",
    "profiles_sample_rate": "SENTRY_PROFILES_SAMPLE_RATE",
}
"""Options that are environment variables in the layer."""

RATES: Final = {
    "sample_rate": "error_sample_rate",
    "traces_sample_rate": "traces_sample_rate",
    "profile_session_sample_rate": "profile_session_sample_rate",
    "profiles_sample_rate": "profile_session_sample_rate",
}
"""Options that are answers as well."""

PASSED_THROUGH: Final = (
    "add_full_stack",
    "auto_session_tracking",
    "before_breadcrumb",
    "before_send_log",
    "before_send_metric",
    "before_send_span",
    "ca_certs",
    "cert_file",
    "db_query_source_threshold_ms",
    "dist",
    "enable_backpressure_handling",
    "enable_db_query_source",
    "enable_http_request_source",
    "error_sampler",
    "functions_to_trace",
    "http_proxy",
    "http_request_source_threshold_ms",
    "https_proxy",
    "ignore_spans",
    "in_app_exclude",
    "in_app_include",
    "keep_alive",
    "key_file",
    "max_breadcrumbs",
    "max_stack_frames",
    "max_value_length",
    "org_id",
    "profiler_mode",
    "proxy_headers",
    "send_client_reports",
    "shutdown_timeout",
    "socket_options",
    "strict_trace_continuation",
    "transport_queue_size",
)
"""Options of SDK 2 and 3 that `SDK_OPTIONS` of sentry_custom.py takes, because they don't touch the policy."""

POLICY: Final = "the privacy policy decides (SENTRY_PII_POLICY)"
OPTIONS: Final = {
    "_experiments": "lost: the layer switches on no experiments",
    "attach_stacktrace": "the layer sets it: messages carry a stack trace",
    "auto_enabling_integrations": "chosen by the `integrations` answer and INTEGRATIONS in sentry_custom.py",
    "before_send": "before_send() of sentry_custom.py",
    "before_send_transaction": "lost: on SDK 2, add it to SDK_OPTIONS of sentry_custom.py",
    "custom_repr": f"lost: {POLICY} which variables are sent",
    "data_collection": POLICY,
    "debug": "SENTRY_DEBUG=true shows what the SDK does; it isn't carried over",
    "default_integrations": "the layer has the SDK's own, except Argv and Stdlib, which the policy rules out",
    "disabled_integrations": "a library that isn't in INTEGRATIONS or among the answers is off",
    "dsn": "SENTRY_DSN",
    "enable_logs": "the answer telemetry (logs)",
    "enable_metrics": "SDK_OPTIONS of sentry_custom.py, on SDK 2",
    "enable_tracing": "SENTRY_ENABLE_TRACING",
    "environment": "SENTRY_ENVIRONMENT",
    "event_scrubber": "the policy decides; add names of keys to the answer sensitive_keys",
    "ignore_errors": "IGNORED_ERRORS of sentry_custom.py",
    "include_local_variables": POLICY,
    "include_source_context": "the layer adds the source lines of the service's own frames",
    "instrumenter": "lost: spans come from the SDK, not from OpenTelemetry",
    "integrations": "the `integrations` answer and INTEGRATIONS in sentry_custom.py",
    "max_request_body_size": POLICY,
    "profile_lifecycle": "the layer profiles while requests are traced",
    "profile_session_sample_rate": "SENTRY_PROFILE_SESSION_SAMPLE_RATE, with profiling in the answer telemetry",
    "profiles_sample_rate": "SENTRY_PROFILES_SAMPLE_RATE, with profiling in the answer telemetry",
    "profiles_sampler": "lost: SENTRY_PROFILE_SESSION_SAMPLE_RATE is one rate for all",
    "project_root": "the layer sets it to the root of the project",
    "propagate_traces": "TRACE_TARGETS of sentry_custom.py decides which hosts see the trace",
    "release": "SENTRY_RELEASE",
    "sample_rate": "SENTRY_SAMPLE_RATE",
    "send_default_pii": f"{POLICY}; docs/sentry.md says what is sent",
    "server_name": f"{POLICY}: the name of the host is sent under `full` alone",
    "spotlight": "lost: it would bypass the policy; set SENTRY_DSN to a local receiver instead",
    "stream_gen_ai_spans": "the layer sets it",
    "trace_lifecycle": "the layer sets it",
    "trace_propagation_targets": "TRACE_TARGETS of sentry_custom.py",
    "traces_sample_rate": "SENTRY_TRACES_SAMPLE_RATE",
    "traces_sampler": "move what it does into sample_rate() of sentry_custom.py; until then one rate holds for all",
    "transport": "lost: the layer's own transport applies the policy",
    # Of SDK 1.
    "request_bodies": POLICY,
    "with_locals": POLICY,
    "debug_mode": "SENTRY_DEBUG=true shows what the SDK does",
    "trace_ignore_status_codes": "lost: on SDK 2, add it to SDK_OPTIONS of sentry_custom.py",
    **dict.fromkeys(PASSED_THROUGH, "SDK_OPTIONS of sentry_custom.py"),
}
"""One sentence for each option of SDK 2 and 3."""

LIBRARIES: Final = {
    "aiohttp": "aiohttp.AioHttpIntegration",
    "ariadne": "ariadne.AriadneIntegration",
    "arq": "arq.ArqIntegration",
    "boto3": "boto3.Boto3Integration",
    "bottle": "bottle.BottleIntegration",
    "celery": "celery.CeleryIntegration",
    "clickhouse_driver": "clickhouse_driver.ClickhouseDriverIntegration",
    "cohere": "cohere.CohereIntegration",
    "django": "django.DjangoIntegration",
    "dramatiq": "dramatiq.DramatiqIntegration",
    "falcon": "falcon.FalconIntegration",
    "flask": "flask.FlaskIntegration",
    "gql": "gql.GQLIntegration",
    "graphene": "graphene.GrapheneIntegration",
    "httpx": "httpx.HttpxIntegration",
    "huey": "huey.HueyIntegration",
    "huggingface_hub": "huggingface_hub.HuggingfaceHubIntegration",
    "langgraph": "langgraph.LanggraphIntegration",
    "litestar": "litestar.LitestarIntegration",
    "loguru": "loguru.LoguruIntegration",
    "mcp": "mcp.MCPIntegration",
    "pymongo": "pymongo.PyMongoIntegration",
    "quart": "quart.QuartIntegration",
    "rq": "rq.RqIntegration",
    "sanic": "sanic.SanicIntegration",
    "tornado": "tornado.TornadoIntegration",
}
"""Libraries that a service may import, and what reports them. The SDK switches these on by itself, except Dramatiq."""

ANSWERED: Final = {
    "anthropic": "anthropic.AnthropicIntegration",
    "asyncpg": "asyncpg.AsyncPGIntegration",
    "httpx2": "httpx2.Httpx2Integration",
    "langchain": "langchain.LangchainIntegration",
    "openai": "openai.OpenAIIntegration",
    "pydantic_ai": "pydantic_ai.PydanticAIIntegration",
    "redis": "redis.RedisIntegration",
    "sqlalchemy": "sqlalchemy.SqlalchemyIntegration",
}
"""Libraries that the question `integrations` offers."""

HAD: Final = frozenset(
    (
        *("FastApiIntegration", "StarletteIntegration", "LoggingIntegration", "AsyncioIntegration"),
        *(
            "AtexitIntegration",
            "DedupeIntegration",
            "ExcepthookIntegration",
            "ModulesIntegration",
            "ThreadingIntegration",
        ),
    )
)
"""Integrations that the layer has already."""
RULED_OUT: Final = frozenset(("ArgvIntegration", "StdlibIntegration"))

_DSN: Final = re.compile(r"https?://[^@/\s]+@[^/\s]+/(\S*/)?[0-9]+")


@dataclass
class Becomes:
    """What an option becomes."""

    option: str
    sentence: str


@dataclass
class Carried:
    """What the options of all calls have to leave behind."""

    becomes: dict[str, list[Becomes]] = field(default_factory=dict)
    """By the place of the call."""
    variables: dict[str, str] = field(default_factory=dict)
    """Variables of the layer, and the one that the service sets instead."""
    env_files: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    """Names of sentry_custom.py and their values as Python."""
    functions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Functions of sentry_custom.py: the module and the name of what they hand on to."""
    integrations: list[str] = field(default_factory=list)
    """Names in `sentry_sdk.integrations` for INTEGRATIONS."""
    sdk_options: dict[str, str] = field(default_factory=dict)
    dsns: list[tuple[str, str]] = field(default_factory=list)
    """DSNs in the code: the place, and the DSN itself, which is only written to env/secrets.env."""
    settings_fields: list[Origin] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    """What is left for a person to do."""


def carry(service: Service, inits: list[Init]) -> Carried:
    """Follow the options of every call that is replaced."""
    carried = Carried()
    origins = Origins(service)
    for init in inits:
        becomes = carried.becomes.setdefault(init.place, [])
        if init.library:
            becomes.append(Becomes(init.library, "started Sentry itself; the layer does it now"))
            unknown = [name for name in init.options if name not in OPTIONS]
            becomes += [Becomes(name, f"lost: an argument of {init.library}()") for name in unknown]
        for name in sorted(init.options, key=_order):
            expression = init.options[name]
            if init.library and name not in OPTIONS:
                continue
            becomes.extend(_become(name, expression, init, origins, carried))
        for mapping in init.unknown:
            text = f"these options can't be followed: see what {mapping} holds, and run --check"
            becomes.append(Becomes(f"**{mapping}", text))
            carried.unknown += ["SENTRY_DSN"] if "dsn" not in init.options else []
    _add_imported(service, inits, carried)
    return carried


def _order(name: str) -> tuple[int, str]:
    first = [*VARIABLES]
    return (first.index(name), name) if name in first else (len(first), name)


def _become(name: str, expression: ast.expr, init: Init, origins: Origins, carried: Carried) -> Iterator[Becomes]:
    if isinstance(expression, ast.Constant) and expression.value is None:
        return
    if name in VARIABLES:
        yield _variable(name, expression, init, origins, carried)
    elif name == "integrations":
        yield from _integrations(expression, init, origins, carried)
    elif name == "ignore_errors":
        yield _ignored(expression, carried)
    elif name == "before_send":
        yield _function(name, expression, init, origins.service, carried)
    elif name == "trace_propagation_targets":
        yield _trace_targets(expression, carried)
    elif name == "enable_logs":
        if isinstance(expression, ast.Constant) and expression.value is True:
            carried.answers["logs"] = True
        yield Becomes(name, OPTIONS[name])
    elif name in PASSED_THROUGH:
        yield _passed_through(name, expression, init, origins, carried)
    else:
        yield Becomes(name, OPTIONS.get(name, "lost: the layer doesn't know this option"))


# VARIABLES ------------------------------------------------------------------------------------------


def _variable(name: str, expression: ast.expr, init: Init, origins: Origins, carried: Carried) -> Becomes:
    variable = VARIABLES[name]
    origin = origins.of(expression, init.module, init.function)
    if (
        name in ("traces_sample_rate", "profiles_sample_rate", "profile_session_sample_rate")
        and origin.kind == "constant"
    ):
        if "profile" in name and origin.value:
            carried.answers["profiling"] = True
    if origin.kind == "variable":
        for file in origin.env_files:
            if file not in carried.env_files:
                carried.env_files.append(file)
        if origin.field and name == "dsn":
            carried.settings_fields.append(origin)
        unset = _where_unset(name, variable, origin, init, carried)
        if origin.text == variable:
            return Becomes(name, f"{variable}, as before{unset}")
        known = carried.variables.setdefault(variable, origin.text)
        if known != origin.text:
            where = f"where {init.module.shown} runs"
            carried.steps.append(f"Set {variable} {where} to what {origin.text} holds: {known} is read otherwise.")
            return Becomes(
                name,
                f"lost: {origin.text} is a second variable for {variable}, which has one value in the layer ({known})",
            )
        return Becomes(name, f"{variable}, or {origin.text} where only that is set{unset}")
    if origin.kind == "constant":
        return _of_constant(name, variable, origin, init, carried)
    if name == "release":
        return Becomes(name, f"SENTRY_RELEASE, which a deploy writes; the code made it from `{origin.text}`")
    carried.unknown.append(variable)
    return Becomes(name, f"{variable}; the value came from `{origin.text}`: see what sets it, and set {variable} too")


def _where_unset(name: str, variable: str, origin: Origin, init: Init, carried: Carried) -> str:
    """Keep what the code took where the variable isn't set, or say what it was."""
    if name == "release":
        return ""
    if origin.computed:
        carried.steps.append(f"Set {variable} to what `{origin.computed}` gave: {origin.text} is taken as it is.")
        return f"; the code took `{origin.computed}`"
    if not isinstance(origin.otherwise, ast.Constant):
        if origin.otherwise is None:
            return ""
        text = ast.unparse(origin.otherwise)
        where = "" if origin.text == variable else f" where {origin.text} isn't set"
        carried.steps.append(f"Set {variable}{where}: the code took `{text}` instead.")
        return f"; the code took `{text}` where it isn't set"
    value = origin.otherwise.value
    rate = _rate(value)
    if name == "dsn" and _DSN.fullmatch(str(value)):
        carried.dsns.append((init.place, str(value)))
        return "; the code holds a DSN for where it isn't set, which everyone who has the repository can read"
    if name in RATES and rate is not None:
        answer = RATES[name]
        if carried.answers.setdefault(answer, rate) != rate:
            return f"; lost: the default {rate}, because another call has {carried.answers[answer]}"
        if "profile" in name and rate:
            carried.answers["profiling"] = True
        return f"; without it the answer {answer} ({rate})"
    if name == "environment" and isinstance(value, str) and value not in ("", "development"):
        if not value.startswith(("dev", "local")):
            carried.steps.append(
                f"Set SENTRY_ENVIRONMENT={value} where {origin.text} isn't set: the code took it there."
            )
        return f"; without it the name is development: set {variable}={value} where it isn't set"
    return ""


def _rate(value: object) -> float | None:
    """Return a number between 0 and 1, which may be written as text."""
    with suppress(ValueError):
        if isinstance(value, (int, float, str)) and not isinstance(value, bool) and 0 <= float(value) <= 1:
            return float(value)
    return None


def _of_constant(name: str, variable: str, origin: Origin, init: Init, carried: Carried) -> Becomes:
    value = origin.value
    if name == "dsn":
        if isinstance(value, str) and _DSN.fullmatch(value):
            carried.dsns.append((init.place, value))
            return Becomes(name, "SENTRY_DSN; the code holds the DSN, which everyone who has the repository can read")
        if not value:
            return Becomes(name, "SENTRY_DSN, which the SDK read too")
        return Becomes(name, "SENTRY_DSN; the code holds a placeholder")
    if name in RATES and isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        answer = RATES[name]
        if answer in carried.answers and carried.answers[answer] != float(value):
            return Becomes(
                name, f"lost: {origin.text} differs from the rate of another call ({carried.answers[answer]})"
            )
        carried.answers[answer] = float(value)
        return Becomes(name, f"the answer {answer} ({origin.text}), or {variable}")
    if name == "enable_tracing":
        return Becomes(name, f"{variable}={str(value).lower()}; the answer telemetry has tracing")
    if name == "environment":
        return Becomes(name, f"set SENTRY_ENVIRONMENT={value} where it is deployed")
    return Becomes(name, f"{variable}, which a deploy writes; it was {origin.text}")


# INTEGRATIONS ---------------------------------------------------------------------------------------


def _integrations(expression: ast.expr, init: Init, origins: Origins, carried: Carried) -> Iterator[Becomes]:
    names = {classname.rpartition(".")[2]: library for library, classname in ANSWERED.items()}
    elements, parameters = _listed(expression, init, origins)
    for parameter in parameters:
        yield Becomes("integrations", f"what callers hand to `{parameter}` can't be followed: add it to INTEGRATIONS")
    if not elements and not parameters and not isinstance(expression, (ast.List, ast.Tuple)):
        yield Becomes("integrations", f"`{ast.unparse(expression)}` can't be followed: add its parts to INTEGRATIONS")
    for stated in elements:
        element = origins.value_of(stated, init.module, init.function)
        classname = _last(element.func) if isinstance(element, ast.Call) else _last(element)
        keywords = element.keywords if isinstance(element, ast.Call) else []
        if not classname:
            yield Becomes("integrations", f"`{ast.unparse(element)}` can't be followed: add it to INTEGRATIONS")
            continue
        own = init.module.tree.body if init.module.tree is not None else []
        if any(isinstance(one, ast.ClassDef) and one.name == classname for one in own):
            yield Becomes(classname, "lost until you add this class of the service to INTEGRATIONS in sentry_custom.py")
        elif classname in HAD:
            yield Becomes(classname, "included in the layer")
        elif classname in RULED_OUT:
            yield Becomes(classname, "lost: the policy rules it out, because it reports command lines and arguments")
        elif classname in names:
            _add(carried, "integrations", names[classname])
            yield Becomes(classname, f"the `integrations` answer ({names[classname]})")
        else:
            module = _module_of_integration(classname, init)
            if module:
                _add_integration(carried, f"{module}.{classname}")
                yield Becomes(classname, "INTEGRATIONS in sentry_custom.py")
            else:
                yield Becomes(classname, "add it to INTEGRATIONS in sentry_custom.py")
        for keyword in keywords:
            yield from _integration_option(classname, keyword, carried)


def _listed(expression: ast.expr, init: Init, origins: Origins) -> tuple[list[ast.expr], list[str]]:
    """Return the elements of a list, also where names hold parts of it, and the parameters among these names."""
    elements: list[ast.expr] = []
    parameters: list[str] = []
    pending, known = [expression], set()
    while pending:
        part = pending.pop(0)
        elements += _elements(part)
        for node in _parts(part):
            if isinstance(node, ast.Name) and node.id not in known:
                known.add(node.id)
                parameters += [node.id] if _is_parameter(node.id, init) else []
                pending += origins.elements_of(node.id, init.module, init.function)
    return elements, parameters


def _is_parameter(name: str, init: Init) -> bool:
    """Whether a name is a parameter of the function that starts the SDK."""
    for node in ast.walk(init.module.tree) if init.module.tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == init.function:
            return any(one.arg == name for one in ast.walk(node.args) if isinstance(one, ast.arg))
    return False


def _integration_option(classname: str, keyword: ast.keyword, carried: Carried) -> Iterator[Becomes]:
    option = f"{classname}({keyword.arg})"
    if keyword.arg == "failed_request_status_codes":
        codes = _codes(keyword.value)
        if codes:
            carried.custom["REPORTED_STATUS"] = f"frozenset({_tuple(map(str, codes))})"
        yield Becomes(option, "REPORTED_STATUS of sentry_custom.py for 4xx; each 5xx is reported")
    elif keyword.arg == "transaction_style":
        if isinstance(keyword.value, ast.Constant) and keyword.value.value in ("endpoint", "url"):
            carried.answers["transaction_style"] = keyword.value.value
        yield Becomes(option, f"the answer transaction_style ({ast.unparse(keyword.value)})")
    elif keyword.arg == "http_methods_to_capture":
        yield Becomes(option, "lost: requests of all methods are traced, except HEAD and OPTIONS")
    elif classname == "LoggingIntegration":
        yield Becomes(option, "lost: records from INFO become breadcrumbs, those from ERROR events")
    elif classname not in HAD:
        yield Becomes(
            option, f"lost: the SDK's default holds; put {classname}(...) itself into INTEGRATIONS to keep it"
        )
    else:
        yield Becomes(option, "not needed; the layer sets this")


def _add_imported(service: Service, inits: list[Init], carried: Carried) -> None:
    """Report the libraries that the service imports, as the SDK does by itself."""
    off = {
        name
        for init in inits
        if isinstance(value := init.options.get("auto_enabling_integrations"), ast.Constant) and value.value is False
        for name in ("*",)
    }
    disabled = {
        _last(element.func) if isinstance(element, ast.Call) else _last(element)
        for init in inits
        for element in _elements(init.options.get("disabled_integrations"))
    }
    if off:
        return
    imported = service.imported
    for library, name in ANSWERED.items():
        if library in imported and name.rpartition(".")[2] not in disabled:
            _add(carried, "integrations", library)
    for library, name in LIBRARIES.items():
        if library in imported and name.rpartition(".")[2] not in disabled:
            _add_integration(carried, name)


def _add(carried: Carried, answer: str, value: str) -> None:
    known = carried.answers.setdefault(answer, [])
    if value not in known:
        known.append(value)


def _add_integration(carried: Carried, name: str) -> None:
    if name not in carried.integrations:
        carried.integrations.append(name)


def _module_of_integration(classname: str, init: Init) -> str:
    """Return the module in `sentry_sdk.integrations` that an integration was imported from."""
    for name in LIBRARIES.values():
        if name.rpartition(".")[2] == classname:
            return name.rpartition(".")[0]
    for node in ast.walk(init.module.tree) if init.module.tree is not None else ():
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sentry_sdk.integrations."):
            if any((alias.asname or alias.name) == classname for alias in node.names):
                return (node.module or "").removeprefix("sentry_sdk.integrations.")
    return ""


# sentry_custom.py -----------------------------------------------------------------------------------


def _ignored(expression: ast.expr, carried: Carried) -> Becomes:
    names: list[str] = []
    for element in _elements(expression):
        name = str(element.value) if isinstance(element, ast.Constant) else _last(element)
        if not name:
            return Becomes(
                "ignore_errors", f"list what `{ast.unparse(expression)}` holds in IGNORED_ERRORS of sentry_custom.py"
            )
        names.append(name if isinstance(getattr(builtins, name, None), type) else f'"{name}"')
    if not names:
        return Becomes("ignore_errors", "list what it holds in IGNORED_ERRORS of sentry_custom.py")
    carried.custom["IGNORED_ERRORS"] = _tuple(dict.fromkeys(names))
    return Becomes("ignore_errors", OPTIONS["ignore_errors"])


def _trace_targets(expression: ast.expr, carried: Carried) -> Becomes:
    elements = _elements(expression)
    texts = [element.value for element in elements if isinstance(element, ast.Constant)]
    if not elements or len(texts) < len(elements):
        return Becomes("trace_propagation_targets", "list additional hosts in TRACE_TARGETS of sentry_custom.py")
    carried.custom["TRACE_TARGETS"] = _tuple(repr(text).replace("'", '"') for text in texts)
    return Becomes("trace_propagation_targets", OPTIONS["trace_propagation_targets"])


def _function(name: str, expression: ast.expr, init: Init, service: Service, carried: Carried) -> Becomes:
    place = _place_of(expression, init, service)
    if place is None:
        return Becomes(name, f"lost until you move what it does into {name}() of sentry_custom.py")
    carried.functions[name] = place
    return Becomes(name, f"{name}() of sentry_custom.py, which calls it")


def _place_of(expression: ast.expr, init: Init, service: Service) -> tuple[str, str] | None:
    """Return the module and the name of a function at the top level of a module of the service."""
    if not isinstance(expression, ast.Name) or init.module.tree is None or not init.module.name:
        return None
    for statement in init.module.tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == expression.id:
            return init.module.name, expression.id
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == expression.id:
                    return init.module.absolute(statement.level, statement.module or ""), alias.name
    return None


def _passed_through(name: str, expression: ast.expr, init: Init, origins: Origins, carried: Carried) -> Becomes:
    value = ""
    if name.startswith("before_") or name == "error_sampler":
        place = _place_of(expression, init, origins.service)
        if place is not None:
            carried.functions[name] = place
            value = f"_{name}"
    elif _is_literal(expression):
        value = ast.unparse(expression)
    else:
        origin = origins.of(expression, init.module, init.function)
        if origin.kind == "variable" and name not in ("shutdown_timeout", "max_breadcrumbs", "transport_queue_size"):
            value = f'os.environ.get("{origin.text}")'
        elif origin.kind == "constant" and origin.value is not None:
            value = origin.text
    if not value:
        return Becomes(name, f"lost until you add it to SDK_OPTIONS of sentry_custom.py (`{ast.unparse(expression)}`)")
    carried.sdk_options[name] = value
    return Becomes(name, OPTIONS[name])


def _is_literal(expression: ast.expr) -> bool:
    try:
        ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _elements(expression: ast.expr | None) -> list[ast.expr]:
    """Return the elements of a list, also of `[a] + [b]` and of `[a if x else b]`."""
    lists = [part for part in _parts(expression) if isinstance(part, (ast.List, ast.Tuple, ast.Set))]
    return [element for part in lists for element in part.elts if not isinstance(element, ast.Starred)]


def _parts(expression: ast.expr | None) -> Iterator[ast.expr]:
    """Yield the lists and names that a list is put together from."""
    if isinstance(expression, (ast.List, ast.Tuple, ast.Set)):
        yield expression
        for element in expression.elts:
            if isinstance(element, ast.Starred):
                yield from _parts(element.value)
    elif isinstance(expression, ast.BinOp):
        yield from _parts(expression.left)
        yield from _parts(expression.right)
    elif isinstance(expression, ast.BoolOp):
        for value in expression.values:
            yield from _parts(value)
    elif isinstance(expression, ast.IfExp):
        yield from _parts(expression.body)
        yield from _parts(expression.orelse)
    elif isinstance(expression, ast.Name):
        yield expression


def _codes(expression: ast.expr) -> list[int]:
    """Return the 4xx codes that are written out."""
    codes: set[int] = set()
    inside: set[int] = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and _last(node.func) == "range":
            bounds = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, int)]
            inside.update(id(one) for one in node.args)
            if bounds and len(bounds) == len(node.args):
                codes.update(range(*bounds))
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant) and isinstance(node.value, int) and id(node) not in inside:
            codes.add(node.value)
    return sorted(code for code in codes if 400 <= code < 500)


def _last(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _tuple(texts: Any) -> str:
    listed = [*texts]
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"
