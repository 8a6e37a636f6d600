"""An application of Starlette alone, to which nothing is connected, with a kind of route of its own."""

from __future__ import annotations

from typing import Any, ClassVar

import httpx2
import side
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Message, Receive, Scope, Send

USUAL = [
    "error ValueError: 1",
    "error ValueError: sync 2",
    "error ValueError: of a kind of its own",
    "answer each response has its own ID",
]


async def fail(request: Request) -> Response:
    raise ValueError(request.path_params["number"])


def fail_too(request: Request) -> Response:
    raise ValueError(f"sync {request.path_params['number']}")


async def fine(request: Request) -> Response:
    return PlainTextResponse(side.SIDE[:0])


class Prefix(BaseRoute):
    """It has no `path`, and its responses begin with the same message."""

    start: ClassVar[Message] = {"type": "http.response.start", "status": 200, "headers": ((b"content-length", b"0"),)}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope.get("path", "").startswith("/own/") else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        raise NotImplementedError

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/own/fails":
            raise ValueError("of a kind of its own")
        await send(self.start)
        await send({"type": "http.response.body"})


app = Starlette(
    routes=[
        Route("/fails/{number}", fail),
        Mount("/deep", routes=[Route("/sync/{number}", fail_too)]),
        Route("/fine", fine),
        Prefix(),
    ]
)


async def client(http: httpx2.AsyncClient) -> list[object]:
    paths = ("/fails/1", "/deep/sync/2", "/fine", "/own/fails", "/own/fine", "/own/fine")
    answers = [await http.get(path) for path in paths]
    ids = [id_ for answer in answers for id_ in answer.headers.get_list("x-request-id")]
    each = "each" if len(ids) == len({*ids}) else "not each"
    return [*(answer.status_code for answer in answers), f"{each} response has its own ID"]
