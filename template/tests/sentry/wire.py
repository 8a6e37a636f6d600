"""What a test plants and what a receiver gets, byte by byte, so that a search misses nothing."""

from __future__ import annotations

import base64
import gzip
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import quote, quote_plus

from sentry_sdk.envelope import Envelope, Item

TRACE: Final = "771a43a4192642f0b136d5159a501700"


class PlantedValues:
    """Makes values to plant, and remembers them."""

    def __init__(self) -> None:
        self.planted: dict[str, tuple[str, str]] = {}
        """By name: the category, and the part of the value to search for."""

    def structured(self, name: str) -> str:
        """Return a value for a field of its own."""
        return self._plant(name, "structured", _letters())

    def text(self, name: str) -> str:
        """Return a value for free text: an e-mail address."""
        return self._plant(name, "text", _letters(), "{}@example.org")

    def credential(self, name: str) -> str:
        """Return a value for a key or a shape that says what it is. No policy lets it out."""
        return self._plant(name, "credential", _letters())

    def patterns(self) -> list[str]:
        """Return a value for each of the other patterns that are masked in text."""
        card, credit_card, account = _card(), _card(), _digits(18)
        hexadecimal = f"{secrets.randbits(120):030x}a1"
        basic = base64.b64encode(f"root:{_letters()}".encode()).decode()
        return [
            self._plant("pattern card", "text", card, " ".join(_fours(card))),
            self._plant(
                "pattern iban", "text", f"DE{98 - int(account + '131400') % 97:02}{account}"
            ),
            self._plant("pattern phone", "text", _digits(8), "+49 30 {}"),
            self._plant("pattern ipv4", "text", f"203.1{_digits(2)}.1{_digits(2)}.1{_digits(2)}"),
            self._plant(
                "pattern ipv6", "text", f"2001:db8:{_digits(4)}:{_digits(4)}::{_digits(4)}"
            ),
            self._plant("pattern digits", "text", _digits(9)),
            self._plant("pattern hex", "text", hexadecimal),
            self._plant("pattern uuid", "text", hexadecimal[-12:], "0199c1de-7c1b-7aaa-8aaa-{}"),
            self._plant("pattern query", "text", _letters(), "https://example.org/search?q={}"),
            self._plant("pattern url path", "text", _letters(), "https://example.org/people/{}"),
            self._plant(
                "pattern credit card", "credential", credit_card, " ".join(_fours(credit_card))
            ),
            self._plant(
                "pattern jwt",
                "credential",
                _letters(),
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOi{}.c2lnbmF0dXJl",
            ),
            self._plant("pattern bearer", "credential", _letters(), "Bearer {}"),
            self._plant("pattern basic", "credential", basic, "Basic {}"),
            self._plant(
                "pattern url password",
                "credential",
                _letters(),
                "postgresql://root:{}@db.example.org/shop",
            ),
            self._plant("pattern key", "credential", _letters(24), "ghp_{}1"),
            self._plant("pattern pair", "credential", _letters(), "password={}"),
        ]

    def leaked(self, sent: bytes, *categories: str) -> list[str]:
        """Return the names of the values, of these categories or all, that were sent."""
        return [
            name
            for name, (category, needle) in self.planted.items()
            if category in (categories or (category,))
            and any(form in sent for form in _forms(needle))
        ]

    def _plant(self, name: str, category: str, needle: str, value: str = "{}") -> str:
        self.planted[name] = (category, needle)
        return value.format(needle)


def send_requests(port: int) -> PlantedValues:
    """Call every route of planted_app.py with a value in every part, and return all values."""
    plant = PlantedValues()
    structured, credential = plant.structured, plant.credential
    baggage, fields = structured("header baggage"), ("transaction", "release", "user_id")
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {credential('header authorization')}",
        "cookie": f"theme=dark; session={credential('header cookie')}",
        "x-forwarded-for": structured("header x-forwarded-for"),
        "x-api-key": credential("header x-api-key"),
        "x-customer": structured("header x-customer"),
        "user-agent": structured("user agent"),
        "sentry-trace": f"{TRACE}-1234567890abcdef-1",
        "baggage": f"sentry-trace_id={TRACE},"
        + ",".join(f"sentry-{field}={baggage}" for field in fields),
    }
    body = {
        "customer": structured("body flat"),
        "address": {
            "street": structured("body nested"),
            "apiKey": credential("body nested apiKey"),
        },
        "guests": [{"name": structured("body in a list")}],
        "password": credential("body password"),
    }
    path = (
        f"{structured('path parameter')}?q={structured('query')}&token={credential('query token')}"
    )
    _send(port, f"planted/{path}", json.dumps(body), **headers)
    form = f"customer={structured('form')}&password={credential('form password')}"
    _send(port, "planted_form", form, **{"content-type": "application/x-www-form-urlencoded"})
    part = '--edge\r\ncontent-disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    form = part.format("customer", structured("multipart"))
    form += part.format("password", credential("multipart password"))
    _send(
        port,
        "planted_form",
        f"{form}--edge--\r\n",
        **{"content-type": "multipart/form-data; boundary=edge"},
    )
    for path in ("planted_group", "planted_validation"):
        _send(port, path)
    # Through the middleware of the service, which may answer as it likes.
    _send(port, "sentry-debug", **headers)
    plant.planted |= json.loads(_send(port, "planted_values"))
    return plant


def _send(port: int, path: str, body: str = "", **headers: str) -> bytes:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("POST" if body else "GET", f"/{path}", body, headers)
        return connection.getresponse().read()


def _letters(length: int = 12) -> str:
    # No vowels: no word of any language, and none of the hexadecimal digits that make a pattern.
    return "".join(secrets.choice("ghjklmnpqrstvwxz") for _ in range(length))


def _digits(length: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(length))


def _card() -> str:
    """Return a card number with its check digit (Luhn)."""
    number = f"4{_digits(14)}"
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(number))]
    return number + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def _fours(digits: str) -> list[str]:
    return [digits[start : start + 4] for start in range(0, len(digits), 4)]


def _forms(needle: str) -> Iterator[bytes]:
    """Yield it as it is, URL-encoded, in hexadecimal, with gaps between digits, and in base64."""
    yield from (
        form.encode()
        for form in (needle, quote(needle, safe=""), quote_plus(needle), needle.encode().hex())
    )
    if needle.isdigit() and len(needle) == 16:
        yield from (gap.join(_fours(needle)).encode() for gap in " -")
    for shift in range(3):
        # The first and the last characters depend on what stands around it.
        inner = base64.b64encode(b"\0" * shift + needle.encode())[4 if shift else 0 : -4]
        yield from (inner, inner.translate(bytes.maketrans(b"+/", b"-_")))


class Receiver(ThreadingHTTPServer):
    """`with Receiver() as receiver:` receives on a free port."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.dsn = f"http://public@127.0.0.1:{self.server_port}/1"
        self.heads: list[bytes] = []
        self.envelopes: list[bytes] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    @property
    def everything(self) -> bytes:
        """Request line, headers and decompressed body of each request."""
        return b"\n".join((*self.heads, *self.envelopes))

    def types(self) -> set[str]:
        return {item.headers["type"] for item in self._items()}

    def items(self, wanted: str) -> list[dict[str, Any]]:
        """Return the payloads of a type of item, oldest first, those of a container one by one."""
        payloads = [
            json.loads(item.get_bytes()) for item in self._items() if item.headers["type"] == wanted
        ]
        return [entry for payload in payloads for entry in payload.get("items", [payload])]

    def _items(self) -> list[Item]:
        return [item for body in self.envelopes for item in Envelope.deserialize(body).items]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if encoding := self.headers["content-encoding"]:
            assert encoding == "gzip", f"The receiver cannot read {encoding}."
            body = gzip.decompress(body)
        self.server.heads.append(f"{self.requestline}\n{self.headers}".encode())
        self.server.envelopes.append(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return None
