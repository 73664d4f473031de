"""What the site's navigation lists by folder: ``errors/*`` stands for the folder's pages.

Its index comes first. A section whose folders have no page is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["expand", "on_config"]

Excluded = Callable[[str], bool]

INDEXES = ("README.md", "index.md")


def on_config(config: Any) -> None:
    """Expand the navigation before MkDocs reads it."""
    config.nav = expand(config.nav, Path(config.docs_dir), config.exclude_docs.match_file)


def expand(nav: list[Any], folder: Path, excluded: Excluded) -> list[Any]:
    """``nav`` with the pages below ``folder`` that its patterns stand for."""
    found: list[Any] = []
    for entry in nav:
        if isinstance(entry, dict):
            ((title, inside),) = entry.items()
            if isinstance(inside, list):
                inside = expand(inside, folder, excluded)
            found += [{title: inside}] if inside else []
        elif entry.endswith("/*"):
            found += pages(folder, entry, excluded)
        else:
            found.append(entry)
    return found


def pages(folder: Path, pattern: str, excluded: Excluded) -> list[str]:
    """The pages of one folder."""
    paths = sorted(
        folder.glob(f"{pattern}.md"), key=lambda path: (path.name not in INDEXES, path.name)
    )
    names = [path.relative_to(folder).as_posix() for path in paths]
    return [name for name in names if not excluded(name)]
