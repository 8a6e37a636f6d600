from fastapi.testclient import TestClient


def test_an_order(client: TestClient) -> None:
    assert client.get("/orders/1").json() == {"order": "1"}
