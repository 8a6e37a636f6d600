"""Examples, to be replaced by your routes. They show how a route adds context to its errors."""

from __future__ import annotations

from typing import Annotated

import sentry_sdk
from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel

from ..sentry import span

router = APIRouter(prefix="/v1/items", tags=["items"])

ItemId = Annotated[int, Path(ge=1)]


class Item(BaseModel):
    id: int
    name: str
    price: float


class Stock(BaseModel):
    item_id: int
    pieces: int | None


_ITEMS = {1: Item(id=1, name="Plumbus", price=6.5), 2: Item(id=2, name="Portal fluid", price=42.0)}

# As the warehouse writes it, with a mistake.
_STOCK = {1: "14", 2: "a few"}


def _find(item_id: int) -> Item:
    """Return the item. Every error from here on names it."""
    sentry_sdk.set_tag("api_version", "v1")
    sentry_sdk.set_context("item", {"id": item_id})
    with span("look the item up", op="db"):
        item = _ITEMS.get(item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="There is no such item.")
    sentry_sdk.add_breadcrumb(category="items", message="item found", level="info")
    return item


@router.get("/{item_id}")
async def read_item(item_id: ItemId) -> Item:
    return _find(item_id)


@router.get("/{item_id}/stock")
async def read_stock(item_id: ItemId) -> Stock:
    """Return how many there are, or null where the warehouse is wrong, which is reported."""
    item = _find(item_id)
    try:
        pieces = int(_STOCK[item.id])
    except (KeyError, ValueError) as error:
        sentry_sdk.capture_exception(error)
        return Stock(item_id=item.id, pieces=None)
    return Stock(item_id=item.id, pieces=pieces)
