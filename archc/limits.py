"""How much a spec may ask for, and where its files may lie. Imports nothing else of archc."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["DEFAULT", "MOST", "Limits"]

MOST = {"depth": 100}
"""As far as a limit can be raised: deeper, Python's stack ends before the spec does."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What archc takes from a spec before it says no. All can be lowered or raised.

    ``bytes`` of a file; ``values`` in it, an alias counting as what it stands for; ``depth`` of
    brackets in each other, and of modules that use modules; ``files`` that extend one another;
    ``operations`` of a network after repeats and modules are written out; ``size``: the largest
    height, width or channel count of a tensor; ``errors`` after which checking ends.
    ``folders``: where files that a spec extends, and modules, may lie besides the spec's own
    folder, those in it, and archc's library.
    """

    bytes: int = 16_000_000
    values: int = 2_000_000
    depth: int = 60
    files: int = 16
    operations: int = 50_000
    size: int = 2**31 - 1
    errors: int = 500
    folders: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for a limit below 1 or above what is possible."""
        for name in self.names():
            number, most = getattr(self, name), MOST.get(name)
            if number < 1:
                raise ValueError(f"the limit `{name}` must be at least 1")
            if most is not None and number > most:
                raise ValueError(f"the limit `{name}` can be {most} at most")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The limits that are numbers."""
        return tuple(field.name for field in fields(cls) if field.name != "folders")


DEFAULT = Limits()
