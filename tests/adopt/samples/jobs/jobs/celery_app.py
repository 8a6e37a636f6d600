import os

import sentry_sdk
from celery import Celery
from sentry_sdk.integrations.celery import CeleryIntegration

sentry_sdk.init(dsn=os.environ.get("SENTRY_DSN"), integrations=[CeleryIntegration()], traces_sample_rate=0.1)

celery = Celery("jobs", broker=os.environ.get("BROKER_URL", "memory://"))


@celery.task
def invoice(order_id: int, email: str) -> int:
    if order_id == 500:
        raise ValueError(f"no invoice for {email}")
    return order_id
