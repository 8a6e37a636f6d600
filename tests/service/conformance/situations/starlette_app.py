"""An application of Starlette alone, to which nothing is connected."""

from __future__ import annotations

import side
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

REQUESTS = ["GET /fails/1", "GET /deep/sync/2", "GET /fine"]
USUAL = ["error ValueError: 1", "error ValueError: sync 2"]


async def fail(request: Request) -> Response:
    raise ValueError(request.path_params["number"])


def fail_too(request: Request) -> Response:
    raise ValueError(f"sync {request.path_params['number']}")


async def fine(request: Request) -> Response:
    return PlainTextResponse(side.SIDE[:0])


app = Starlette(
    routes=[
        Route("/fails/{number}", fail),
        Mount("/deep", routes=[Route("/sync/{number}", fail_too)]),
        Route("/fine", fine),
    ]
)
