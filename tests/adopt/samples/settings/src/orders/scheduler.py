"""A process of its own: `python -m orders.scheduler`."""

import sys

from .tracking import track_everything


def main() -> None:
    track_everything()
    raise ValueError(f"no invoice for {sys.argv[1]}")


if __name__ == "__main__":
    main()
