"""The end of a process loses nothing that was buffered, and does not wait forever."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.receiver import Receiver
from support.spans import segments_of

if TYPE_CHECKING:
    from conftest import Probe, Render, Serve


PROMISED_SECONDS = 3.0
"""README.md: what is buffered is sent within three seconds, or given up."""


SECONDS_AT_EXIT = 2.0
"""The SDK's own exit handler, where there is one."""


@pytest.fixture
def silent_receiver() -> Iterator[str]:
    """The DSN of a server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield f"http://public@127.0.0.1:{server.getsockname()[1]}/1"


@pytest.mark.each_run
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda stop: stop.name)
def test_nothing_that_was_buffered_is_lost(
    render: Render, serve: Serve, python: Path, receiver: Receiver, probe: Probe, stop: signal.Signals
) -> None:
    project = render(telemetry=["tracing", "logs"])
    environ = {
        **probe(project),
        "SENTRY_DSN": receiver.dsn,
        "SENTRY_RELEASE": "example-service@1.2.3",
        "SENTRY_TRACES_SAMPLE_RATE": "1",
    }
    with serve(project, python=python, module="uvicorn", app="probe:app", env=environ) as service:
        service.get("/probe/log/info")
        service.get("/sentry-debug")
        service.stop(stop)

    kinds = {item.type for item in receiver.items()}
    assert {"event", "log", "sessions"} <= kinds
    assert len(segments_of(receiver)) == 2


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda stop: stop.name)
def test_a_receiver_that_hangs_is_waited_for_as_long_as_was_promised(
    render: Render, serve: Serve, python: Path, silent_receiver: str, probe: Probe, stop: signal.Signals
) -> None:
    """What the SDK is given, not what a clock shows: on a busy machine the rest of an exit takes any time."""
    environ = {**probe(render()), "SENTRY_DSN": silent_receiver}
    with serve(render(), python=python, module="uvicorn", app="probe:app", env=environ) as service:
        service.get("/sentry-debug")
        service.stop(stop)

    given = re.findall(r"probe: a flush may take (\S+) s", service.stderr)
    # SIGTERM ends the process without the SDK's exit handler, which waits again.
    waits = {signal.SIGTERM: [PROMISED_SECONDS], signal.SIGINT: [PROMISED_SECONDS, SECONDS_AT_EXIT]}
    assert [float(seconds) for seconds in given] == waits[stop]


def test_a_receiver_that_hangs_does_not_keep_the_process_alive(
    render: Render, serve: Serve, python: Path, silent_receiver: str
) -> None:
    """A coarse bound, for what might wait beside that flush: the SDK's requests give up after 30 s."""
    with serve(render(), python=python, env={"SENTRY_DSN": silent_receiver}) as service:
        service.get("/sentry-debug")
        service.stop(seconds=5 * PROMISED_SECONDS)
