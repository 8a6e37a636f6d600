"""What each option of `sentry_sdk.init()` becomes, and where a value comes from."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from support import environments
from support.template import ROOT

from fastapi_sentry.adopt.options import ANSWERED, LIBRARIES, OPTIONS, PASSED_THROUGH, VARIABLES, Becomes

from .test_edits import MAIN, adopted, after

SETTINGS: Final = """
import os
from functools import lru_cache
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

class Logging(BaseModel):
    dsn: str = ""

class Plain(BaseSettings):
    SENTRY_DSN: str = ""
    named: str = Field("", validation_alias="NAMED_DSN")

class Prefixed(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", env_nested_delimiter="__", env_file=".env.shop")
    dsn: str = ""
    logging: Logging = Logging()

class Old(BaseSettings):
    dsn: str = ""
    class Config:
        env_prefix = "OLD_"

class Static:
    DSN = os.environ.get("STATIC_DSN")

NAME = "CONSTANT_DSN"
chosen = None
if os.environ.get("CHOSEN_DSN"):
    chosen = os.environ["CHOSEN_DSN"]
dynamic = Dynaconf(envvar_prefix="ACME")
plain, prefixed, old = Plain(), Prefixed(), Old()
DSN = os.getenv("MODULE_DSN", "")
CONFIG = {"dsn": os.environ["MAPPED_DSN"]}

class Inner(BaseModel):
    dsn: str

class Outer(BaseModel):
    inner: Inner
    other: Inner

def read_config() -> Outer:
    inner_dsn = os.environ.get("INNER_DSN") or ""
    return Outer(inner=Inner(dsn=inner_dsn), other=Inner(dsn=inner_dsn))

@lru_cache
def get_settings() -> Prefixed:
    return Prefixed()

def read_dsn():
    return os.environ["RETURNED_DSN"]
"""

ORIGINS: Final = [
    ("os.getenv('SHOP_DSN')", "SHOP_DSN"),
    ("os.environ['SHOP_DSN'].strip()", "SHOP_DSN"),
    ("os.environ.get('SHOP_DSN') or None", "SHOP_DSN"),
    ("str(settings.plain.SENTRY_DSN)", "SENTRY_DSN"),
    ("settings.plain.named", "NAMED_DSN"),
    ("settings.prefixed.dsn", "SHOP_DSN"),
    ("settings.prefixed.logging.dsn", "SHOP_LOGGING__DSN"),
    ("settings.get_settings().dsn", "SHOP_DSN"),
    ("settings.old.dsn", "OLD_DSN"),
    ("settings.Static.DSN", "STATIC_DSN"),
    ("settings.DSN", "MODULE_DSN"),
    ("CONFIG['dsn']", "MAPPED_DSN"),
    ("read_dsn()", "RETURNED_DSN"),
    ("settings.read_config().inner.dsn", "INNER_DSN"),
    ("os.environ.get(settings.NAME)", "CONSTANT_DSN"),
    ("os.environ[settings.NAME]", "CONSTANT_DSN"),
    ("settings.chosen", "CHOSEN_DSN"),
    ("settings.dynamic.monitoring.sentry.dsn", "ACME_MONITORING__SENTRY__DSN"),
]
"""The option `dsn`, and the variable that it comes from."""


@pytest.mark.parametrize(("expression", "variable"), ORIGINS)
def test_where_a_value_comes_from(tmp_path: Path, expression: str, variable: str) -> None:
    code = "import os\nimport sentry_sdk\nfrom app import settings\nfrom app.settings import CONFIG, read_dsn\n"
    files = {"app/settings.py": SETTINGS, "app/tracking.py": f"{code}sentry_sdk.init(dsn={expression})\n"}

    changes = adopted(tmp_path, files)

    [[dsn]] = changes.carried.becomes.values()
    expected = (
        "SENTRY_DSN, as before" if variable == "SENTRY_DSN" else f"SENTRY_DSN, or {variable} where only that is set"
    )
    assert dsn == Becomes("dsn", expected)


DEFAULTS: Final = [
    ("traces_sample_rate=float(os.getenv('RATE', '0.2'))", "RATE where only that is set; without it the answer", 0.2),
    ("traces_sample_rate=float(os.environ.get('SENTRY_TRACES_SAMPLE_RATE') or 0.3)", "as before; without it the", 0.3),
    ("traces_sample_rate=settings.sampled.rate", "SAMPLED_RATE where only that is set; without it the answer", 0.4),
    ("traces_sample_rate=settings.sampled.old_rate", "SAMPLED_OLD_RATE where only that is set; without it the", 0.0),
    ("traces_sample_rate=float(os.environ['RATE'])", "SENTRY_TRACES_SAMPLE_RATE, or RATE where only that is set", None),
    (
        "environment=os.getenv('STAGE', 'live')",
        "; without it the name is development: set SENTRY_ENVIRONMENT=live",
        None,
    ),
    ("environment=os.getenv('STAGE', '')", "SENTRY_ENVIRONMENT, or STAGE where only that is set", None),
]
"""An option, what it becomes, and the answer that its default becomes."""

SAMPLED: Final = """
from pydantic import Field
from pydantic_settings import BaseSettings

class Sampled(BaseSettings, env_prefix="SAMPLED_"):
    rate: float = 0.4
    old_rate: float = Field(0.0, ge=0)

sampled = Sampled()
"""


@pytest.mark.parametrize(("option", "sentence", "answer"), DEFAULTS)
def test_what_the_code_falls_back_to_is_kept_or_named(
    tmp_path: Path, option: str, sentence: str, answer: float | None
) -> None:
    code = f"import os\nimport sentry_sdk\nfrom app import settings\nsentry_sdk.init({option})\n"

    changes = adopted(tmp_path, {"app/settings.py": SAMPLED, "app/tracking.py": code})

    [[becomes]] = changes.carried.becomes.values()
    assert sentence in becomes.sentence
    assert changes.carried.answers.get("traces_sample_rate") == answer


DSN: Final = "https://abc@o1.ingest.sentry.io/2"
UNSET: Final = [
    (f"dsn=os.getenv('SHOP_DSN', '{DSN}')", "the code holds a DSN for where it isn't set, which everyone who has the"),
    ("dsn=os.environ.get('SHOP_DSN') or load()['dsn']", "the code took `load()['dsn']` where it isn't set"),
    ("dsn=os.getenv('SHOP_DSN', load())", "the code took `load()` where it isn't set"),
    (
        "environment=os.getenv('STAGE', DEFAULT)",
        "without it the name is development: set SENTRY_ENVIRONMENT=production",
    ),
    (
        "environment='live' if settings.stage == 'prod' else settings.stage",
        "the code took `'live' if settings.stage ==",
    ),
    ("dsn=os.getenv('SHOP_DSN') if settings.stage == 'prod' else None", "the code took `os.getenv('SHOP_DSN') if"),
    ("dsn=os.getenv('SHOP_DSN') if os.getenv('SHOP_DSN') else None", ""),
    ("dsn=str(settings.stage) if settings.stage else None", ""),
    ("dsn=os.getenv('SHOP_DSN', '')", ""),
    ("environment=os.getenv('STAGE', 'development')", ""),
]
"""An option, and what is said of the case that its variable isn't set."""


@pytest.mark.parametrize(("option", "sentence"), UNSET)
def test_what_holds_where_a_variable_is_not_set(tmp_path: Path, option: str, sentence: str) -> None:
    settings = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    rate: float = 0.5\n"
    code = "import os\nimport sentry_sdk\nfrom app.settings import settings\nDEFAULT = 'production'\n"
    files = {
        "app/settings.py": f"{settings}    stage: str = ''\nsettings = Settings()\n",
        "app/tracking.py": f"{code}sentry_sdk.init({option})\n",
    }

    changes = adopted(tmp_path, files)

    [[becomes]] = changes.carried.becomes.values()
    assert becomes.sentence.partition("; ")[2].startswith(sentence)
    assert bool(sentence) == ("; " in becomes.sentence)
    assert [dsn for _, dsn in changes.carried.dsns] == ([DSN] if DSN in option else [])


INTEGRATIONS: Final = {
    "a list in a variable": (
        "parts = [RqIntegration()]\nparts.append(CeleryIntegration())\nsentry_sdk.init(integrations=parts)\n"
    ),
    "a list that grows": (
        "parts = []\nparts += [RqIntegration(), CeleryIntegration()]\nsentry_sdk.init(integrations=[*parts])\n"
    ),
    "a parameter": (
        "def start(parts=None):\n    parts = parts or []\n    parts.extend([RqIntegration(), CeleryIntegration()])\n"
        "    sentry_sdk.init(integrations=parts)\n"
    ),
}


@pytest.mark.parametrize("code", INTEGRATIONS.values(), ids=INTEGRATIONS)
def test_integrations_in_a_variable_are_followed(tmp_path: Path, code: str) -> None:
    head = (
        "import sentry_sdk\nfrom sentry_sdk.integrations.rq import RqIntegration\n"
        "from sentry_sdk.integrations.celery import CeleryIntegration\n"
    )

    changes = adopted(tmp_path, {"app/tracking.py": head + code})

    assert sorted(changes.carried.integrations) == ["celery.CeleryIntegration", "rq.RqIntegration"]
    [becomes] = changes.carried.becomes.values()
    handed = [one.sentence for one in becomes if "callers" in one.sentence]
    assert handed == ["what callers hand to `parts` can't be followed: add it to INTEGRATIONS"] * ("def" in code)


def test_a_mapping_that_cannot_be_followed_may_hold_the_dsn(tmp_path: Path) -> None:
    code = "import sentry_sdk\nfrom app.settings import settings\nsentry_sdk.init(**settings.sentry.model_dump())\n"

    changes = adopted(tmp_path, {"app/tracking.py": code})

    assert changes.carried.unknown == ["SENTRY_DSN"]


def test_a_value_that_cannot_be_followed_is_named(tmp_path: Path) -> None:
    code = "import sentry_sdk\nimport vault\nsentry_sdk.init(dsn=vault.read('dsn'))\n"

    changes = adopted(tmp_path, {"app/tracking.py": code})

    [[dsn]] = changes.carried.becomes.values()
    assert (
        dsn.sentence == "SENTRY_DSN; the value came from `vault.read('dsn')`: see what sets it, and set SENTRY_DSN too"
    )
    assert changes.carried.unknown == ["SENTRY_DSN"]


def test_an_integration_of_the_service_itself_is_lost(tmp_path: Path) -> None:
    code = (
        "import sentry_sdk\nfrom sentry_sdk.integrations.celery import CeleryIntegration as Base\n"
        "class CeleryIntegration(Base): ...\nsentry_sdk.init(integrations=[CeleryIntegration()])\n"
    )

    changes = adopted(tmp_path, {"app/tracking.py": code})

    [[celery]] = changes.carried.becomes.values()
    assert celery.sentence == "lost until you add this class of the service to INTEGRATIONS in sentry_custom.py"
    assert changes.carried.integrations == []


def test_a_second_variable_for_the_dsn_is_a_step(tmp_path: Path) -> None:
    code = "import os\nimport sentry_sdk\nsentry_sdk.init(os.environ['{}'])\n"
    files = {"app/main.py": code.format("SERVER_DSN") + MAIN, "app/worker.py": code.format("WORKER_DSN")}

    changes = adopted(tmp_path, files)

    assert changes.carried.variables == {"SENTRY_DSN": "SERVER_DSN"}
    assert changes.carried.steps == [
        "Set SENTRY_DSN where app/worker.py runs to what WORKER_DSN holds: SERVER_DSN is read otherwise."
    ]


def test_options_are_written_where_they_belong(tmp_path: Path) -> None:
    [custom] = (ROOT / "template").glob("*/sentry_custom.py")
    code = """
import os
import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.redis import RedisIntegration

celery = CeleryIntegration()

def drop(event, hint):
    return event

def shorten(breadcrumb, hint):
    return breadcrumb

sentry_sdk.init(
    dsn=os.environ["SHOP_DSN"],
    before_send=drop,
    before_breadcrumb=shorten,
    ca_certs="/etc/ssl/own.pem",
    https_proxy=os.environ.get("OWN_PROXY"),
    ignore_errors=[KeyError, "OwnError"],
    integrations=[celery, RedisIntegration()],
    trace_propagation_targets=["^https://api[.]example[.]org/"],
)
"""
    files = {"app/tracking.py": code, "app/sentry_custom.py": custom.read_text(encoding="utf-8")}

    changes = adopted(tmp_path, files)

    text = after(changes, "app/sentry_custom.py")
    namespace: dict[str, Any] = {}
    for line in (
        'VARIABLES: Final[Mapping[str, str]] = {"SENTRY_DSN": "SHOP_DSN"}',
        'INTEGRATIONS: Final[tuple[Integration | str, ...]] = ("celery.CeleryIntegration",)',
        'IGNORED_ERRORS: Final[tuple[type[BaseException] | str, ...]] = (KeyError, "OwnError")',
        'TRACE_TARGETS: Final[tuple[str, ...]] = ("^https://api[.]example[.]org/",)',
        "    from app.tracking import drop\n\n    return drop(event, hint)",
        "    from app.tracking import shorten\n\n    return shorten(breadcrumb, hint)",
    ):
        assert line in text, text
    exec(compile(text, "sentry_custom.py", "exec"), namespace)  # noqa: S102
    assert set(namespace["SDK_OPTIONS"]) == {"before_breadcrumb", "ca_certs", "https_proxy"}
    assert changes.carried.answers["integrations"] == ["redis"]


@pytest.mark.parametrize("sdk", sorted(environments.SDKS))
def test_each_option_of_the_sdk_has_a_sentence(sdk_environments: Any, sdk: str) -> None:
    code = "from sentry_sdk.consts import DEFAULT_OPTIONS; print(*DEFAULT_OPTIONS)"
    options = subprocess.run([sdk_environments[sdk], "-c", code], capture_output=True, text=True, check=True).stdout

    assert set(options.split()) - OPTIONS.keys() - VARIABLES.keys() == set()
    assert set(PASSED_THROUGH) - set(options.split()) == set()


@pytest.mark.parametrize("sdk", sorted(environments.SDKS))
def test_each_integration_is_one_of_the_sdk(sdk_environments: Any, sdk: str) -> None:
    code = "import sentry_sdk.integrations as own; print(own.__path__[0])"
    folder = subprocess.run([sdk_environments[sdk], "-c", code], capture_output=True, text=True, check=True).stdout

    missing = []
    for name in (*LIBRARIES.values(), *ANSWERED.values()):
        module, _, classname = name.rpartition(".")
        path = Path(folder.strip()) / module
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not file.is_file() or f"class {classname}(" not in file.read_text(encoding="utf-8"):
            missing.append(name)
    assert missing == []


def test_what_is_passed_through_is_what_the_layer_takes() -> None:
    [setup] = (ROOT / "template").glob("*/sentry/setup.py")
    tree = ast.parse(setup.read_text(encoding="utf-8"))
    [value] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_SDK_OPTIONS"
    ]
    taken = {node.value for node in ast.walk(value or tree) if isinstance(node, ast.Constant)}

    assert set(PASSED_THROUGH) - taken == set()


def test_what_is_lost_is_called_so() -> None:
    for option in ("_experiments", "transport", "profiles_sampler", "instrumenter", "custom_repr"):
        assert OPTIONS[option].startswith("lost"), option
    assert not any(re.search("set what it needs|sets what it needs", sentence) for sentence in OPTIONS.values())
