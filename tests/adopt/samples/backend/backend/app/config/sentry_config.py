import sentry_sdk

from .settings import settings


def init_sentry() -> None:
    if settings.SENTRY_DSN and settings.ENV != "local":
        sentry_sdk.init(
            dsn=str(settings.SENTRY_DSN),
            environment=settings.ENV,
            traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE,
            send_default_pii=True,
        )
