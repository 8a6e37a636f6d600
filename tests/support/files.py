"""Files as what their names say they are."""

from __future__ import annotations

import ast
import json
import subprocess
import tomllib
import warnings
from pathlib import Path

import yaml


class AnyTag(yaml.SafeLoader):
    """YAML with tags of its own, such as GitLab's !reference."""


AnyTag.add_multi_constructor("!", lambda loader, suffix, node: None)


def parse(path: Path) -> None:
    """Read a file as what its name says it is; an error of the reader says where it is something else."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            with warnings.catch_warnings(action="error"):
                compile(ast.parse(text, path.name), path.name, "exec")
        case ".toml":
            tomllib.loads(text)
        case ".json":
            json.loads(text)
        case ".yml" | ".yaml":
            list(yaml.load_all(text, AnyTag))
        case ".sh":
            subprocess.run(["bash", "-n", path], check=True)
