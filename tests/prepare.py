"""Build the environments that tests of every run ask for, before they start. A nightly test builds the others."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support import environments, matrix, template


def main() -> None:
    oldest, *_, newest = [*environments.pythons().values()] * 2
    with tempfile.TemporaryDirectory() as folder:
        tree = template.copy_working_tree(Path(folder) / "template")
        projects = {
            name: template.run_copy(tree, Path(folder) / name, matrix.named()[name])
            for name in ("everything", "defaults")
        }
        needed = {("everything", "2", oldest): None}
        needed |= {("defaults", sdk, python): None for python in (oldest, newest) for sdk in environments.SDKS}

        def build(one: tuple[str, str, Path]) -> None:
            name, sdk, python = one
            environments.environment(projects[name], name=name, sdk=sdk, python=python)

        # Most of the time is spent waiting for downloads and the disk.
        with ThreadPoolExecutor(max_workers=3) as pool:
            list(pool.map(build, needed))


if __name__ == "__main__":
    main()
