"""`fastapi-sentry adopt --check`: the service is run as it was and as it is, and a receiver gets both."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.history import git

from .conftest import Adopt, PythonOf, as_it_was


@pytest.fixture(scope="module")
def tracked(adopt: Adopt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample `settings` after adoption, with its edits unstaged."""
    root = as_it_was("settings", tmp_path_factory.mktemp("check") / "orders")
    adopt(root, "--apply")
    return root


@pytest.mark.budget(60)
@pytest.mark.parametrize("sdk", ["2", pytest.param("3", marks=pytest.mark.nightly)])
def test_it_says_what_ran_before_and_what_reports_now(
    adopt: Adopt, tracked: Path, python_of: PythonOf, sdk: str
) -> None:
    status, output = adopt(tracked, "--check", "--python", str(python_of("settings", sdk)))

    assert status == 0, output
    before, _, now = output.partition("After, in the working tree:")
    assert "orders.main:app: reports by sentry_sdk.init() and sends ada@example.com, 4111 1111 1111 1111" in before
    assert "sentry_sdk.init() ran in src/orders/tracking.py:8" in before
    assert "dsn = set from ORDERS_MONITORING__DSN -> SENTRY_DSN" in before
    assert "shutdown_timeout = 5 -> SDK_OPTIONS of sentry_custom.py" in before
    assert "orders.main:app: reports through the layer and sends no planted value" in now
    assert now.endswith("Each process that reported before reports now, through the layer.\n")
    assert git(tracked, "worktree", "list").count("\n") == 1


@pytest.mark.budget(60)
@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("\nraise RuntimeError('broken')\n", "orders.main:app fails: RuntimeError: broken"),
        (
            "\nfrom starlette.responses import Response\n\n@app.middleware('http')\n"
            "async def stop(request, call_next):\n    return Response(status_code=403)\n",
            "orders.main:app could not be compared: middleware answered the failing request with status 403",
        ),
        (
            "\nfrom starlette.middleware.httpsredirect import HTTPSRedirectMiddleware\n"
            "from starlette.middleware.trustedhost import TrustedHostMiddleware\n\n"
            "app.add_middleware(HTTPSRedirectMiddleware)\n"
            "app.add_middleware(TrustedHostMiddleware, allowed_hosts=['orders.example'])\n"
            "import sentry_sdk\n\nsentry_sdk.init('http://a@127.0.0.1:9/1')\n",
            "orders.main:app sends through another client than the layer's",
        ),
    ],
    ids=["a broken app", "middleware that answers", "another client, behind middleware"],
)
def test_a_fault_is_named(
    adopt: Adopt, tracked: Path, python_of: PythonOf, tmp_path: Path, code: str, sentence: str
) -> None:
    root = shutil.copytree(tracked, tmp_path / "orders")
    main = root / "src" / "orders" / "main.py"
    main.write_text(main.read_text(encoding="utf-8") + code, encoding="utf-8")

    status, output = adopt(root, "--check", "--python", str(python_of("settings", "2")))

    assert status == 1
    assert sentence in output


def test_without_an_environment_it_is_one_sentence(
    adopt: Adopt, tracked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)

    status, output = adopt(tracked, "--check")

    assert status == 1
    assert output == (
        "No environment of the service was found. Install its requirements, and give its Python with --python.\n"
    )
