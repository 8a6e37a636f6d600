"""`python -m <package>.sentry doctor | preview`: look at the Sentry setup of this service from a terminal."""

from __future__ import annotations

import argparse
import sys

from . import doctor, preview


def main() -> int:
    """Run the command that is named in the arguments, and return its exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}", description="Look at the Sentry setup."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("doctor", help=doctor.HELP, description=doctor.HELP)
    command.add_argument("--send", action="store_true", help="send a test event and print its id")
    command = commands.add_parser("preview", help=preview.HELP, description=preview.HELP)
    command.add_argument(
        "--json", action="store_true", help="print everything as JSON, for a review"
    )
    arguments = parser.parse_args()
    if arguments.command == "doctor":
        return doctor.run(send=arguments.send)
    return preview.run(as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
