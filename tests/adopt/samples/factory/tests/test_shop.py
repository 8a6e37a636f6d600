from fastapi.testclient import TestClient
from shop.main import app


def test_an_order() -> None:
    assert TestClient(app).get("/orders/1").json()["order"] == "1"
