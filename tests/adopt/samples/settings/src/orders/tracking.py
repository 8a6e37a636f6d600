import sentry_sdk as sentry

from .settings import get_settings


def start_tracking(dsn, rate=None):
    """Each process of the service calls this."""
    return dsn and sentry.init(str(dsn), traces_sample_rate=rate, shutdown_timeout=5)


def track_everything():
    settings = get_settings()
    start_tracking(settings.monitoring.dsn, rate=settings.monitoring.rate)
