"""`python -m <package>.sentry doctor | preview`: check and preview the Sentry setup of this service."""

from __future__ import annotations

import argparse
import sys

from . import doctor, preview


def main() -> int:
    """Run the command that is named in the arguments, and return its exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}", description="Check and preview the Sentry setup."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "doctor",
        help="Check the configuration and the application, and test the connection to Sentry.",
    )
    check.add_argument("--send", action="store_true", help="send a test event and print its id")
    show = commands.add_parser(
        "preview",
        help="Simulate a failing request and show what would be sent and what the policy removed.",
    )
    show.add_argument("--json", action="store_true", help="print everything as JSON, for a review")
    arguments = parser.parse_args()
    return (
        doctor.run(send=arguments.send)
        if arguments.command == "doctor"
        else preview.run(as_json=arguments.json)
    )


if __name__ == "__main__":
    sys.exit(main())
