from fastapi import FastAPI
from sqlalchemy import text

from .observability import setup_sentry


def create_app() -> FastAPI:
    setup_sentry()
    app = FastAPI()

    @app.get("/orders/{order_id}")
    async def read_order(order_id: int, email: str = "") -> dict[str, str]:
        if order_id == 500:
            raise ValueError(f"no confirmation for {email}")
        return {"order": str(order_id), "statement": str(text("SELECT 1"))}

    return app
