from fastapi.testclient import TestClient
from jobs.main import app


def test_an_order() -> None:
    assert TestClient(app).get("/orders/1").json()["order"] == "1"
