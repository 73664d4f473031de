"""What travels with archc: the bundled specs, the papers' modules, a page for each error."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

__all__ = [
    "error_page",
    "has",
    "is_file",
    "is_folder",
    "module_names",
    "module_path",
    "shown",
    "spec_names",
    "spec_path",
    "study_names",
]

_PACKAGE = Path(__file__).parent
_STUDIES = "studies/"


@cache
def _specs() -> Path:
    """``specs/`` inside the wheel, or beside the package in a checkout."""
    inside = _PACKAGE / "specs"
    return inside if inside.is_dir() else _PACKAGE.parent / "specs"


def spec_names() -> list[str]:
    """The names of the bundled specs: those of the Inception papers and VGG, then more."""
    folders = (_specs(), _specs() / "more")
    return [path.stem for folder in folders for path in sorted(folder.glob("*.yaml"))]


def spec_path(name: str) -> Path | None:
    """The bundled spec of that name, or None; a study is ``studies/NAME``."""
    if name.startswith(_STUDIES):
        return _file(_specs() / _STUDIES, name.removeprefix(_STUDIES))
    return _file(_specs(), name) or _file(_specs() / "more", name)


def study_names() -> list[str]:
    """The bundled studies: small specs for single claims about an architecture, not networks."""
    return [_STUDIES + path.stem for path in sorted((_specs() / _STUDIES).glob("*.yaml"))]


def module_names() -> list[str]:
    """The names of the library's modules, in order."""
    return sorted(path.stem.replace("_", " ") for path in (_PACKAGE / "modules").glob("*.yaml"))


def module_path(stem: str) -> Path | None:
    """The library's module file, or None."""
    return _file(_PACKAGE / "modules", stem)


def error_page(code: str) -> Path | None:
    """The page about a diagnostic's code, or None: ``docs/errors``, or its copy in the wheel."""
    inside = _PACKAGE / "errors"
    folder = inside if inside.is_dir() else _PACKAGE.parent / "docs" / "errors"
    return _file(folder, code, ".md")


def _file(folder: Path, stem: str, ending: str = ".yaml") -> Path | None:
    """``folder/stem.yaml`` where ``stem`` is a plain name and the file exists."""
    path = folder / f"{stem}{ending}"
    return path if stem.replace("_", "").replace("-", "").isalnum() and is_file(path) else None


def has(path: Path) -> bool:
    """Whether a file, given by its real path, travels with archc."""
    folders = (_specs(), _PACKAGE / "modules")
    return any(path.is_relative_to(folder.resolve()) for folder in folders)


def shown(path: Path) -> str:
    """How messages call a file: a bundled spec by its place in the package."""
    if path.is_relative_to(_specs()):
        return f"archc/specs/{path.relative_to(_specs()).as_posix()}"
    return str(path)


def is_file(path: str | Path) -> bool:
    """Whether there is such a file; no for what cannot be a file's name."""
    return os.path.isfile(path)  # noqa: PTH113 - asked often, and never raises


def is_folder(path: str | Path) -> bool:
    """Whether there is such a folder."""
    return os.path.isdir(path)  # noqa: PTH112 - never raises
