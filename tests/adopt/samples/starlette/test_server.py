from server import app
from starlette.testclient import TestClient


def test_an_order() -> None:
    assert TestClient(app).get("/orders/1").json() == {"order": "1"}
