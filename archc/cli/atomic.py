"""Files that appear whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archc.cli.signals import unwinding

__all__ = ["replace"]


def replace(target: Path, data: bytes, mode: int | None = None) -> None:
    """Write ``data`` beside ``target`` and move it into place in one step.

    Missing folders are made; what was made is removed again where writing fails. ``mode`` has
    the permission bits; without it they are the umask's. Raises OSError.
    """
    with unwinding(), _folder(target.parent):
        # A name of its own: the target's with more behind it may be longer than a name can be.
        temporary = target.parent / f".archc-{secrets.token_hex(8)}"
        try:
            with temporary.open("xb") as file:
                if mode is not None:
                    temporary.chmod(mode)
                file.write(data)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """Make the folder; remove again what was made if what follows fails."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for each in missing:
            with suppress(OSError):  # somebody else may have put something there
                each.rmdir()
        raise
