from fastapi.testclient import TestClient
from mailer import app


def test_an_order() -> None:
    assert TestClient(app).get("/orders/1").json() == {"order": "1"}
