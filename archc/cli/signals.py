"""Being told to stop, without leaving anything half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["unwinding"]

_STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def unwinding() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise SystemExit inside, so that what was begun is cleaned up.

    The exit code is what a shell says of a program that the signal ended (143 for SIGTERM).
    A handler that somebody else has set stays, and so does a signal that is ignored (nohup).
    """
    if threading.current_thread() is not threading.main_thread():  # only that one may
        yield
        return
    ours = [each for each in _STOPPING if signal.getsignal(each) is signal.SIG_DFL]
    for each in ours:
        signal.signal(each, _stop)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)


def _stop(number: int, frame: FrameType | None) -> None:
    """Unwind, once: a second signal must not interrupt the cleaning up."""
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)
