"""Write files that appear whole or not at all, also where a signal ends the program."""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

__all__ = ["replace", "unwinding"]

_STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What ends a program by default; SIGINT is not here, as Python makes it KeyboardInterrupt."""


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
