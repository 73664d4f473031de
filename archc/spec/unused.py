"""Warnings: what a spec defines and its network does without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archc import ops
from archc.diagnostics import Code, Diagnostics, Source
from archc.ir import Block, Head, ModuleInfo, Network, Node, Row
from archc.spec.located import Located
from archc.spec.modules import Modules
from archc.spec.tokens import parse_type

__all__ = ["warn_unused"]


def warn_unused(
    network: Network,
    root: dict[str, Located],
    modules: Modules,
    file: Source,
    diagnostics: Diagnostics,
) -> None:
    """Warn of modules and defaults that have no effect.

    Only of what ``file`` itself says: a variant need not use all that its base has.
    """
    parts: tuple[Row | Head, ...] = (*network.rows, *network.heads)
    used = {module for part in parts for module in _modules(part.nodes)}
    _warn_of_modules(root.get("modules"), modules, used, file, diagnostics)
    kinds = {type(operation.op) for operation in network.operations(heads=True)}
    defaults = root.get("defaults")
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
    used: set[ModuleInfo],
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


def _modules(nodes: Iterable[Node]) -> Iterator[ModuleInfo]:
    """The modules that are used in nodes, and in their modules."""
    for node in nodes:
        if not isinstance(node, Block):
            continue
        if node.module is not None:
            yield node.module
        yield from _modules(node.children)
