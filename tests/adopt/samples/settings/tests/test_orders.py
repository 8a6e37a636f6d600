from fastapi.testclient import TestClient
from orders.main import app


def test_an_order() -> None:
    with TestClient(app) as client:
        assert client.get("/orders/1").json() == {"order": "1"}
