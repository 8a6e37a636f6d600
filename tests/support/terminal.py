"""A terminal of 80 columns and 24 lines: what a person sees who answers Copier's questions."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyte

COLUMNS: Final = 80
LINES: Final = 24

ENTER: Final = "\r"
DOWN: Final = "\x1b[B"
CLEAR: Final = "\x15"

_PATIENCE: Final = 60.0


class Terminal:
    """A command in a pseudo-terminal, and its screen."""

    def __init__(self, command: Sequence[str | Path], cwd: Path) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        environ = {**os.environ, "TERM": "xterm", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}
        self._process = subprocess.Popen(
            command, cwd=cwd, env=environ, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)

    def wait_for(self, *texts: str) -> None:
        """Read until all of this is on the screen.

        Raises:
            TimeoutError: it does not come; the text shows the screen.
        """
        deadline = time.monotonic() + _PATIENCE
        while missing := [text for text in texts if text not in "\n".join(self.screen())]:
            if not self._read(deadline - time.monotonic()):
                raise TimeoutError(f"{missing[0]!r} is not shown:\n" + "\n".join(self.screen()))

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def end(self) -> int:
        """Read what is left and return the status."""
        while self._read(_PATIENCE):
            pass
        os.close(self._master)
        return self._process.wait()

    def screen(self) -> list[str]:
        """The lines that are to be seen now, without the empty ones at the end."""
        lines = [line.rstrip() for line in self._screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:
            # The other side is closed.
            return False
        if b"\x1b[6n" in data:
            # prompt_toolkit asks where the cursor is.
            cursor = self._screen.cursor
            os.write(self._master, f"\x1b[{cursor.y + 1};{cursor.x + 1}R".encode())
        self._stream.feed(data)
        return bool(data)
