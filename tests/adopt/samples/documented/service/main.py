from fastapi import FastAPI

app = FastAPI()


@app.get("/orders/{order_id}")
async def read_order(order_id: int, email: str = "") -> dict[str, str]:
    if order_id == 500:
        raise ValueError(f"no confirmation for {email}")
    return {"order": str(order_id)}
