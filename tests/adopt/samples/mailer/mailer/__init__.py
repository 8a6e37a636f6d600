"""Mail, with a module of its own for Sentry."""

from dotenv import load_dotenv

load_dotenv()

from fastapi import FastAPI  # noqa: E402

from mailer.sentry import init_sentry  # noqa: E402

init_sentry()
app = FastAPI()


@app.get("/orders/{order_id}")
async def read_order(order_id: int, email: str = "") -> dict[str, str]:
    if order_id == 500:
        raise ValueError(f"no confirmation for {email}")
    return {"order": str(order_id)}
