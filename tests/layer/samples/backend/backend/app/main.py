from fastapi import FastAPI

from app.api.orders import router
from app.config.sentry_config import init_sentry

init_sentry()

app = FastAPI(title="Backend")
app.include_router(router)
