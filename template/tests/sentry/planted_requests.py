# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""Requests that carry canaries, to the routes of planting.py."""

from __future__ import annotations

import json
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .canaries import Canary

TRACE = "771a43a4192642f0b136d5159a501700"


def send_everything(port: int, planted: dict[str, Canary]) -> None:
    """Call every route of planting.py, with a canary in every place of a request."""

    def of(place: str) -> str:
        return planted[place].value

    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {of('header authorization')}",
        "cookie": f"theme=dark; session={of('header cookie')}",
        "x-forwarded-for": of("header x-forwarded-for"),
        "x-api-key": of("header x-api-key"),
        "x-customer": of("header of its own"),
        "user-agent": of("user agent"),
        "sentry-trace": f"{TRACE}-1234567890abcdef-1",
        "baggage": f"sentry-trace_id={TRACE},sentry-transaction={of('header baggage')},"
        f"sentry-release={of('header baggage')},sentry-user_id={of('header baggage')}",
    }
    body = {
        "customer": of("body flat"),
        "address": {"street": of("body nested"), "apiKey": of("body nested apiKey")},
        "guests": [{"name": of("body in a list")}],
        "password": of("body password"),
    }
    path = f"/planted/{of('path parameter')}?q={of('query')}&token={of('query token')}"
    _post(port, path, headers, json.dumps(body).encode())
    form = f"customer={of('form')}&password={of('form password')}".encode()
    _post(port, "/planted-form", {"content-type": "application/x-www-form-urlencoded"}, form)
    parts = {"customer": of("multipart"), "password": of("multipart password")}
    multipart = "".join(
        f'--edge\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()
    )
    form = f"{multipart}--edge--\r\n".encode()
    _post(port, "/planted-form", {"content-type": "multipart/form-data; boundary=edge"}, form)
    for route in ("/planted-group", "/planted-validation", "/planted-others", "/v1/items/1"):
        _post(port, route, {}, None)


def _post(port: int, path: str, headers: dict[str, str], body: bytes | None) -> None:
    with suppress(HTTPError), urlopen(Request(f"http://127.0.0.1:{port}{path}", data=body, headers=headers)):
        pass
