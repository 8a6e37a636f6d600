"""Everything about Sentry."""

import os

import sentry_sdk
from sentry_sdk.integrations.fastapi import FastApiIntegration
from sentry_sdk.integrations.sqlalchemy import SqlalchemyIntegration


def drop_health(event, hint):
    if event.get("transaction") == "/health":
        return None
    return event


def setup_sentry():
    """Start Sentry where a DSN is set."""
    dsn = os.getenv("SHOP_SENTRY_DSN")
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        environment=os.getenv("APP_ENV", "development"),
        release=os.getenv("GIT_SHA"),
        enable_tracing=True,
        before_send=drop_health,
        ignore_errors=[KeyError, "TimeoutError"],
        integrations=[
            FastApiIntegration(transaction_style="url", failed_request_status_codes={409, *range(500, 600)}),
            SqlalchemyIntegration(),
        ],
        max_breadcrumbs=50,
    )
