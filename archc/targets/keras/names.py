"""The names of layers: the paper's where it has some, always unique and valid."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archc.ir import Node, Operation
from archc.ir.expression import Column
from archc.ops import find

__all__ = ["Labels", "join", "label_of", "main_operation", "paper_names"]


def join(*parts: str) -> str:
    """The parts that say something, with ``_`` between them."""
    return "_".join(part for part in parts if part)


def label_of(text: str) -> str:
    """What a layer's name has for ``text``: ``#3×3 reduce`` is ``3x3_reduce``."""
    decomposed = unicodedata.normalize("NFKD", text.replace("×", "x"))
    name = re.sub(r"\W+", "_", decomposed, flags=re.ASCII).strip("_").lower()
    return name or "unnamed"


@dataclass(slots=True)
class Labels:
    """The names that are taken inside one function."""

    taken: set[str] = field(default_factory=set)

    def claim(self, label: str, relatives: Iterable[str] = ("",)) -> str:
        """``label``, numbered if one of ``label`` + relatives is taken; takes them all."""
        inner = list(relatives)
        candidate, number = label, 1
        while not self.taken.isdisjoint(join(candidate, each) for each in inner):
            number += 1
            candidate = join(label, str(number))
        self.taken.update(join(candidate, each) for each in inner)
        return candidate


def main_operation(node: Node) -> Operation | None:
    """The operation that a node is about: itself, or a unit's first."""
    if isinstance(node, Operation):
        return node
    first = node.children[0] if node.kind == "unit" and node.children else None
    return first if isinstance(first, Operation) else None


def paper_names(nodes: Sequence[Node]) -> dict[Node, str]:
    """Nodes of a module that are named after the column with their filters.

    Those are what the spec gave no name, and the only ones with this column; and the column
    tells a place: by its window, or within a branch.
    """
    columns = {node: column for node in _inside(nodes) if (column := _filters_column(node))}
    often = Counter(columns.values())
    top = set(nodes)
    return {
        node: label
        for node, column in columns.items()
        if often[column] == 1
        and _has_own_type_as_name(node)
        and _tells_a_place(label := label_of(column), node not in top)
    }


def _tells_a_place(label: str, in_branch: bool) -> bool:
    return re.match(r"\d+x\d", label) is not None or (in_branch and len(label) > 1)


def _inside(nodes: Iterable[Node]) -> Iterator[Node]:
    """Operations and units of one module: not what is in the modules it uses."""
    for node in nodes:
        if isinstance(node, Operation) or node.kind == "unit":
            yield node
        elif node.kind != "module":
            yield from _inside(node.children)


def _filters_column(node: Node) -> str | None:
    operation = main_operation(node)
    filters = operation.expressions.get("filters") if operation else None
    return filters.name if isinstance(filters, Column) else None


def _has_own_type_as_name(node: Node) -> bool:
    operation = main_operation(node)
    return operation is not None and find(re.sub(r"_\d+$", "", node.name)) is type(operation.op)
