"""The routes that are measured, in the place where a service keeps its own. Every variant serves these."""

from __future__ import annotations

import logging

import sentry_sdk
from fastapi import APIRouter, Request
from pydantic import BaseModel

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/v1/items", tags=["items"])


class Item(BaseModel):
    id: int
    name: str
    price: float


class OutOfStockError(Exception):
    """An error as services raise them: of their own, below the route, with a text."""


@router.get("/{item_id}")
async def read_item(item_id: int) -> Item:
    return Item(id=item_id, name="Plumbus", price=6.5)


@router.get("/{item_id}/fail")
async def fail(item_id: int) -> Item:
    item = Item(id=item_id, name="Plumbus", price=6.5)
    return _reserve(item, quantity=2)


def _reserve(item: Item, quantity: int) -> Item:
    stock: dict[int, int] = {}
    if stock.get(item.id, 0) < quantity:
        raise OutOfStockError(f"No {item.name} left")
    return item


@router.post("/hostile")
async def fail_with_the_body(request: Request) -> None:
    """Report the body in each place where a text from elsewhere travels."""
    text = (await request.body()).decode()
    logger.warning(text)
    logger.warning("received %s", text)
    sentry_sdk.set_context("order", {"text": text, "parts": [{"text": text}]})
    sentry_sdk.add_breadcrumb(message=text, data={"text": text})
    raise ValueError(text)
