import os

from dotenv import load_dotenv
from fastapi import FastAPI
import sentry_sdk
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware

load_dotenv()

SENTRY_OPTIONS = {"dsn": os.environ.get("SENTRY_DSN"), "send_default_pii": True, "traces_sample_rate": 0.25}
sentry_sdk.init(**SENTRY_OPTIONS)

app = FastAPI()


@app.get("/orders/{order_id}")
def read_order(order_id: int, email: str = "") -> dict[str, str]:
    if order_id == 500:
        raise ValueError(f"no confirmation for {email}")
    return {"order": str(order_id)}


app = SentryAsgiMiddleware(app)
