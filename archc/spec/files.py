"""Which files one spec may read, and how large they may be."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from archc import library
from archc.diagnostics import Code, Diagnostics, Span
from archc.limits import DEFAULT, Limits
from archc.spec.located import Located
from archc.spec.source import read

__all__ = ["Files"]

_MOST = 1000
"""Files of a folder that are named."""


class Files(NamedTuple):
    """Reads what a spec extends, and modules beside it.

    ``home`` is the folder of the spec that was asked for: other files must lie in its tree, in
    the library or in one of the limits' folders, wherever links lead. None for a spec that is
    no file, which has no files beside it.
    """

    home: Path | None
    limits: Limits = DEFAULT

    def permitted(self, path: Path, place: Span, diagnostics: Diagnostics) -> bool:
        """Whether the spec may read the file; where not, report that at ``place``."""
        folders = (*self.limits.folders, *([self.home] if self.home is not None else []))
        real = path.resolve()
        if library.has(real) or any(real.is_relative_to(each.resolve()) for each in folders):
            return True
        message = f"`{path}` is outside the spec's folder"
        help_ = f"move it there, or allow its folder: `--allow {path.parent}`"
        diagnostics.add(Code.OUTSIDE, message, place, help=help_)
        return False

    def module_names(self) -> list[str]:
        """The names of the modules in the folder for them, as rows write them."""
        folder = self.home / "modules" if self.home is not None else None
        files = sorted(folder.glob("*.yaml")) if folder is not None else []
        return [path.stem.replace("_", " ") for path in files[:_MOST]]

    def read(self, path: Path, diagnostics: Diagnostics) -> Located | None:
        """Parse the file at ``path``. None after an error."""
        return read(path, library.shown(path), diagnostics, self.limits)
