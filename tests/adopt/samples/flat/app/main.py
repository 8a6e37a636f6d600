"""Orders, as a tutorial would begin."""

import logging

import sentry_sdk
from fastapi import FastAPI, HTTPException

logger = logging.getLogger(__name__)

sentry_sdk.init(
    dsn="http://0f1e2d3c4b5a69788796a5b4c3d2e1f0@sentry.example.com/42",
    send_default_pii=True,
    traces_sample_rate=1.0,
    profiles_sample_rate=1.0,
    environment="production",
)

app = FastAPI()


@app.get("/orders/{order_id}")
def read_order(order_id: int, email: str = "") -> dict[str, str]:
    if order_id == 404:
        raise HTTPException(404)
    logger.info("order %s of %s", order_id, email)
    if order_id == 500:
        raise ValueError(f"no confirmation for {email}")
    return {"order": str(order_id)}
