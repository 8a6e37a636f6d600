"""Callers: sampled with a rate, not sampled, undecided, with two baggage headers, with nonsense."""

from __future__ import annotations

import httpx2
import sentry_sdk
from fastapi import FastAPI
from side import connect

USUAL = [
    "error ValueError: sampled · in /fails/{why} ",
    "error ValueError: unsampled",
    "error ValueError: undecided",
    "error ValueError: garbage",
    "error ValueError: head",
    "segment queue.process consume ",
]

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
BAGGAGE = (
    f"other-vendor=1,sentry-trace_id={TRACE},sentry-public_key=caller,sentry-release=shop@1,sentry-environment=staging,"
    "sentry-sample_rate=0.5,sentry-sample_rand=0.123456,sentry-sampled=true"
)
UNSAMPLED = BAGGAGE.replace("0.123456", "0.789012").replace("true", "false")

app = FastAPI()
connect(app)


@app.api_route("/fails/{why}", methods=["GET", "HEAD"])
async def fail(why: str) -> None:
    raise ValueError(why)


@app.get("/baggage")
async def baggage() -> str | None:
    return sentry_sdk.get_baggage()


@app.get("/consume")
async def consume() -> None:
    """A message of the caller, whose trace isn't that of the request."""
    headers = {"sentry-trace": f"{TRACE}-{PARENT}-1", "baggage": BAGGAGE}
    if hasattr(sentry_sdk, "start_transaction"):
        with sentry_sdk.start_transaction(sentry_sdk.continue_trace(headers, op="queue.process", name="consume")):
            return
    sentry_sdk.traces.continue_trace(headers)
    with sentry_sdk.traces.start_span(name="consume", attributes={"sentry.op": "queue.process"}, parent_span=None):
        return


async def client(http: httpx2.AsyncClient) -> list[object]:
    sampled = [("sentry-trace", f"{TRACE}-{PARENT}-1"), ("baggage", BAGGAGE)]
    unsampled = [("sentry-trace", f"{TRACE}-{PARENT}-0"), ("baggage", UNSAMPLED)]
    tenant = ("baggage", "tenant=acme")
    seen = [
        await http.get("/fails/sampled", headers=sampled),
        await http.get("/fails/unsampled", headers=[("sentry-trace", f"{TRACE}-{PARENT}-0")]),
        await http.get("/fails/undecided", headers=[("sentry-trace", f"{TRACE}-{PARENT}")]),
        await http.get("/fails/garbage", headers=[("sentry-trace", "garbage"), ("baggage", "=;,%%,sentry-")]),
        await http.head("/fails/head"),
    ]
    passed_on = [
        await http.get("/baggage", headers=headers)
        for headers in (sampled, [*sampled, tenant], [sampled[0], tenant, sampled[1]], unsampled)
    ]
    await http.get("/consume")
    pairs = [sorted(answer.json().split(",")) for answer in passed_on]
    return [*(answer.status_code for answer in seen), *pairs]
