"""What a spec does without: outputs that nothing reads, modules and defaults without effect."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set

from archc import ops
from archc.diagnostics import Code, Diagnostics, Source, Span
from archc.ir import Head, ModuleInfo, Network, Node, Row, Value
from archc.spec.located import Located
from archc.spec.modules import Modules
from archc.spec.rows import RawRow
from archc.spec.tokens import parse_type

__all__ = ["check_read", "warn_unused"]


def check_read(
    rows: list[Row], heads: list[Head], raw: list[RawRow], modules: Modules, found: Diagnostics
) -> None:
    """Everything that is computed is read by something, or is a result."""
    parts: tuple[Row | Head, ...] = (*rows, *heads)
    results = {rows[-1].output, *(head.input for head in heads), *(head.output for head in heads)}
    unread = [node for part in parts for node in _unread(part.nodes, results)]
    names = _names([raw, *(each.body for each in modules.found.values() if each)]) if unread else {}
    for node in unread:
        span = node.origin.span
        called = f"the row `{names[_place(span)]}`" if _place(span) in names else _called(node)
        help_ = "read it with `from`, or remove the row"
        found.add(Code.UNREAD, f"nothing reads what {called} gives", span, help=help_)


def _unread(nodes: Iterable[Node], results: Collection[Value]) -> list[Node]:
    """The outermost parts whose outputs nothing reads; one that only passes its input on has none.

    A norm and an activation belong to the row of their operation.
    """
    unread: list[Node] = []
    for node in nodes:
        output = node.output
        if not output.users and output not in results and output is not node.input:
            unread.append(node)
        elif node.children:
            unread += _unread(node.children, results)
    return unread


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
    """Say which part is meant that is no row of its own."""
    if (operation := node.main) and operation is node:
        return f"this {operation.op.names[0]}"
    return f"`{node.module.name if node.module else node.name}`"


def warn_unused(
    network: Network,
    root: dict[str, Located],
    modules: Modules,
    used: Set[ModuleInfo],
    file: Source,
    diagnostics: Diagnostics,
) -> None:
    """Warn of modules and defaults that have no effect; ``used`` are the modules that have one.

    Only of what ``file`` itself says: a variant need not use all that its base has.
    """
    _warn_of_modules(root.get("modules"), modules, used, file, diagnostics)
    defaults = root.get("defaults")
    kinds = {type(operation.op) for operation in network.operations(heads=True)}
    for name, item in defaults.entries if defaults is not None else ():
        parsed = parse_type(name)
        op = ops.find(parsed.type) if parsed is not None else None
        definition = modules.find(name) if op is None else None
        if op in kinds or (definition is not None and definition.info in used):
            continue
        place = defaults.key(name) if defaults is not None else item
        if place.source is file:
            message = f"the network has no {name}, but defaults for it"
            help_ = "remove them"
            diagnostics.add(Code.UNUSED_DEFAULTS, message, place.span, help=help_)


def _warn_of_modules(
    defined: Located | None,
    modules: Modules,
    used: Set[ModuleInfo],
    file: Source,
    diagnostics: Diagnostics,
) -> None:
    for name, _ in defined.entries if defined is not None else ():
        definition = modules.find(name)
        place = defined.key(name) if defined is not None else None
        if definition is None or definition.info in used or place is None:
            continue
        if place.source is file:
            message = f"no row uses the module `{name}`"
            help_ = "remove it, or name it as a row's type"
            diagnostics.add(Code.UNUSED_MODULE, message, place.span, help=help_)
