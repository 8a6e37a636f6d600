"""`python -m bench_service.scrubbing_cost POLICY ROUNDS`: what scrubbing one event costs, as JSON in microseconds."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from sentry_sdk.envelope import Item, PayloadRef

from .sentry.scrubbing.policy import ScrubberOptions
from .sentry.scrubbing.scrubber import Scrubber

QUARTER = 1 << 18
# Breadcrumbs: as many as the preview of a service makes, and as many as the SDK keeps.
TYPICAL = 3
MOST = 100
TEXT = "order {} of ada@example.org: card 4111 1111 1111 1111, see https://example.org/orders?id={} for 'more' "


def event(breadcrumbs: int, order: int) -> dict[str, Any]:
    """An error as services raise them, with this many breadcrumbs that hold a text from elsewhere.

    The scrubber remembers the texts that it has seen. Each event is about another order, so that it has to read them.
    """
    frames = [
        {
            "function": f"function_{number}",
            "module": "bench_service.api.items",
            "filename": "bench_service/api/items.py",
            "abs_path": "/srv/bench_service/api/items.py",
            "lineno": number,
            "in_app": number > 20,
        }
        for number in range(1, 31)
    ]
    messages = [TEXT.format(order, number) for number in range(breadcrumbs)]
    trail = [
        {"type": "default", "category": "orders", "level": "info", "timestamp": 1.7e9, "message": message}
        for message in messages
    ]
    text = "No Plumbus left: " + TEXT.format(order, 0)
    value = {"type": "OutOfStockError", "value": text, "stacktrace": {"frames": frames}}
    return {
        "event_id": "0" * 32,
        "level": "error",
        "timestamp": "2026-01-01T00:00:00.000000Z",
        "transaction": "/v1/items/{item_id}",
        "transaction_info": {"source": "route"},
        "exception": {"values": [value]},
        "breadcrumbs": {"values": trail},
        "request": {"method": "GET", "url": "https://example.org/v1/items/3", "headers": {"authorization": "Bearer x"}},
        "tags": {"api_version": "v1", "contact": "ada@example.org"},
        "contexts": {"order": {"id": order, "sent_to": "ada@example.org"}},
    }


def cost(scrubber: Scrubber, breadcrumbs: int, rounds: int) -> float:
    best = float("inf")
    for number in range(rounds):
        payload = event(breadcrumbs, 4711 + number)
        begin = time.process_time()
        item = scrubber.item(Item(payload=PayloadRef(json=payload), headers={"type": "event"}))
        if item is None:
            raise RuntimeError("the scrubber dropped the event")
        item.get_bytes()
        best = min(best, time.process_time() - begin)
    return best * 1e6


def floor(payload: dict[str, Any], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        json.dumps(payload).encode()
        best = min(best, time.process_time() - begin)
    return best * 1e6


def main(policy: Any, rounds: int) -> None:
    scrubber = Scrubber(ScrubberOptions(policy, user_id_key=b"k" * 32))
    quarter = QUARTER // len(TEXT)
    sizes = {"typical": TYPICAL, "most": MOST, "quarter": quarter, "megabyte": 4 * quarter}
    figures = {name: cost(scrubber, breadcrumbs, rounds) for name, breadcrumbs in sizes.items()}
    print(json.dumps({"floor": floor(event(TYPICAL, 4711), rounds), **figures}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
