from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import tracking


@asynccontextmanager
async def lifespan(app: FastAPI):
    tracking.track_everything()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/orders/{order_id}")
async def read_order(order_id: int, email: str = "") -> dict[str, str]:
    if order_id == 500:
        raise ValueError(f"no confirmation for {email}")
    return {"order": str(order_id)}
