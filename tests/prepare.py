"""Build the environments that the tests ask for, one after the other, before they start side by side."""

from __future__ import annotations

import tempfile
from pathlib import Path

from support import environments, matrix, template


def main() -> None:
    oldest, *_, newest = [*environments.pythons().values()] * 2
    with tempfile.TemporaryDirectory() as folder:
        tree = template.copy_working_tree(Path(folder) / "template")
        for name, pythons in {"defaults": (oldest, newest), "everything": (oldest,)}.items():
            project = template.run_copy(tree, Path(folder) / name, matrix.named()[name])
            for python in dict.fromkeys(pythons):
                for sdk in environments.SDKS:
                    environments.environment(project, name=name, sdk=sdk, python=python)


if __name__ == "__main__":
    main()
