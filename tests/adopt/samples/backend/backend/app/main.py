from fastapi import FastAPI

from app.api.orders import router
from app.config.sentry_config import init_sentry

init_sentry()

app = FastAPI(title="Backend", generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}")
app.include_router(router)
