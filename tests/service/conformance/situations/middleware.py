"""Middleware of the service: errors in it, users and tags set in it, responses cut short by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import sentry_sdk
from fastapi import FastAPI, Request, Response
from side import connect
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection

REQUESTS = ["GET /fails", "GET /middleware-fails", "GET /after", "GET /cut", "GET /fine"]
USUAL = ["error ValueError: a route", "error LookupError: a middleware", "error KeyError: 'after the response'"]

app = FastAPI()
connect(app)


class Backend(AuthenticationBackend):
    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser]:
        return AuthCredentials(["authenticated"]), SimpleUser("zoe")


class Identify(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        sentry_sdk.set_user({"id": "customer-7"})
        sentry_sdk.set_tag("tenant", "acme")
        if request.url.path == "/middleware-fails":
            raise LookupError("a middleware")
        if request.url.path == "/cut":
            return Response("cut", 503)
        response = await call_next(request)
        if request.url.path == "/after":
            raise KeyError("after the response")
        return response


app.add_middleware(Identify)
app.add_middleware(AuthenticationMiddleware, backend=Backend())
app.add_middleware(GZipMiddleware)
app.add_middleware(CORSMiddleware, allow_origins=["*"])
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["*"])


@app.get("/fails")
async def fail() -> None:
    raise ValueError("a route")


@app.get("/fine")
@app.get("/after")
async def fine() -> None: ...
