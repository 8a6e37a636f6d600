"""Authentication by token. It calls `identify_user`, so that Sentry counts affected users."""

from __future__ import annotations

import hashlib
from typing import Annotated

import sentry_sdk
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ..sentry import identify_user
from ..settings import User

router = APIRouter(tags=["auth"])

bearer = HTTPBearer(description="A token whose SHA-256 is among APP_API_TOKENS.")


async def current_user(request: Request, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> User:
    """Return the user of the token. Whatever the request reports from here on has the user and the plan."""
    digest = hashlib.sha256(credentials.credentials.encode()).hexdigest()
    user: User | None = request.app.state.settings.api_tokens.get(digest)
    if user is None:
        raise HTTPException(status_code=401, detail="This token is not known.", headers={"WWW-Authenticate": "Bearer"})
    identify_user(user.id)
    sentry_sdk.set_tag("plan", user.plan)
    return user


CurrentUser = Annotated[User, Depends(current_user)]


@router.get("/v1/me")
async def me(user: CurrentUser) -> User:
    return user
