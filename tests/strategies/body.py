"""Rows one after the other, as far as they are written."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.strategies.counts import Row, Size, Tensor
from tests.strategies.modules import Column
from tests.strategies.vocabulary import NAMES
from tests.strategies.writer import Writer


@dataclass
class Body:
    """Rows being written: the tensor after the last one, and what rows may refer to.

    A ``free`` body is a network's own, whose sizes are known; sizes in a module are
    ``relative`` to its input's. ``label`` is the name of the current tensor; ``source`` is
    what the next row reads instead of the row before.
    """

    writer: Writer
    current: Tensor
    names: ChainMap[str, Tensor]
    columns: Mapping[str, Column]
    free: bool = False
    relative: bool = False
    depth: int = 0
    rows: list[Row] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    label: str | None = None
    source: str | None = None

    def inner(self) -> Body:
        """The body of a branch or group that starts from the current tensor."""
        return Body(
            self.writer,
            self.current,
            self.names.new_child(),
            self.columns,
            relative=self.relative,
            depth=self.depth + 1,
            label=self.label,
        )

    def put(self, row: Row, output: Tensor, cost: int = 1) -> None:
        """Append a row. One in four gets a name."""
        self.writer.cost += cost
        if self.source is not None:
            row["from"] = self.source if self.writer.chance(2) else [self.source]
            self.source = None
        self.rows.append(row)
        self.outputs.append(output)
        self.current, self.label = output, None
        if self.writer.chance(4):
            self.name_last()

    def name_last(self) -> str | None:
        """A name for the current tensor; None where no row of this body made it."""
        if self.label is None and self.rows and self.source is None:
            free = [name for name in NAMES if name not in self.names]
            self.label = self.writer.one(free or [f"t{len(self.names)}"])
            self.rows[-1]["name"] = self.label
            self.names[self.label] = self.current
        return self.label

    def columns_of(self, kind: str) -> list[str]:
        """The names of the module's columns of a kind."""
        return [each.name for each in self.columns.values() if each.kind == kind]

    def after(self, stride: int) -> Size:
        """The current size divided by a stride; in modules the strides so far."""
        assert self.current.size is not None
        height, width = self.current.size
        if self.relative:
            return height * stride, width * stride
        return math.ceil(height / stride), math.ceil(width / stride)
