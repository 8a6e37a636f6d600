"""`python -m <package>.sentry doctor | preview`: look at the Sentry set-up of this service from a terminal."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec

from . import doctor, preview


def main() -> int:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description="Look at the Sentry set-up.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("doctor", help=doctor.HELP, description=doctor.HELP)
    command.add_argument("--send", action="store_true", help="send a test event and print its id")
    command = commands.add_parser("preview", help=preview.HELP, description=preview.HELP)
    command.add_argument("--json", action="store_true", help="print everything as JSON, for a review")
    if find_spec(f"{__package__}.own_app"):
        # Of a layer in a service that existed before.
        return int(import_module(".own_app", __package__).main(parser, command))
    arguments = parser.parse_args()
    if arguments.command == "doctor":
        return doctor.run(send=arguments.send)
    return preview.run(as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
