"""Outputs that nothing reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from archc.diagnostics import Code, Diagnostics, Span
from archc.ir import Block, Head, Node, Operation, Row, Value
from archc.spec.modules import Modules
from archc.spec.rows import RawRow

__all__ = ["check_read"]


def check_read(
    rows: list[Row], heads: list[Head], raw: list[RawRow], modules: Modules, found: Diagnostics
) -> None:
    """Everything that is computed is read by something, or is a result."""
    parts: tuple[Row | Head, ...] = (*rows, *heads)
    read = {value for part in parts for each in part.operations() for value in each.inputs}
    read |= {rows[-1].output, *(head.input for head in heads), *(head.output for head in heads)}
    unread = [node for part in parts for node in _unread(part.nodes, read)]
    names = _names([raw, *(each.body for each in modules.found.values() if each)]) if unread else {}
    for node in unread:
        span = node.origin.span
        called = f"the row `{names[_place(span)]}`" if _place(span) in names else _called(node)
        help_ = "read it with `from`, or remove the row"
        found.add(Code.UNREAD, f"nothing reads what {called} gives", span, help=help_)


def _unread(nodes: Iterable[Node], read: Collection[Value]) -> Iterator[Node]:
    """The outermost parts whose outputs nothing reads; one that only passes its input on has none.

    A norm and an activation belong to the row of their operation.
    """
    for node in nodes:
        if isinstance(node, Operation):
            if node.output not in read:
                yield node
        elif node.output not in read and node.output is not node.input:
            yield node
        else:
            yield from _unread(node.children, read)


_Place = tuple[int, int, int]


def _place(span: Span) -> _Place:
    return id(span.source), span.line, span.column


def _names(bodies: Iterable[list[RawRow]]) -> dict[_Place, str]:
    """What each row is called: its name, or its type as it is printed."""
    found: dict[_Place, str] = {}
    left = [row for body in bodies for row in body]
    while left:
        row = left.pop()
        name = row.text("name") or row.type
        if name:
            found[_place(row.located.span)] = name
        left += [each for rows in row.nested.values() for each in rows]
    return found


def _called(node: Node) -> str:
    """A part that is no row of its own."""
    if isinstance(node, Block):
        return f"`{node.module.name if node.module else node.name}`"
    return f"this {node.op.names[0]}"
