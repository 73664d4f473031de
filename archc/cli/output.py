"""Writing what a command has made: all of it or nothing, and never over somebody's work."""

from __future__ import annotations

import errno
import os
import stat
import sys
from hashlib import file_digest, sha256
from pathlib import Path

import click

from archc.cli import atomic
from archc.cli.record import last_written, remember
from archc.diagnostics import ArchcError, safe

__all__ = ["write_output"]

_STREAMS = {"-": "stdout", "/dev/stdout": "stdout", "/dev/stderr": "stderr"}
"""What is open already: opened again, a file behind it would be written from its start."""


def write_output(text: str | bytes, path: str, force: bool = False) -> None:
    """Write all of ``text`` or nothing; ``-`` is stdout.

    A link is followed, and a device or a pipe is written to as it is. Raises `ArchcError` when
    the file cannot be written; and without ``force`` when it holds what archc did not write
    there, or what was changed since.
    """
    data = text.encode() if isinstance(text, str) else text
    if path in _STREAMS:
        stream = getattr(sys, _STREAMS[path])
        if stream is None:  # closed by whoever started archc
            raise ArchcError(f"cannot write: {_STREAMS[path]} is closed")
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
        return
    try:
        done = _write(data, path, force)
    except OSError as error:
        raise ArchcError(f"cannot write {safe(path)}: {error.strerror}") from None
    click.echo(f"{done} {safe(path)}", err=True)


def _write(data: bytes, path: str, force: bool) -> str:
    """Write to wherever ``path`` leads; what was done to it."""
    there = _status(path)
    if path.endswith(("/", os.sep)) or (there and stat.S_ISDIR(there.st_mode)):
        raise _refused(errno.EISDIR)
    target = Path(os.path.realpath(path))
    if there is None:
        _check_folder(target.parent)
        atomic.replace(target, data)
    elif not stat.S_ISREG(there.st_mode):
        _write_special(data, path, there, force)
        return "wrote"
    elif _replace(data, target, there, path, force):
        return "unchanged"
    remember(target, sha256(data).hexdigest())
    return "wrote"


def _status(path: str) -> os.stat_result | None:
    """What is at ``path``, behind links; None where nothing is yet."""
    try:
        return Path(path).stat()
    except FileNotFoundError:
        return None
    except ValueError:  # a NUL, which no path can have
        raise _refused(errno.EINVAL) from None


def _replace(data: bytes, target: Path, there: os.stat_result, shown: str, force: bool) -> bool:
    """Write over a file, unless it has this content already; whether it had."""
    digest = sha256(data).hexdigest()
    if there.st_size == 0:  # `mktemp` made it: nothing to lose
        found: str | None = None
    else:
        with target.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        if found == digest:
            remember(target, digest)
            return True
        _check_ours(found, target, shown, force)
    # Root may write anything, and a file is replaced without a look at its bits.
    if not there.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise _refused(errno.EACCES)
    _check_folder(target.parent)
    atomic.replace(target, data, stat.S_IMODE(there.st_mode))
    return False


def _check_ours(found: str, target: Path, shown: str, force: bool) -> None:
    """Raise where the content is not what archc left there."""
    if force:
        return
    last = last_written(target)
    if last is None:
        raise ArchcError(
            f"{safe(shown)} is there already, and archc did not write it: "
            "name another file, or overwrite it with --force"
        )
    if last != found:
        raise ArchcError(
            f"{safe(shown)} was changed since archc wrote it: "
            "name another file, or overwrite it with --force"
        )


def _write_special(data: bytes, path: str, there: os.stat_result, force: bool) -> None:
    """Write to a device, a pipe or a socket itself: a file in its place would break it."""
    if stat.S_ISBLK(there.st_mode) and not force:  # the one kind that holds something
        raise ArchcError(f"{safe(path)} is a disk: overwrite what is on it with --force")
    with os.fdopen(os.open(path, os.O_WRONLY), "wb") as file:
        file.write(data)


def _check_folder(folder: Path) -> None:
    """Raise where nothing may be made in the folder, or in the nearest one that is there."""
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    if nearest.is_dir() and not nearest.stat().st_mode & 0o222:
        raise _refused(errno.EACCES)


def _refused(number: int) -> OSError:
    return OSError(number, os.strerror(number))
