"""The service configures logging after Sentry, and disables the loggers that exist."""

from __future__ import annotations

import logging
import logging.config

from fastapi import FastAPI
from side import connect

REQUESTS = ["GET /old", "GET /new", "GET /not-propagated"]
USUAL = ["error message new", "error message not propagated", "error message old"]

old = logging.getLogger("old")
app = FastAPI()
connect(app)
logging.config.dictConfig(
    {
        "version": 1,
        "disable_existing_loggers": True,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {"alone": {"propagate": False, "handlers": ["console"], "level": "DEBUG"}},
    }
)


@app.get("/old")
async def log_old() -> None:
    old.error("old")


@app.get("/new")
async def log_new() -> None:
    logging.getLogger("new").error("new")


@app.get("/not-propagated")
async def log_alone() -> None:
    logging.getLogger("alone").error("not propagated")
