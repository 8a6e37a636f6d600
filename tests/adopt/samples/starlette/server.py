import os
from functools import partial

import sentry_sdk
from sentry_sdk.integrations.starlette import StarletteIntegration
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

start = partial(sentry_sdk.init, integrations=[StarletteIntegration()])


async def read_order(request):
    if request.path_params["order_id"] == 500:
        raise ValueError(f"no confirmation for {request.query_params['email']}")
    return JSONResponse({"order": str(request.path_params["order_id"])})


if os.environ.get("SENTRY_DSN"):
    start(dsn=os.environ["SENTRY_DSN"], traces_sample_rate=1.0)

app = Starlette(routes=[Route("/orders/{order_id:int}", read_order)])
