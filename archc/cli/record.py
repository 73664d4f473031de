"""What archc wrote last, by path: how it knows a file that somebody has changed since.

The record is in the user's state folder and not in the file, as neither a table of numbers nor
a picture has room for a mark, and a mark would outlive an edit. See
docs/decisions/0010-overwriting.md.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from archc.cli.atomic import replace

__all__ = ["last_written", "remember"]

FOLDER = "ARCHC_STATE_DIR"
"""The environment variable that names another folder."""

_LENGTH = 64  # of a sha256 as text


def last_written(target: Path) -> str | None:
    """The sha256 of what archc wrote to ``target``, an absolute path; None if it never did."""
    try:
        with _entry(target).open("rb") as file:
            return file.read(_LENGTH).decode("ascii")
    except (OSError, RuntimeError, ValueError):
        return None


def remember(target: Path, digest: str) -> None:
    """Note what was written. Where that fails, overwriting takes ``--force``: nothing is lost."""
    if last_written(target) == digest:
        return
    with suppress(OSError, RuntimeError):
        replace(_entry(target), digest.encode("ascii"))


def _entry(target: Path) -> Path:
    """The file about ``target``, with a name that does not tell where the user works."""
    return _folder() / sha256(os.fsencode(target)).hexdigest()


def _folder() -> Path:
    """Raises RuntimeError or OSError where the user has no home."""
    given = os.environ.get(FOLDER)
    if given:
        return Path(given).absolute()
    from platformdirs import user_state_path

    folder = user_state_path("archc", appauthor=False)
    if not folder.is_absolute():  # older platformdirs, without a home: `~` is not to be made here
        raise FileNotFoundError(folder)
    return folder
