from app.main import app
from fastapi.testclient import TestClient


def test_an_order() -> None:
    assert TestClient(app).get("/orders/1").json() == {"order": "1"}
