"""A copy of archc's own tree, for pages that say how to change it."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["ROOT", "copy"]

ROOT = Path(__file__).parents[2]

_FOLDERS = ("archc", "specs", "docs", "tests")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "gallery", "golden", "data")


def copy(folder: Path) -> None:
    """Copy what a change of archc touches into ``folder``."""
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
    shutil.copy(ROOT / "pyproject.toml", folder)
