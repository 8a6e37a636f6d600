import os

import sentry_sdk
from fastapi import FastAPI

from .celery_app import invoice

if os.environ.get("SENTRY_DSN"):
    sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], traces_sample_rate=0.1)

app = FastAPI()


@app.get("/orders/{order_id}")
def read_order(order_id: int, email: str = "") -> dict[str, str]:
    if order_id == 500:
        raise ValueError(f"no confirmation for {email}")
    return {"order": str(order_id), "task": invoice.name}
