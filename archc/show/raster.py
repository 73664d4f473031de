"""Draw SVG as PNG, set in a font that comes as a package: the same on a machine without fonts."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["DPI", "FONT", "font_files", "rasterise"]

DPI = 96
FONT = "Arimo"
"""It has the widths of Helvetica and Arial."""

_FIRST_UNCOVERED = "\u2200"
"""Before it come Latin, Greek, Cyrillic, punctuation and arrows, which Arimo has."""


def font_files() -> list[str]:
    """Find the files of Arimo: upright first, then italic. Raises ImportError without them."""
    package: Any = import_module("fontpkg_arimo")
    folder = Path(package.__file__).parent / "files"
    return sorted((str(path) for path in folder.glob("*.ttf")), reverse=True)


def rasterise(svg: str, zoom: float) -> bytes:
    """Draw a picture whose text is set in Arimo; other fonts are asked for what that lacks.

    Raises ImportError where a package is missing.
    """
    resvg: Any = import_module("resvg_py")
    picture: bytes = resvg.svg_to_bytes(
        svg_string=svg,
        dpi=DPI,
        zoom=zoom,
        font_files=font_files(),
        skip_system_fonts=max(svg) < _FIRST_UNCOVERED,
    )
    return picture
