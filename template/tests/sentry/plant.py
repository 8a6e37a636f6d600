# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""`python -m tests.sentry.plant --port N --seed N`: planting.py, with canaries in what surrounds a process."""

from __future__ import annotations

import argparse
import os
import socket
import sys

import uvicorn

from .canaries import canaries


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    planted = canaries(arguments.seed)
    os.environ.update(PLANTED=str(arguments.seed), CUSTOMER=planted["environment variable"].value)
    socket.gethostname = lambda: planted["host name"].value
    sys.argv.append(f"--token={planted['command line'].value}")
    uvicorn.run(f"{__package__}.planting:app", port=arguments.port)


if __name__ == "__main__":
    main()
