import os

from sentry_sdk.api import init


def init_sentry() -> None:
    if dsn := os.environ.get("SENTRY_DSN"): init(dsn, send_default_pii=True, ca_certs=None)  # noqa: E701
