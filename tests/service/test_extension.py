"""What a service adds in sentry_custom.py, without an edit of the template's files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from releases import RELEASES
from support.history import git
from support.receiver import Item, Receiver
from support.spans import spans_of
from support.template import ROOT, package_of

if TYPE_CHECKING:
    from conftest import Probe, Render, SdkEnvironments, Serve

EXTENDED = """
# What a service may add at the end of its file.
from sentry_sdk.integrations.httpx2 import Httpx2Integration

INTEGRATIONS = (Httpx2Integration(),)
REPORTED_STATUS = frozenset((409,))
SDK_OPTIONS = {
    "before_breadcrumb": lambda breadcrumb, hint: {**breadcrumb, "category": f"own.{breadcrumb['category']}"},
    "in_app_include": ["starlette.routing"],
}


def work_sample_rate(name: str, op: str) -> float | None:
    return 1.0 if (name, op) == ("close the books", "job") else None


def before_send(event: Event, hint: Hint) -> Event | None:
    name = hint["exc_info"][0].__name__
    if name == "UnwantedError":
        return None
    if name == "ConfusingError":
        raise ValueError("I cannot cope with this")
    event["tags"] = {**event.get("tags", {}), "shop": "north", "contact": "someone@example.com"}
    return event
"""


@pytest.fixture
def custom(render: Render, copy_of: Callable[[Path], Path]) -> Callable[..., Path]:
    """`custom(text)` is a service without libraries and with this added to its sentry_custom.py."""

    def custom(added: str, **answers: Any) -> Path:
        project = copy_of(render(integrations=[], **answers))
        file = project / "src" / package_of(project) / "sentry_custom.py"
        file.write_text(file.read_text(encoding="utf-8") + added, encoding="utf-8")
        return project

    return custom


def variables(project: Path, receiver: Receiver, **others: str) -> dict[str, str]:
    probe = ROOT / "tests" / "support" / "probe"
    path = os.pathsep.join([str(project / "src"), str(probe)])
    return {"PYTHONPATH": path, "SENTRY_DSN": receiver.dsn, "SENTRY_TRACES_SAMPLE_RATE": "0", **others}


def raised(item: Item) -> str | None:
    values = item.body.get("exception", {}).get("values", [])
    return values[-1]["type"] if values else None


def test_a_service_adds_integrations_hooks_and_statuses(
    custom: Callable[..., Path], serve: Serve, python: Path, receiver: Receiver
) -> None:
    project = custom(EXTENDED)
    env = variables(project, receiver)
    with serve(project, python=python, module="uvicorn", app="extended:app", env=env) as service:
        statuses = [service.get(f"/extended/{path}").status_code for path in ("status/409", "status/404", "unwanted")]
        service.get("/extended/confusing")
        service.get("/extended/called", params={"url": f"{service.url}/healthz"})
        service.stop()

    conflict, confusing, called = receiver.items("event")
    assert statuses == [409, 404, 500]
    # REPORTED_STATUS; what before_send() drops is missing, and what it fails at is not.
    assert [raised(item) for item in (conflict, confusing, called)] == [
        "HTTPException",
        "ConfusingError",
        "CalledError",
    ]
    # What it changes leaves through the policy.
    assert conflict.body["tags"].items() >= {"shop": "north", "contact": "[email]"}.items()
    assert "shop" not in confusing.body["tags"]
    assert service.output.count("sentry_custom.before_send() failed; the event is sent all the same") == 1
    # INTEGRATIONS: the call is a breadcrumb of the library, which was not among the answers.
    breadcrumbs = called.body["breadcrumbs"]["values"]
    assert [
        breadcrumb["data"]["http.response.status_code"]
        for breadcrumb in breadcrumbs
        if breadcrumb.get("type") == "http"
    ] == [200]
    # SDK_OPTIONS: added to what the layer sets.
    assert "own.httplib" in [breadcrumb["category"] for breadcrumb in breadcrumbs]
    in_app = {
        frame["module"]
        for frame in called.body["exception"]["values"][-1]["stacktrace"]["frames"]
        if frame.get("in_app")
    }
    assert in_app == {"starlette.routing"}
    # work_sample_rate(): one of the two spans outside requests, where no other trace is kept.
    assert [span.name for span in spans_of(receiver)] == ["close the books"]


@pytest.mark.parametrize("option", ["send_default_pii", "traces_sampler", "transport", "no_such_option"])
def test_an_option_that_the_layer_decides_about_ends_the_start(
    custom: Callable[..., Path], serve: Serve, sdk_environments: SdkEnvironments, receiver: Receiver, option: str
) -> None:
    project = custom(f'SDK_OPTIONS = {{"{option}": True}}\n')
    with serve(project, python=sdk_environments["2"], env={"SENTRY_DSN": receiver.dsn}) as service:
        status = service.wait()

    assert (status, len(service.stderr.splitlines())) == (78, 1), service.output
    assert f"SDK_OPTIONS of sentry_custom.py can't set {option}" in service.stderr


BROKEN = """

def sample_rate(path: str) -> float | None:
    raise LookupError("no rate for it")


def work_sample_rate(name: str, op: str) -> float | None:
    return "often"
"""


def test_rates_that_fail_break_no_request(
    custom: Callable[..., Path], serve: Serve, python: Path, receiver: Receiver
) -> None:
    project = custom(BROKEN)
    env = variables(project, receiver, SENTRY_TRACES_SAMPLE_RATE="1")
    with serve(project, python=python, module="uvicorn", app="extended:app", env=env) as service:
        assert service.get("/extended/status/404").status_code == 404
        service.stop()

    names = [span.name for span in spans_of(receiver)]
    assert {"close the books", "count the beans"} < {*names}
    assert len(names) == 3
    assert "A sample rate of sentry_custom.py failed; the default one holds" in service.output


def test_a_file_of_an_earlier_release_still_works(
    render: Render,
    serve: Serve,
    python: Path,
    receiver: Receiver,
    copy_of: Callable[[Path], Path],
) -> None:
    project = copy_of(render(integrations=[]))
    file = project / "src" / package_of(project) / "sentry_custom.py"
    earlier = git(ROOT, "show", f"{RELEASES['0.3.0']}:template/src/{{{{ package_name }}}}/sentry_custom.py")
    assert "before_send" not in earlier
    file.write_text(earlier, encoding="utf-8")
    env = variables(project, receiver)
    with serve(project, python=python, module="uvicorn", app="extended:app", env=env) as service:
        for path in ("status/409", "status/503", "confusing"):
            service.get(f"/extended/{path}")
        service.stop()

    assert [raised(item) for item in receiver.items("event")] == ["HTTPException", "ConfusingError"]
    assert spans_of(receiver) == []
    assert "WARNING" not in service.output


@pytest.mark.parametrize("policy", ["strict", "pseudonymous"])
def test_a_number_under_a_registered_key_leaves_and_a_card_number_does_not(
    render: Render, serve: Serve, sdk_environments: SdkEnvironments, receiver: Receiver, probe: Probe, policy: str
) -> None:
    env = {**probe(render()), "SENTRY_DSN": receiver.dsn, "SENTRY_PII_POLICY": policy}
    with serve(render(), python=sdk_environments["2"], module="uvicorn", app="probe:app", env=env) as service:
        service.get("/probe/numbers")
        service.stop()

    [event] = receiver.events()
    assert event["tags"]["item.id"] == "202611250815"
    assert event["extra"]["item.id"] == 202611250815
    assert event["tags"]["plan"] == "[card]"
    assert event["tags"].get("unregistered") == (None if policy == "strict" else "[number]")
