"""Write what a command has made: all of it or nothing, and never over somebody's work.

Beside the files that archc writes lies ``.archc.sha256``, with what each of them held: so a file
that somebody has changed since is known. See docs/decisions/0017-overwriting.md.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path
from types import FrameType

import click

from archc.diagnostics import ArchcError, safe

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["RECORD", "replace_file", "unwinding", "write_output"]

RECORD = ".archc.sha256"

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
    """Write to wherever ``path`` leads; return what was done to it."""
    there = _status(path)
    if path.endswith(("/", os.sep)) or (there and stat.S_ISDIR(there.st_mode)):
        raise _refused(errno.EISDIR)
    if there and not stat.S_ISREG(there.st_mode):
        _write_special(data, path, there, force)
        return "wrote"
    target = Path(os.path.realpath(path))
    digest = sha256(data).hexdigest()
    done = "wrote"
    if there is None:
        _check_folder(target.parent)
        replace_file(target, data)
    elif there.st_size and _digest(target) == digest:
        done = "unchanged"
    else:
        if there.st_size and not force:  # an empty file, as `mktemp` makes, has nothing to lose
            _check_ours(target, path)
        _check_writable(target, there)
        replace_file(target, data, stat.S_IMODE(there.st_mode))
    _remember(target, digest)
    return done


def _status(path: str) -> os.stat_result | None:
    """Look at ``path``, behind links; None where nothing is yet."""
    try:
        return Path(path).stat()
    except FileNotFoundError:
        return None
    except ValueError:  # a NUL, which no path can have
        raise _refused(errno.EINVAL) from None


def _check_ours(target: Path, shown: str) -> None:
    """Raise where the content is not what archc left there."""
    recorded = (_read_record(target.parent) or {}).get(target.name)
    if recorded is None:
        raise ArchcError(
            f"{safe(shown)} is there already, and archc did not write it: "
            "name another file, or overwrite it with --force"
        )
    if recorded != _digest(target):
        raise ArchcError(
            f"{safe(shown)} was changed since archc wrote it: "
            "name another file, or overwrite it with --force"
        )


def _check_writable(target: Path, there: os.stat_result) -> None:
    """Raise for a read-only file: root may write any, and replacing one asks for no permission."""
    if not there.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise _refused(errno.EACCES)
    _check_folder(target.parent)


def _check_folder(folder: Path) -> None:
    """Raise where nothing may be made in the folder, or in the nearest one that is there."""
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if nearest.is_dir() and not nearest.stat().st_mode & 0o222:
        raise _refused(errno.EACCES)


def _write_special(data: bytes, path: str, there: os.stat_result, force: bool) -> None:
    """Write to a device, a pipe or a socket itself: a file in its place would break it."""
    if stat.S_ISBLK(there.st_mode) and not force:  # the one kind that holds something
        raise ArchcError(f"{safe(path)} is a disk: overwrite what is on it with --force")
    with os.fdopen(os.open(path, os.O_WRONLY), "wb") as file:
        file.write(data)


def _digest(target: Path) -> str:
    with target.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _refused(number: int) -> OSError:
    return OSError(number, os.strerror(number))


# The record: one file in each folder, in the form that sha256sum reads. It is never needed: where
# it cannot be read or written, overwriting takes `--force`, and the command goes on.

_HEADING = b"# written by archc, which may overwrite what is unchanged: sha256sum -c .archc.sha256"
_LINE = re.compile(rb"([0-9a-f]{64})  ([^/\0]+)")
_LARGEST = 1 << 24
"""Bytes of a record that are read, for about 100,000 files."""
_PATIENCE = 2.0
"""Seconds to wait for a lock, which archc holds for milliseconds; others may hold it for ever."""


def _read_record(folder: Path) -> dict[str, str] | None:
    """Read the digests by files' names; None where something else has the record's place.

    Lines that mean nothing are passed over: a merge may have left some.
    """
    path = folder / RECORD
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError:
        return None
    heading, *lines = text.split(b"\n")
    if len(text) > _LARGEST or heading != _HEADING:
        return None
    entries = filter(None, map(_LINE.fullmatch, lines))
    return {os.fsdecode(entry[2]): entry[1].decode() for entry in entries}


def _remember(target: Path, digest: str) -> None:
    """Note what archc wrote to ``target``, and forget files that are no longer there.

    Another process may have written the file since. It notes that itself, before or after: a
    digest is noted while it is the file's.
    """
    folder = target.parent
    with suppress(OSError), _locked(folder):
        record = _read_record(folder)
        if record is None or record.get(target.name) == digest or _digest(target) != digest:
            return
        record[target.name] = digest
        lines = (
            f"{noted}  ".encode() + os.fsencode(name)
            for name, noted in sorted(record.items())
            if os.path.lexists(folder / name) and "\n" not in name
        )
        replace_file(folder / RECORD, b"\n".join((_HEADING, *lines, b"")))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change the folder's record, so that none loses another's notes.

    Where there is no lock to be had, the worst that follows is a note that is lost.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(handle)  # which unlocks it


# Files appear whole or not at all, also where a signal ends the program.

_STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What ends a program by default; SIGINT is not here, as Python makes it KeyboardInterrupt."""


def replace_file(target: Path, data: bytes, mode: int | None = None) -> None:
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
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):  # somebody else may have put something there
                folder.rmdir()
        raise


@contextmanager
def unwinding() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise SystemExit inside, so that what was begun is cleaned up.

    The exit code is what a shell says of a program that the signal ended (143 for SIGTERM).
    A signal that was ignored when archc started stays ignored (nohup ignores SIGHUP so that the
    work is finished), and so does a handler that somebody else has set.
    """
    if threading.current_thread() is not threading.main_thread():  # only that one may
        yield
        return
    handled = [number for number in _STOPPING if signal.getsignal(number) is signal.SIG_DFL]

    def stop(number: int, frame: FrameType | None) -> None:
        for further in handled:  # a second signal must not interrupt the cleaning up
            signal.signal(further, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
