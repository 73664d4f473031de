"""What a row is known by when two tables are aligned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from archc import ops
from archc.difference.layers import Layer, layers
from archc.ir import Block, Head, Row
from archc.ops import Shape

__all__ = ["Profile", "head_profile", "likeness", "row_profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A row or head. Its ``shapes``, of what it reads and gives, are not what it is known by.

    ``kind`` is the operation's or module's own name, ``word`` the table's, ``family`` what
    operations of like purpose share (max and average pools). ``columns`` are the module's,
    ``uses`` the layers of each use of a repeated row, ``operations`` their names. Rows of
    unequal ``digest`` have unequal layers, which is quicker to see.
    """

    printed: str
    name: str
    word: str
    kind: str
    family: str
    repeat: int
    columns: tuple[tuple[str, str], ...]
    uses: tuple[tuple[Layer, ...], ...]
    operations: tuple[str, ...]
    digest: int
    shapes: tuple[Shape, Shape] = field(compare=False)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of all uses."""
        return tuple(layer for use in self.uses for layer in use)

    @property
    def single(self) -> Layer | None:
        """The layer of a row that is one layer, the first of a repeated one."""
        return self.uses[0][0] if self.uses and len(self.uses[0]) == 1 else None


def row_profile(row: Row) -> Profile:
    """The profile of a row."""
    op = ops.find(row.type)
    return _profile(row, row.printed, op.names[0] if op else row.type.casefold(), row.repeat)


def head_profile(head: Head) -> Profile:
    """The profile of an auxiliary head."""
    return _profile(head, head.name, "head", 1)


def _profile(part: Row | Head, printed: str, word: str, repeat: int) -> Profile:
    per_use, rest = divmod(len(part.nodes), repeat)
    step = len(part.nodes) if rest or not per_use else per_use
    found = [
        tuple(layers(part.nodes[start : start + step]))
        for start in range(0, len(part.nodes), max(step, 1))
    ]
    first = found[0] if found else ()
    uses = [node for node in part.nodes if isinstance(node, Block) and node.module is not None]
    info = uses[0].module if uses else None
    single = len(first) == 1
    return Profile(
        printed,
        part.name,
        word,
        info.name if info else first[0].name if single else word,
        type(first[0].op).__module__ if single else "module",
        repeat,
        _columns(uses),
        tuple(found),
        tuple(layer.name for use in found for layer in use),
        hash(tuple(found)),
        (part.input.shape, part.output.shape),
    )


def _columns(uses: Sequence[Block]) -> tuple[tuple[str, str], ...]:
    """A module's columns with their values: one, or one for each use."""
    found = {}
    for key in dict.fromkeys(key for use in uses for key in use.arguments):
        values = [str(use.arguments[key].value) for use in uses if key in use.arguments]
        found[key] = values[0] if len(set(values)) == 1 else ", ".join(values)
    return tuple(found.items())


def likeness(one: Profile, other: Profile) -> int:
    """How much speaks for two rows being the same one; 0 where nothing does.

    Being printed alike counts most, so that of several like rows a label tells which is
    which; then the type, the layers and the columns. Between rows of which all that speaks as
    loud, that stays the same one which reads and gives what it did.
    """
    score = _score(one, other)
    return 2 * score + (one.shapes == other.shapes) if score else 0


def _score(one: Profile, other: Profile) -> int:
    same_type = one.kind == other.kind or one.word == other.word
    if not (same_type or one.printed == other.printed or one.family == other.family != "module"):
        return 0
    score = 1 + 4 * (one.printed == other.printed) + 4 * same_type
    score += one.name == other.name
    if one.digest == other.digest and one.uses == other.uses:
        return score + 6
    score += one.columns == other.columns
    return score + _shared(one.operations, other.operations)


@lru_cache(maxsize=4096)
def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """0 to 4: which part of the two rows' operations is the same."""
    left, right = Counter(one), Counter(other)
    return 4 * (left & right).total() // max(1, (left | right).total())
