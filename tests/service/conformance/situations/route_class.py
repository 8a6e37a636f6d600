"""A class of routes from FastAPI's documentation that logs and translates errors; and `debug=True`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from side import connect

REQUESTS = ["GET /number/1", "GET /number/x", "GET /direct"]
USUAL = ["error ValueError: number", "error HTTPException: ", "error ValueError: direct"]


class TranslatingRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await original(request)
            except RequestValidationError as error:
                raise HTTPException(500, detail="a number, please") from error

        return handler


app = FastAPI(debug=True)
connect(app)
router = APIRouter(route_class=TranslatingRoute)


@router.get("/number/{number}")
async def number(number: int) -> None:
    raise ValueError("number")


@app.get("/direct")
async def direct() -> None:
    raise ValueError("direct")


app.include_router(router)
