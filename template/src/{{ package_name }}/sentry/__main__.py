# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""`python -m <package>.sentry doctor | preview`: look at the Sentry set-up of this service from a terminal."""

from __future__ import annotations

import argparse
import sys

from .doctor import command as doctor
from .preview import command as preview

COMMANDS = {"doctor": doctor, "preview": preview}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}", description="Look at this service's Sentry set-up."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=module.HELP, description=module.HELP))
    arguments = parser.parse_args()
    status: int = COMMANDS[arguments.command].run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
