"""A plot as PNG."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from archc.diagnostics import ArchcError

__all__ = ["to_png"]

_FONT = "Arimo"
_FAMILY = re.compile(r"font-family: [^;]*;")
_ZOOM = 2.0  # a png has two pixels for each of the svg, which keeps small text sharp
_ALL = range(0x2200)  # what Arimo covers


def to_png(text: str) -> bytes:
    """An SVG as PNG, set in Arimo: a font that comes as a package looks the same everywhere.

    Raises `ArchcError` where a package is missing.
    """
    try:
        resvg: Any = import_module("resvg_py")
        font: Any = import_module("fontpkg_arimo")
    except ImportError as error:
        raise ArchcError(
            f'a png needs the package {error.name!r}: run `pip install "archc[diagram]"`, '
            "or write an svg"
        ) from None
    files = sorted(str(path) for path in (Path(font.__file__).parent / "files").glob("*.ttf"))
    found: bytes = resvg.svg_to_bytes(
        svg_string=_FAMILY.sub(f"font-family: {_FONT};", text),
        zoom=_ZOOM,
        font_files=files,
        skip_system_fonts=ord(max(text)) in _ALL,
    )
    return found
