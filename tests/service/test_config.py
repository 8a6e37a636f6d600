"""What a service makes of its environment: refused with one line, or read as it was meant."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from support.receiver import Receiver

if TYPE_CHECKING:
    from conftest import Render, Serve

PACKAGE = "configured_service"
DSN = "https://abcdef@o1.ingest.sentry.io/42"


@pytest.fixture(scope="module")
def config(render: Render) -> Iterator[ModuleType]:
    """The module of a rendered service that checks the environment, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(render(package_name=PACKAGE) / "src"))
        yield importlib.import_module(f"{PACKAGE}.sentry.config")
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


CHARACTERS = "It has characters that an address can't have"
ADDRESS = "Invalid host or port"
MALFORMED = {
    "https://example.com": "Missing public key",
    "https://example.com/1": "Missing public key",
    "https://s3cr3t@example.com": "Invalid project in DSN",
    "https://s3cr3t@example.com/shop": "Invalid project in DSN",
    "https://s3cr3t@example.com/4 2": "Invalid project in DSN",
    "https://s3cr3t@example.com/42/": "Invalid project in DSN",
    "https://example.com@example.com/s3cr3t": "Invalid project in DSN",
    "ftp://s3cr3t@example.com/42": "Unsupported scheme",
    "s3cr3t": "Unsupported scheme",
    "s3cr3t@example.com/1": "Unsupported scheme",
    "ks3cr3t:secret@example.com/1": "Unsupported scheme",
    '"https://s3cr3t@example.com/42"': "Unsupported scheme",
    "https://s3cr3t@/42": "Missing hostname",
    "https://s3cr3t@example.com:port/42": ADDRESS,
    "https://s3cr3t@example.com:99999/42": ADDRESS,
    "https://s3cr3t@[::1/42": ADDRESS,
    "https://s3cr3t@[::g]/42": ADDRESS,
    "https://s3cr3t@exam ple.com/1": CHARACTERS,
    "https://s3cr3t@exa\nmple.com/42": CHARACTERS,
    "https://s3cr3t@example.com/1_000": CHARACTERS,
    "https://s3cr3t@example.com/-1": CHARACTERS,
    "https://s3cr3t@other@example.com/42": CHARACTERS,
    "https://s3cr3t@example.com/42?a=1 2": CHARACTERS,
    "https://s3cr3tß@example.com/42": CHARACTERS,
}


@pytest.mark.parametrize("environment", ["production", "development"])
@pytest.mark.parametrize(("dsn", "reason"), MALFORMED.items(), ids=MALFORMED.keys())
def test_a_malformed_dsn_is_rejected_without_showing_its_key(
    config: ModuleType, dsn: str, reason: str, environment: str
) -> None:
    with pytest.raises(config.ConfigurationError) as rejection:
        config.load_config({"SENTRY_DSN": dsn, "SENTRY_ENVIRONMENT": environment})

    assert f"SENTRY_DSN is malformed ({reason}); copy it from Sentry" in str(rejection.value)
    assert "s3cr3t" not in str(rejection.value)
    assert len(str(rejection.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("dsn", "address"),
    [
        ("https://key@example.com/42", "https://example.com/api/42/envelope/"),
        (" http://key@example.com:9000/42\n", "http://example.com:9000/api/42/envelope/"),
        ("http://key@[::1]:9000/42", "http://[::1]:9000/api/42/envelope/"),
        ("https://key@[2001:db8::1]/sentry/42", "https://[2001:db8::1]/sentry/api/42/envelope/"),
        ("https://key@example.com/sentry/sub/42", "https://example.com/sentry/sub/api/42/envelope/"),
        ("https://key:s3cr3t@example.com/42", "https://example.com/api/42/envelope/"),
        ("https://key:s3cr3t.!@example.com/42?verify_ssl=0&timeout=3#s3cr3t", "https://example.com/api/42/envelope/"),
        ("HTTPS://key@EXAMPLE.com/42", "https://example.com/api/42/envelope/"),
    ],
)
def test_where_a_valid_dsn_sends_to(config: ModuleType, dsn: str, address: str) -> None:
    checked = config.load_config({"SENTRY_DSN": dsn}).dsn

    assert checked.to_auth().get_api_url() == address
    assert "s3cr3t" not in str(checked)


@pytest.mark.parametrize(
    ("environment", "production"),
    [
        *((name, True) for name in ("production", "PROD", "prd", "live", "prod-eu", "production.eu", "Live_2")),
        *((name, False) for name in ("staging", "preprod", "products", "eu-prod", "development", "test")),
    ],
)
def test_what_counts_as_production(config: ModuleType, environment: str, production: bool) -> None:
    variables = {"SENTRY_DSN": DSN, "SENTRY_ENVIRONMENT": environment, "SENTRY_USER_ID_KEY": "k" * 32}

    assert config.load_config(variables).is_production is production
    if production:
        with pytest.raises(config.ConfigurationError, match="SENTRY_DSN is not set"):
            config.load_config({**variables, "SENTRY_DSN": ""})


def test_the_environment_that_alerts_watch_is_production(config: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.answers, "ALERT_ENVIRONMENT", "Main")
    variables = {"SENTRY_DSN": DSN, "SENTRY_USER_ID_KEY": "k" * 32}

    assert config.load_config({**variables, "SENTRY_ENVIRONMENT": "main"}).is_production
    assert not config.load_config({**variables, "SENTRY_ENVIRONMENT": "main-2"}).is_production


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize("dsn", ["", DSN, "https://example.com"])
def test_sentry_is_off_where_it_is_disabled(config: ModuleType, environment: str, dsn: str) -> None:
    disabled = {"SENTRY_ENABLED": "false", "SENTRY_DSN": dsn, "SENTRY_ENVIRONMENT": environment}

    assert config.load_config(disabled).dsn is None


@pytest.mark.parametrize("text", ["1.5", "-1", "abc", "nan", "inf", ""])
@pytest.mark.parametrize("variable", ["SENTRY_SAMPLE_RATE", "SENTRY_TRACES_SAMPLE_RATE", "SENTRY_PROFILES_SAMPLE_RATE"])
def test_a_rate_that_is_no_share_is_refused(config: ModuleType, variable: str, text: str) -> None:
    with pytest.raises(config.ConfigurationError, match=variable):
        config.load_config({"SENTRY_DSN": DSN, variable: text})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SENTRY_RELEASE", "feature/basket"),
        ("SENTRY_RELEASE", "a" * 201),
        ("SENTRY_ENVIRONMENT", "a/b"),
        ("SENTRY_ENVIRONMENT", "None"),
        ("SENTRY_ENVIRONMENT", " staging"),
        ("SENTRY_DEBUG", "perhaps"),
    ],
)
def test_a_name_that_sentry_refuses_is_refused_here(config: ModuleType, variable: str, text: str) -> None:
    with pytest.raises(config.ConfigurationError, match=variable):
        config.load_config({"SENTRY_DSN": DSN, variable: text})


@pytest.mark.parametrize(
    "release",
    ["", "unknown", "Unknown", "shop@unknown", "shop@", "latest", "${GIT_COMMIT}", "development", "dev", "local"],
)
def test_a_placeholder_is_no_release(config: ModuleType, release: str) -> None:
    assert config.load_config({"SENTRY_RELEASE": release}).release is None


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        pytest.param({"DSN": DSN}, ["DSN"], id="without the prefix"),
        pytest.param({"DSN": DSN, "SENTRY_DSN": DSN}, [], id="beside the one with it"),
        pytest.param({"SENTRY_DNS": DSN}, ["SENTRY_DNS"], id="misspelled"),
        pytest.param({"SENTRY_SOMETHING": "1"}, ["SENTRY_SOMETHING"], id="unheard of"),
        pytest.param({"SENTRY_AUTH_TOKEN": "t", "SENTRY_ORG": "o"}, [], id="of the release tools"),
        pytest.param({"OTEL_SERVICE_NAME": "s", "PATH": "/bin"}, [], id="of others"),
        pytest.param({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, [], id="an exporter that is unset"),
    ],
)
def test_a_variable_that_looks_like_configuration_is_named_without_its_value(
    config: ModuleType, variables: dict[str, str], named: list[str]
) -> None:
    sentences = list(config.unread_variables(variables))

    assert [sentence.partition(" ")[0] for sentence in sentences] == named
    assert DSN not in str(sentences)


def test_every_fault_is_told_at_once_in_one_line(config: ModuleType) -> None:
    faulty = {"SENTRY_DSN": "https://example.com", "SENTRY_RELEASE": "a/b", "SENTRY_SAMPLE_RATE": "2"}

    with pytest.raises(config.ConfigurationError) as refusal:
        config.load_config(faulty)

    assert [name for name in faulty if name in str(refusal.value)] == [*faulty]
    assert len(refusal.value.args) == len(faulty)
    assert len(str(refusal.value).splitlines()) == 1


def test_the_process_environment_wins_over_the_files(config: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SENTRY_DSN=from-secrets\nSENTRY_RELEASE=from-secrets\n")
    (tmp_path / "release.env").write_text("SENTRY_RELEASE=from-release\nSENTRY_ENVIRONMENT=from-release\n")

    merged = config.read_environment({"SENTRY_ENVIRONMENT": "from-process"}, tmp_path)

    assert merged == {
        "SENTRY_DSN": "from-secrets",
        "SENTRY_RELEASE": "from-release",
        "SENTRY_ENVIRONMENT": "from-process",
    }


@pytest.mark.parametrize(("environment", "status"), [("staging", 500), ("production", 404)])
def test_the_debug_route_is_not_there_in_production(
    render: Render, serve: Serve, python: Path, receiver: Receiver, environment: str, status: int
) -> None:
    variables = {"SENTRY_DSN": receiver.dsn, "SENTRY_ENVIRONMENT": environment, "SENTRY_USER_ID_KEY": "k" * 32}
    with serve(render(), python=python, env=variables) as service:
        assert service.get("/sentry-debug").status_code == status


def test_the_documents_list_variables_that_a_warning_names(config: ModuleType, render: Render) -> None:
    page = (render() / "docs" / "sentry.md").read_text(encoding="utf-8")
    table = page.partition("which it doesn't read:\n")[2].strip().partition("\n\n")[0]
    listed = [name for line in table.splitlines() for name in re.findall("`([A-Z_]+)`", line.split("|")[1])]

    assert len(listed) > 3
    assert {name: len([*config.unread_variables({name: "1"})]) for name in listed} == dict.fromkeys(listed, 1)


@pytest.mark.parametrize(("telemetry", "shown"), [(["tracing"], False), (["tracing", "profiling"], True)])
def test_variables_of_profiling_are_shown_with_profiling_alone(
    telemetry: list[str], shown: bool, render: Render
) -> None:
    project = render(telemetry=telemetry, python_version="3.12")
    texts = [(project / name).read_text(encoding="utf-8") for name in ("docs/sentry.md", "env/release.env.example")]

    assert ["SENTRY_PROFILE" in text for text in texts] == [shown, shown]
