"""Run inside the Python of a service: import a module with the SDK watched, let a request fail, print what happened.

This file is started by its path and uses the standard library and the service's own packages, nothing of this project.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import io
import json
import os
import sys
import traceback
from operator import attrgetter
from typing import Any

ROUTE = "/sentry-adoption-check/{customer}"
PLANTED = {"email": "ada@example.com", "card": "4111 1111 1111 1111", "token": "Bearer 3f2c9a7e51d84b06"}
_calls: list[dict[str, Any]] = []


def main() -> None:
    """Watch, import, let a request fail, and print one line of JSON."""
    target, dsn = sys.argv[1], sys.argv[2]
    # Python puts the folder of this file first, whose modules are none of the service's.
    sys.path.pop(0)
    result: dict[str, Any] = {"error": "", "calls": _calls, "active": False, "layer": False, "sent": False}
    stdout, sys.stdout = sys.stdout, io.StringIO()
    try:
        import sentry_sdk

        result["sdk"] = getattr(sentry_sdk, "VERSION", "")
        _watch(sentry_sdk, dsn)
        module, _, attribute = target.partition(":")
        found = importlib.import_module(module)
        if attribute:
            app = attrgetter(attribute)(found)
            if inspect.isfunction(app) and not inspect.iscoroutinefunction(app):
                app = app()
            result["reached"], result["status"] = asyncio.run(_fail_once(app))
        _describe(sentry_sdk, result)
        _flush(sentry_sdk)
    except SystemExit as error:
        result["error"] = f"the process ended with status {error.code}"
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        result["error"] = f"{type(error).__name__}: {error} ({os.path.basename(last.filename)}:{last.lineno})"
    finally:
        sys.stdout = stdout
    print(json.dumps(result, default=repr))
    sys.stdout.flush()
    os._exit(0)


def _watch(sentry_sdk: Any, dsn: str) -> None:
    """Note each call of `init`, wherever it is imported to, and send what it would send to the local receiver."""
    import sentry_sdk.api
    import sentry_sdk.client

    original = sentry_sdk.client._Client.__init__

    def init(self: Any, *arguments: Any, **options: Any) -> None:
        given = dict(arguments[0]) if arguments and isinstance(arguments[0], dict) else dict(options)
        if arguments and not isinstance(arguments[0], dict):
            given["dsn"] = arguments[0]
        stack = [frame for frame in traceback.extract_stack()[:-1] if "sentry_sdk" not in frame.filename]
        frames = [f"{frame.filename}:{frame.lineno}" for frame in stack if frame.filename != __file__]
        stated = given.get("dsn") or os.environ.get("SENTRY_DSN")
        _calls.append(
            {
                "frames": frames[-4:],
                "dsn": bool(stated),
                "options": {name: _shown(name, value) for name, value in given.items()},
                "variables": {name: found for name, value in given.items() if (found := _variable_of(value))},
            }
        )
        if stated:
            # Nothing of a check reaches a real Sentry.
            options["dsn"] = dsn
            if arguments and isinstance(arguments[0], dict):
                arguments = ({**arguments[0], "dsn": dsn}, *arguments[1:])
            else:
                arguments = ()
                options = {**given, "dsn": dsn}
        original(self, *arguments, **options)
        _calls[-1]["foreign"] = bool(stated) and not _is_layer(self)

    sentry_sdk.client._Client.__init__ = init


def _variable_of(value: Any) -> str:
    """Return the environment variable that has exactly this value."""
    if value is None or isinstance(value, bool) or callable(value):
        return ""
    reveal = getattr(value, "get_secret_value", None)
    text = str(reveal() if callable(reveal) else value)
    numbers = _number(text)
    for name, stated in os.environ.items():
        if len(stated) > 1 and stated == text and name not in ("PWD", "HOME", "SHLVL", "_", "LINES", "COLUMNS"):
            return name
        if numbers is not None and "SENTRY" in name.upper() and _number(stated) == numbers:
            return name
    return ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _shown(name: str, value: Any) -> str:
    if "dsn" in name.lower() or name in ("proxy_headers", "http_proxy", "https_proxy"):
        return "set" if value else "not set"
    if name == "integrations":
        return ", ".join(type(one).__name__ for one in value or ())
    return getattr(value, "__name__", "") if callable(value) else str(value)[:80]


def _describe(sentry_sdk: Any, result: dict[str, Any]) -> None:
    get_client = getattr(sentry_sdk, "get_client", None)
    client = get_client() if get_client else sentry_sdk.Hub.current.client
    result["active"] = bool(client is not None and getattr(client, "is_active", lambda: True)() and client.transport)
    result["layer"] = _is_layer(client)


def _is_layer(client: Any) -> bool:
    transport = getattr(client, "transport", None)
    return any(kind.__name__ == "ScrubbingTransport" for kind in type(transport).__mro__)


def _flush(sentry_sdk: Any) -> None:
    with contextlib.suppress(Exception):
        sentry_sdk.flush(timeout=5)


async def _fail_once(app: Any) -> tuple[bool, int]:
    """Run the lifespan, and within it a request with planted values to a route that fails.

    Returns whether the request reached the route, and the status of the response.
    """
    inner = _inner(app)
    reached = False
    status = 0

    async def fail(request: Any) -> None:
        nonlocal reached
        reached = True
        customer = request.path_params["customer"]
        raise ValueError(f"no confirmation for {PLANTED['email']}, card {PLANTED['card']}, customer {customer}")

    inner.add_route(ROUTE, fail, methods=["GET"])
    inner.router.routes.insert(0, inner.router.routes.pop())
    received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    started = asyncio.Event()

    async def send(message: Any) -> None:
        if message["type"].startswith("lifespan.startup"):
            started.set()

    await received.put({"type": "lifespan.startup"})
    lifespan = asyncio.create_task(
        app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, received.get, send)
    )
    wait = asyncio.create_task(started.wait())
    await asyncio.wait([lifespan, wait], timeout=20, return_when=asyncio.FIRST_COMPLETED)
    wait.cancel()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def ignore(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    host = _host(inner)
    headers = {"host": host, "authorization": PLANTED["token"], "x-forwarded-for": "203.0.113.7"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        # Middleware may redirect other requests to HTTPS.
        "scheme": "https",
        "root_path": "",
        "method": "GET",
        "path": ROUTE.replace("{customer}", "ada-example"),
        "raw_path": ROUTE.replace("{customer}", "ada-example").encode(),
        "query_string": f"email={PLANTED['email']}".encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("203.0.113.7", 50000),
        "server": (host, 443),
        "state": {},
    }
    with contextlib.suppress(Exception):
        await app(scope, receive, ignore)
    lifespan.cancel()
    with contextlib.suppress(BaseException):
        await lifespan
    return reached, status


def _host(app: Any) -> str:
    """Return a host that TrustedHostMiddleware accepts."""
    for middleware in getattr(app, "user_middleware", ()):
        allowed = getattr(middleware, "kwargs", {}).get("allowed_hosts") or ()
        if allowed and "*" not in allowed:
            return str(next(iter(allowed))).replace("*.", "www.")
    return "localhost"


def _inner(app: Any) -> Any:
    """Return the FastAPI or Starlette application behind wrappers."""
    pending, seen = [app], set()
    while pending:
        found = pending.pop(0)
        if hasattr(found, "build_middleware_stack"):
            return found
        seen.add(id(found))
        pending += [one for one in getattr(found, "__dict__", {}).values() if callable(one) and id(one) not in seen]
    raise LookupError("the object holds no FastAPI or Starlette application")


if __name__ == "__main__":
    main()
