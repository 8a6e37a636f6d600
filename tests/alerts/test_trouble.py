"""Whatever Sentry or the way to it does: one sentence that says what to do, nothing half read, nothing done twice."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx2
import pytest

from alerts.conftest import Command, Rules, rule
from alerts.fake_sentry import TOKEN, FakeSentry
from fastapi_sentry.alerts.client import SentryClient
from fastapi_sentry.alerts.rules import AlertsError
from fastapi_sentry.alerts.service import Service

STATUSES: dict[str, tuple[dict[str, Any], str]] = {
    "301": (
        {"status": 301, "headers": {"Location": "https://de.sentry.io/api/0/"}},
        "redirects to de.sentry.io (301). Set SENTRY_URL to Sentry's own URL.",
    ),
    "400": ({"status": 400, "body": {"query": ["Invalid query."]}}, ": Invalid query."),
    "400 without words": ({"status": 400}, ": it gives no reason (400)."),
    "401": (
        {"status": 401, "body": {"detail": "Token expired"}},
        "Sentry doesn't accept the token (401). It is mistyped, expired, or revoked. Create a token for an internal",
    ),
    "403": (
        {"status": 403, "body": {"detail": "No."}},
        "The token isn't allowed to do this (403). Add the scope alerts:read to it, or give it access to the project"
        " example-service. Sentry says: No.",
    ),
    "404": (
        {"status": 404},
        "(404). Check SENTRY_ORG (my-org). A self-hosted Sentry needs version 26.5 or newer, with the new alerts"
        " enabled (the default from 26.7).",
    ),
    "410": (
        {"status": 410, "headers": {"X-Sentry-Replacement-Endpoint": "/api/1/alerts/"}},
        "Sentry has closed this part of its API (410). Update the service to a newer template release.",
    ),
    "413": ({"status": 413}, "The rule is too large for Sentry (413). Split it."),
    "418": ({"status": 418}, "Sentry returned 418."),
    "500": ({"status": 500, "times": 9}, "Sentry or a proxy returned 500. Try again later."),
    "503": (
        {"status": 503, "times": 9, "body": {"detail": "Busy."}},
        "Sentry or a proxy returned 503. Try again later. Sentry says: Busy.",
    ),
}


@pytest.mark.parametrize(("options", "sentence"), STATUSES.values(), ids=STATUSES.keys())
@pytest.mark.parametrize("path", ["/detectors/", "/workflows/"])
def test_a_status_has_its_sentence_and_nothing_is_created(
    path: str, options: dict[str, Any], sentence: str, command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    sentry.trouble("GET", path, "status", **options)

    result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

    assert result.status == 1
    assert sentence in result.err, result
    assert result.err.count("error: ") == 1
    assert sentry.writes == []


def test_the_real_refusals_have_their_sentence(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    """The same statuses, as the fake gives them by itself."""
    rules.write(rule())

    def error(**variables: str) -> str:
        return command("plan", rules=rules, sentry=sentry, environ=variables).err

    assert "doesn't accept the token (401)" in error(SENTRY_AUTH_TOKEN="sntryu_wrong")  # noqa: S106
    missing = "Check SENTRY_PROJECT and SENTRY_ORG."
    assert f"the project example-service in the organization unknown, or hides it from this token (404). {missing}" in (
        error(SENTRY_ORG="unknown")
    )
    assert "doesn't have the project nothing in the organization my-org, or" in error(SENTRY_PROJECT="nothing")
    sentry.scopes -= {"alerts:read"}
    assert "Add the scope alerts:read to it" in error()
    sentry.scopes -= {"project:read"}
    assert "Add the scope project:read to it" in error()


def test_a_token_that_may_only_read_is_told_so_at_the_first_write(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    sentry.scopes -= {"alerts:write"}
    rules.write(rule(name="example-service: a"), rule(name="example-service: b"))

    assert command("plan", rules=rules, sentry=sentry).status == 2
    result = command("apply", "--yes", rules=rules, sentry=sentry)

    assert "[1/2] create example-service: a: The token isn't allowed to do this (403)." in result.err
    assert "Add the scope alerts:write to it" in result.err
    assert "1 not tried" in result.err
    assert len(sentry.writes) == 1


def test_members_need_a_scope_of_their_own(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.scopes -= {"member:read"}
    to_ann = {"type": "email", "config": {"targetType": "user", "targetIdentifier": "ann@example.com"}}

    result = command("plan", rules=rules.write(rule(actions=[to_ann])), sentry=sentry)

    assert "Add the scope member:read to it" in result.err


class TestToken:
    def test_is_asked_for(self, command: Command, rules: Rules) -> None:
        result = command("plan", rules=rules.write(rule()))

        assert result.status == 1
        assert result.err.startswith("error: SENTRY_AUTH_TOKEN isn't set. Create a token for an internal integration")
        scopes = "`plan` and `pull` need the scopes alerts:read, org:read, and project:read; `apply` also needs alerts"
        assert scopes in result.err

    def test_of_an_organization_is_explained_before_the_first_request(
        self, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        result = command("plan", rules=rules.write(rule()), sentry=sentry, environ={"SENTRY_AUTH_TOKEN": "sntrys_x"})

        assert "is an organization token (sntrys_), which Sentry rejects for monitors and alerts. Create" in result.err
        assert sentry.requests == []

    @pytest.mark.parametrize("token", ["two words", "tökén", "a\nb"])
    def test_that_is_none_is_not_repeated(self, token: str, command: Command, rules: Rules) -> None:
        result = command("plan", rules=rules.write(rule()), environ={"SENTRY_AUTH_TOKEN": token})

        assert "contains a space or a character that no token has. Copy it again." in result.err
        assert token not in result.err

    def test_is_not_printed_when_a_server_repeats_it(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        """`command` looks for it in everything that is printed."""
        for status in (400, 401, 403, 404, 500):
            body = {"detail": f"Bearer {TOKEN} is bad", "name": [f"{TOKEN}?"]}
            sentry.trouble("POST", "/workflows/", "status", status=status, body=body)

            result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

            assert result.status == 1
            assert "(token)" in result.err

    def test_does_not_follow_a_redirect(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        with socket.create_server(("127.0.0.1", 0)) as elsewhere:
            elsewhere.settimeout(0)
            location = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
            sentry.trouble("GET", "/detectors/", "status", status=302, headers={"Location": location})

            assert command("plan", rules=rules.write(rule()), sentry=sentry).status == 1

            with pytest.raises(BlockingIOError):
                elsewhere.accept()

    def test_is_not_sent_to_the_new_address_of_a_project_either(
        self, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        """Sentry redirects from the slug that a project had."""
        headers = {"Location": "/api/0/projects/my-org/new-name/"}
        sentry.trouble("GET", "/projects/", "status", status=302, headers=headers, body={"slug": "new-name"})

        result = command("plan", rules=rules.write(rule()), sentry=sentry)

        assert (
            "error: The project example-service is named new-name now (302). Set SENTRY_PROJECT to that." in result.err
        )

    def test_is_not_asked_for_to_validate(self, command: Command, rules: Rules) -> None:
        assert command("validate", rules=rules.write(rule())).status == 0


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("https://sentry.io", "set SENTRY_URL to https://us.sentry.io or https://de.sentry.io."),
        ("https://de.sentry.io", "An organization in another region looks the same: set SENTRY_URL"),
        ("https://my-org.sentry.io", "An organization in another region looks the same: set SENTRY_URL"),
        ("https://sentry.example.com", "A self-hosted Sentry needs version 26.5 or newer"),
        ("https://mysentry.io", "A self-hosted Sentry needs version 26.5 or newer"),
    ],
)
def test_a_page_that_is_missing_has_a_reason_that_fits_the_host(host: str, sentence: str) -> None:
    service = Service(Path(), host=host, organization="my-org", project="example-service")
    client = SentryClient(service, {"SENTRY_AUTH_TOKEN": TOKEN}, 1, print, time.sleep)
    client.http = httpx2.Client(
        base_url=f"{host}/api/0/", transport=httpx2.MockTransport(lambda _: httpx2.Response(404))
    )

    with client.http, pytest.raises(AlertsError) as raised:
        client.read_all("detectors/")

    assert f"{host} doesn't have the page /api/0/organizations/my-org/detectors/ (404)." in str(raised.value)
    assert sentence in str(raised.value)


def test_a_sentry_under_a_path_is_reached(command: Command, rules: Rules, sentry: FakeSentry) -> None:
    sentry.prefix = "/monitoring/sentry"
    environ = {"SENTRY_URL": f"{sentry.url}{sentry.prefix}/"}

    assert command("apply", "--yes", rules=rules.write(rule()), sentry=sentry, environ=environ).status == 0


@pytest.mark.parametrize("variable", ["SENTRY_URL", "SENTRY_ORG", "SENTRY_PROJECT"])
@pytest.mark.parametrize("value", ["not a host", "https://sentry.io?a=b", "https://key@sentry.io", "https://a:99999"])
def test_a_wrong_variable_is_named(variable: str, value: str, command: Command, rules: Rules) -> None:
    result = command("plan", rules=rules.write(rule()), environ={"SENTRY_AUTH_TOKEN": TOKEN, variable: value})

    assert result.status == 1
    assert result.err.startswith(f"error: {variable} "), result


def test_a_region_is_taken_from_the_environment_over_the_answers(
    command: Command, rules: Rules, sentry: FakeSentry
) -> None:
    result = command("plan", rules=rules.write(rule()), sentry=sentry, environ={"SENTRY_URL": f"{sentry.url}/"})

    assert result.status == 2
    assert result.out.startswith(f"Alerts of my-org/example-service at {sentry.url}\n")


class TestRateLimit:
    def test_is_waited_out(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        reset = {"X-Sentry-Rate-Limit-Reset": str(int(time.time()) + 30)}
        sentry.trouble("GET", "/detectors/", "status", status=429, headers=reset)
        sentry.trouble("POST", "/workflows/", "status", status=429, headers={"Retry-After": "3"})

        result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 0, result
        first, second = result.slept
        assert 0 < first <= 30
        assert second == 3
        assert "Sentry returned 429. Trying again in 3 s ..." in result.err
        assert sentry.names == ["example-service: test"]

    @pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"X-Sentry-Rate-Limit-Reset": "0"}], ids=str)
    def test_without_a_time_is_waited_out_as_well(
        self, headers: dict[str, str], command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        sentry.trouble("GET", "/detectors/", "status", status=429, headers=headers)

        assert command("plan", rules=rules.write(rule()), sentry=sentry).status == 2

    @pytest.mark.parametrize("status", [429, 503])
    def test_is_waited_out_until_a_date(self, status: int, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        headers = {"Retry-After": formatdate(time.time() + 20, usegmt=True)}
        sentry.trouble("GET", "/detectors/", "status", status=status, headers=headers)

        result = command("plan", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 2
        (waited,) = result.slept
        assert 15 < waited <= 20

    def test_is_not_waited_for_without_end(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.trouble("GET", "/detectors/", "status", status=429, times=99)

        result = command("plan", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 1
        assert "Sentry is still rate limiting (429). Try again later." in result.err
        assert len(result.slept) == 4

    def test_that_is_too_long_is_not_waited_for(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.trouble("GET", "/detectors/", "status", status=429, headers={"Retry-After": "3600"})

        result = command("plan", rules=rules.write(rule()), sentry=sentry)

        assert "Sentry asks to wait 3600 s (429). Try again after that." in result.err
        assert result.slept == []


class TestReading:
    """A list is read to its end or the run stops: half a list would make duplicates."""

    @pytest.mark.parametrize("kind", ["status", "drop", "truncate"])
    def test_a_passing_fault_is_passed_over(
        self, kind: str, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        sentry.trouble("GET", "/workflows/", kind, times=2)

        result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 0, result
        assert result.slept == [1.0, 2.0]

    @pytest.mark.parametrize(
        ("kind", "sentence"),
        [
            ("status", "Sentry or a proxy returned 500."),
            ("drop", "can't be reached: the response broke off."),
            ("truncate", "can't be reached: the response broke off."),
            ("text", "didn't return JSON. Check that SENTRY_URL is a Sentry host."),
            ("unlinked", "returned a page without a Link header. A proxy may be removing it."),
        ],
    )
    def test_a_second_page_that_cannot_be_read_stops_it(
        self, kind: str, sentence: str, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        for number in range(5):
            sentry.add(name=f"alert {number}")
        sentry.add(name="example-service: test")
        sentry.trouble("GET", "/workflows/.*cursor=", kind, times=9)

        result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 1
        assert sentence in result.err, result
        assert sentry.writes == []

    def test_a_list_on_many_pages_is_read_to_its_end(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        for number in range(9):
            sentry.add(name=f"alert {number}")
        last = sentry.add(name="example-service: test")

        command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        assert len(sentry.workflows) == 10
        assert sentry.by_name("example-service: test")["id"] == last["id"]

    def test_a_list_that_leads_in_a_circle_stops_it(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        again = {"Link": '<http://x/>; rel="next"; results="true"; cursor="0:2:0"'}
        sentry.trouble("GET", "/workflows/", "status", status=200, body=[], headers=again, times=9)

        result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        assert "returned a repeated cursor. The list can't be read completely." in result.err
        assert sentry.writes == []

    def test_an_answer_that_is_no_list_stops_it(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.trouble("GET", "/workflows/", "status", status=200, body={"detail": "hello"})

        result = command("plan", rules=rules.write(rule()), sentry=sentry)

        assert "didn't return a list. Check that SENTRY_URL is a Sentry host." in result.err

    def test_an_answer_that_does_not_come_is_given_up(self, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.trouble("GET", "/detectors/", "hang", times=9)

        result = command("plan", rules=rules.write(rule()), sentry=sentry, timeout=0.1)

        assert result.status == 1
        assert "can't be reached: no response in time." in result.err
        assert len([path for _, path, _ in sentry.requests if path.endswith("/detectors/")]) == 5

    def test_nobody_at_the_other_end_is_told(self, command: Command, rules: Rules) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{closed.getsockname()[1]}"

            environ = {"SENTRY_URL": address, "SENTRY_AUTH_TOKEN": TOKEN}
            result = command("plan", rules=rules.write(rule()), environ=environ)

        assert result.status == 1
        assert f"error: {address} (projects/my-org/example-service/) can't be reached: no connection." in result.err


class TestCreating:
    """A create whose answer got lost may have worked. It is not repeated; the next run looks first."""

    @pytest.mark.parametrize("kind", ["status", "drop", "truncate", "text", "hang"])
    @pytest.mark.parametrize("carried_out", [False, True], ids=["not saved", "saved"])
    def test_is_not_repeated_blindly(
        self, kind: str, carried_out: bool, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        sentry.trouble("POST", "/workflows/", kind, carried_out=carried_out)
        rules.write(rule(), rule(name="example-service: other"))

        result = command("apply", "--yes", rules=rules, sentry=sentry, timeout=0.5 if kind == "hang" else 30)

        assert result.status == 1
        assert "Sentry may or may not have saved it. The next run checks first." in result.err, result
        assert len(sentry.writes) == 1
        assert command("apply", "--yes", rules=rules, sentry=sentry).status == 0
        assert sentry.names == ["example-service: other", "example-service: test"]

    @pytest.mark.parametrize("kind", ["status", "drop", "truncate"])
    def test_a_change_may_be_repeated(self, kind: str, command: Command, rules: Rules, sentry: FakeSentry) -> None:
        sentry.add(name="example-service: test")
        sentry.trouble("PUT", "/workflows/", kind, carried_out=True)

        result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        assert result.status == 0, result
        assert sentry.names == ["example-service: test"]
        assert command("plan", rules=rules, sentry=sentry).status == 0

    def test_an_alert_that_vanishes_before_its_change_is_told(
        self, command: Command, rules: Rules, sentry: FakeSentry
    ) -> None:
        alert = sentry.add(name="example-service: test")
        sentry.trouble("PUT", "/workflows/", "status", status=404)

        result = command("apply", "--yes", rules=rules.write(rule()), sentry=sentry)

        assert f"Sentry has no alert with the id {alert['id']} (404)." in result.err
