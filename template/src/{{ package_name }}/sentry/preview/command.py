# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""`preview`: let a sample request fail, and show exactly what would leave the process and what the policy removed."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import sentry_sdk
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import HttpTransport, Transport

from .. import answers
from ..config import ConfigurationError, SentryConfig, load_config, read_environment
from ..dsn import Dsn, parse_dsn
from ..policy_table import Policy
from ..service_gate import ServiceGate
from ..setup import start
from ..transport import transport_behind
from .comparison import Removal, removals
from .page import page
from .text import text

HELP = "Let a sample request fail, and show what would leave the process and what the policy removed."

_NOWHERE: Final = "http://preview@127.0.0.1:9/1"
_FLUSH_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Preview:
    """What one failing request sends under a policy."""

    service: str
    policy: Policy
    items: list[dict[str, Any]]
    """Each item as it would be written: `{"type": ..., "payload": ...}`."""
    removed: list[Removal]

    def as_json(self) -> dict[str, Any]:
        removed = [
            {"kind": one.kind.value, "item": one.item, "place": one.place, "before": one.before, "after": one.after}
            for one in self.removed
        ]
        return {"service": self.service, "policy": self.policy, "leaves": self.items, "removed": removed}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print everything as JSON, for a review")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page that needs no terminal to be read")


def run(arguments: argparse.Namespace) -> int:
    """Print the preview. Nothing is sent to anybody. Returns 0, or 1 when it cannot be made or written."""
    try:
        found = preview(load_config(read_environment()))
    except ConfigurationError as error:
        print(f"{answers.SERVICE}: {error}", file=sys.stderr)
        return 1
    if arguments.html:
        try:
            arguments.html.write_text(page(found), encoding="utf-8")
        except OSError as error:
            print(f"{arguments.html} cannot be written: {error.strerror}.", file=sys.stderr)
            return 1
    if arguments.json:
        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False, default=str))
    elif arguments.html:
        print(f"{arguments.html} shows what would leave under the policy {found.policy}.")
    else:
        print(text(found))
    return 0


def preview(config: SentryConfig) -> Preview:
    """Run the sample request twice: once as the service would, and once with everything collected and no gate."""
    dsn = config.dsn or parse_dsn(_NOWHERE)
    config = replace(config, sample_rate=1.0, profile_session_sample_rate=None, debug=False)
    if config.traces_sample_rate is not None:
        config = replace(config, traces_sample_rate=1.0)
    leaves: list[bytes] = []
    gate = _sample(config, dsn, lambda gate: _recording(transport_behind(gate), leaves))
    everything: list[Item] = []
    _sample(replace(config, pii_policy="full"), dsn, lambda gate: _collecting(everything))
    removed: list[Removal] = []
    for item in everything:
        kept = gate.item(item)
        kind = str(item.headers.get("type"))
        removed += removals(kind, _plain(item), None if kept is None else _plain(kept))
    items = [
        {"type": item.headers.get("type"), "payload": _plain(item)}
        for body in leaves
        for item in Envelope.deserialize(body).items
    ]
    return Preview(answers.SERVICE, config.pii_policy, items, removed)


def _sample(config: SentryConfig, dsn: Dsn, transport: Any) -> ServiceGate:
    gate = start(config, dsn, transport)
    # Imported late: the SDK patches FastAPI first.
    from .sample import run_sample_request

    run_sample_request()
    sentry_sdk.get_client().close(timeout=_FLUSH_SECONDS)
    return gate


def _plain(item: Item) -> Any:
    return json.loads(item.get_bytes())


class _Accepted:
    """The answer of a server that takes everything."""

    status: Final = HTTPStatus.OK.value
    headers: Final[dict[str, str]] = {}
    data: Final = b""

    def close(self) -> None:
        return None


def _recording(transport: type[HttpTransport], bodies: list[bytes]) -> type[Transport]:
    """The transport, except that what it would send is kept here, byte for byte before compression."""

    class Recording(transport):  # type: ignore[misc, valid-type]
        def _serialize_envelope(self, envelope: Envelope) -> Any:
            bodies.append(envelope.serialize())
            return super()._serialize_envelope(envelope)

        def _request(self, *arguments: Any, **options: Any) -> Any:
            return _Accepted()

    return Recording


def _collecting(items: list[Item]) -> type[Transport]:
    """A transport that keeps the items as the SDK hands them over."""

    class Collecting(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            items.extend(envelope.items)

    return Collecting
