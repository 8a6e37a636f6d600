"""What a service talks to, on this machine: Redis, PostgreSQL, language models, the Bot API, another service."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest
from support.receiver import answers_on, free_port
from support.web import Request, Response, answering

START_SECONDS = 30.0


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers_on(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"It did not start: {log.read_text(encoding='utf-8', errors='replace')}")
        time.sleep(0.05)


@contextmanager
def redis_running(folder: Path, port: int | None = None) -> Iterator[str]:
    """A Redis of its own, without a file on disk. Gives its URL."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed (Debian: redis-server).")
    port, log = port or free_port(), folder / "redis.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, process, log)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


@contextmanager
def postgres_running() -> Iterator[str]:
    """A PostgreSQL cluster of its own. Gives the URL of a database in it."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = str(installed[-1]) if installed else shutil.which("postgres")
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql).")
    binaries = Path(found).parent
    # It refuses to run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # Not below pytest's folder, which only its own user may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    port, log = free_port(), folder / "log"
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        subprocess.run(
            [*as_user, binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    *as_user,
                    *(binaries / "postgres", "-D", data, "-p", str(port), "-F"),
                    *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        try:
            _wait_for(port, process, log)
            yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        finally:
            pid = int((data / "postmaster.pid").read_text(encoding="ascii").split()[0])
            with suppress(ProcessLookupError):
                os.kill(pid, 3)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """Another service. It remembers what it was asked; subclasses answer more than `{}`."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
        return 200, {}

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        server = cls()
        with answering(server._answer) as server.port:
            yield server

    def _answer(self, request: Request) -> Response:
        self.headers.append(request.headers)
        status, answer = self.answer(request.path, request.body, request.headers.get("content-type", ""))
        return Response(status, json.dumps(answer).encode())


class Provider(Server):
    """Answers as OpenAI and Anthropic do. A message with "refuse" in it is refused, one with "hang" waits."""

    INPUT_TOKENS = 11
    OUTPUT_TOKENS = 7
    ANSWER = "Forty-two, says the planted text."

    def __init__(self) -> None:
        super().__init__()
        self.hung = threading.Event()

    @property
    def environ(self) -> dict[str, str]:
        """The clients' own variables, which point them here."""
        return {
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "OPENAI_API_KEY": "sk-test",
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "sk-ant-test",
        }

    def answer(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
        if b"refuse" in body:
            return 400, {"type": "error", "error": {"type": "invalid_request_error", "message": "No such model."}}
        if b"hang" in body:
            self.hung.wait(10.0)
        model = json.loads(body)["model"]
        if path.endswith("/chat/completions"):
            return 200, self._completion(model)
        if path.endswith("/responses"):
            return 200, self._response(model)
        return 200, self._message(model)

    def _completion(self, model: str) -> dict[str, Any]:
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": model,
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": self.ANSWER}}
            ],
            "usage": {
                "prompt_tokens": self.INPUT_TOKENS,
                "completion_tokens": self.OUTPUT_TOKENS,
                "total_tokens": self.INPUT_TOKENS + self.OUTPUT_TOKENS,
            },
        }

    def _response(self, model: str) -> dict[str, Any]:
        content = [{"type": "output_text", "text": self.ANSWER, "annotations": []}]
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1_700_000_000,
            "status": "completed",
            "model": model,
            "output": [
                {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": content}
            ],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": self.INPUT_TOKENS,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": self.OUTPUT_TOKENS,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": self.INPUT_TOKENS + self.OUTPUT_TOKENS,
            },
        }

    def _message(self, model: str) -> dict[str, Any]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": self.ANSWER}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": self.INPUT_TOKENS, "output_tokens": self.OUTPUT_TOKENS},
        }


class BotApi(Server):
    """Hands out the updates that a test puts in, and remembers what the bot sent."""

    TOKEN = "42:TEST-token"  # noqa: S105

    def __init__(self) -> None:
        super().__init__()
        self.calls: queue.Queue[tuple[str, str]] = queue.Queue()
        self._updates: list[dict[str, Any]] = []

    @property
    def environ(self) -> dict[str, str]:
        return {"APP_TELEGRAM_API": self.url, "APP_TELEGRAM_TOKEN": self.TOKEN}

    def put(self, *updates: dict[str, Any]) -> None:
        """Have these fetched in one go."""
        self._updates = [*self._updates, *updates]

    def message(self, update_id: int, text: str) -> dict[str, Any]:
        """An update in which user 4711 says this."""
        person = {"id": 4711, "is_bot": False, "first_name": "Planted", "username": "planted"}
        chat = {"id": 4711, "type": "private", "first_name": "Planted"}
        return {
            "update_id": update_id,
            "message": {"message_id": update_id, "date": 1_700_000_000, "chat": chat, "from": person, "text": text},
        }

    def answer(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
        method = path.rpartition("/")[2]
        text = body.decode("utf-8", errors="replace")
        if method == "getUpdates":
            return 200, {"ok": True, "result": self._after(self._offset(text))}
        self.calls.put((method, text))
        if method == "getMe":
            return 200, {
                "ok": True,
                "result": {"id": 42, "is_bot": True, "first_name": "Bot", "username": "test_bot"},
            }
        if method == "sendMessage":
            sent = {"message_id": 1, "date": 1_700_000_000, "chat": {"id": 4711, "type": "private"}, "text": "sent"}
            return 200, {"ok": True, "result": sent}
        return 200, {"ok": True, "result": True}

    def _after(self, offset: int) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline:
            due = [update for update in self._updates if update["update_id"] >= offset]
            if due:
                return due
            time.sleep(0.02)
        return []

    @staticmethod
    def _offset(form: str) -> int:
        """Of a form, multipart or not: aiogram sends `offset` as a field."""
        _, found, rest = form.partition('name="offset"')
        if not found:
            _, found, rest = form.partition("offset=")
        digits = "".join(iter_digits(rest))
        return int(digits) if digits else 0


def iter_digits(text: str) -> Iterator[str]:
    """The first run of digits."""
    started = False
    for letter in text:
        if letter.isdigit():
            started = True
            yield letter
        elif started:
            return
