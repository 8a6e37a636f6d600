"""What stops a run."""


class BenchmarkError(Exception):
    """A figure cannot be had, or would not mean what it says. `str()` is for the person who started the run."""
