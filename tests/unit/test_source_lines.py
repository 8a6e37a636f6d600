"""The source lines around a frame: they are sent under every policy, so they are sent without credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.engine import POLICIES, scrubber, sent

LINES = [
    # A line of source, and what is sent of it
    ('requests.get(url, auth=("svc-user", "hunter2hunter2"))', "requests.get(url, auth=[Filtered])"),
    ('client = Client(token="hunter2hunter2", timeout=5)', "client = Client(token=[Filtered], timeout=5)"),
    ('config = {"password": "hunter2hunter2", "port": 8080}', 'config = {"password": [Filtered], "port": 8080}'),
    ('API_KEY = "hunter2hunter2"', "API_KEY = [Filtered]"),
    ('API_KEY: str = "hunter2hunter2"', "API_KEY: [Filtered]"),
    ('def connect(host: str, password: str = "hunter2hunter2") -> None:', None),
    ('if password == "hunter2hunter2":', None),
    ('os.environ["SECRET_TOKEN"] = "hunter2hunter2"', None),
    ('os.environ.setdefault("SECRET_TOKEN", "hunter2hunter2")', None),
    ("engine = create_engine('postgresql://root:hunter2hunter2@db/shop')", None),
    ('headers = {"Authorization": f"Bearer hunter2hunter2{x}"}', None),
    ('secrets = [["a", "b"], "hunter2hunter2"]', None),
    ("raise ValueError(f'no bed for {customer}')", "raise ValueError(f'no bed for {customer}')"),
    ("total = sum(item.price for item in items)", "total = sum(item.price for item in items)"),
    ("return connect(host, port=8080)", "return connect(host, port=8080)"),
]


@pytest.fixture
def lines_around(tmp_path: Path) -> Any:
    """What is sent of a frame at a line, counted from 1, of a file with this text."""

    def lines_around(text: str, number: int, *, policy: str = "strict", name: str = "shop.py") -> dict[str, Any]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        frame = {"filename": name, "lineno": number, "in_app": True}
        event = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [frame]}}]}}
        roots = ("/nowhere", str(tmp_path))
        left = sent(scrubber(policy, source_roots=roots), "event", event)["exception"]["values"][0]
        frames: list[dict[str, Any]] = left["stacktrace"]["frames"]
        return frames[0]

    return lines_around


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_line(line: str, expected: str | None, policy: str, lines_around: Any) -> None:
    left = lines_around(f"{line}\n", 1, policy=policy)["context_line"]

    assert "hunter2" not in left
    assert expected in (None, left)


def test_five_lines_above_and_below_are_sent(lines_around: Any) -> None:
    text = "".join(f"line{number} = {number}\n" for number in range(1, 21))

    assert lines_around(text, 10) == {
        "filename": "shop.py",
        "lineno": 10,
        "in_app": True,
        "pre_context": [f"line{number} = {number}" for number in range(5, 10)],
        "context_line": "line10 = 10",
        "post_context": [f"line{number} = {number}" for number in range(11, 16)],
    }
    assert lines_around(text, 1)["pre_context"] == []
    assert lines_around(text, 20)["post_context"] == []


def test_a_value_that_spans_lines_is_removed_and_each_line_keeps_its_number(lines_around: Any) -> None:
    text = 'connect(\n    auth=(\n        "svc-user",\n        "hunter2hunter2",\n    ),\n    port=8080,\n)\n'

    left = lines_around(text, 6)

    assert left["pre_context"] == ["connect(", "    auth=[Filtered]", "", "", ","]
    assert (left["context_line"], left["post_context"]) == ("    port=8080,", [")"])


def test_a_value_that_begins_above_the_lines_that_are_sent_is_removed(lines_around: Any) -> None:
    users = "".join(f'    "user{number}": "hunter2-{number}",\n' for number in range(20))

    left = lines_around(f"passwords = {{\n{users}}}\nfail()\n", 15)

    assert "hunter2" not in str(left)
    assert lines_around(f"passwords = {{\n{users}}}\nfail()\n", 23)["context_line"] == "fail()"


OTHERS = {
    "a line that the file doesn't have": ("a = 1\n", 2, "shop.py"),
    "a file that isn't Python": ("a = 1\n", 1, "shop.txt"),
    "a file with long lines": ("a = 1\n" + "b" * 100_000, 1, "shop.py"),
    "a private key": ('KEY = """-----BEGIN PRIVATE KEY-----\n' + "hunter2hunter2\n" * 20 + '"""', 5, "shop.py"),
}


@pytest.mark.parametrize(("text", "number", "name"), OTHERS.values(), ids=OTHERS.keys())
def test_no_lines_are_sent(text: str, number: int, name: str, lines_around: Any) -> None:
    assert lines_around(text, number, name=name) == {"filename": name, "lineno": number, "in_app": True}


def test_lines_of_other_files_are_not_sent(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text("a = 1\n", encoding="utf-8")
    frame = {"filename": str(tmp_path / "ada.py"), "lineno": 1, "in_app": True, "context_line": "a = 1"}
    threads = {"values": [{"stacktrace": {"frames": [frame]}}]}

    left = sent(scrubber("full", source_roots=("/nowhere",)), "event", {"threads": threads})

    assert left["threads"]["values"][0]["stacktrace"]["frames"] == [{"filename": "ada.py", "lineno": 1, "in_app": True}]
