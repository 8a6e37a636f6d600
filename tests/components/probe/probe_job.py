"""The job with one more command, which waits to be told to stop: `python -m probe_job sleep`."""

from __future__ import annotations

import time

from example_service.job import app, main, reported


@app.command()
def sleep() -> None:
    with reported("sleep"):
        print("asleep", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    main()
