"""The names that a spec wants in code, so that a checkpoint fits: ``names`` and ``stages``.

They change no row and no figure, only what an emitted module calls its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NoReturn

from archc.diagnostics import Code, Diagnostics, Label, Source, nearest
from archc.ir import Block, Head, ModuleInfo, Network, Node, Row, Stage
from archc.ir.walk import blocks
from archc.naming import python_name
from archc.spec.located import Located
from archc.spec.modules import Modules
from archc.spec.problems import all_known, listed
from archc.spec.references import report_unknown_row
from archc.spec.scope import Poisoned
from archc.spec.tokens import slug

__all__ = ["apply_names", "read_stages"]


def apply_names(
    network: Network, names: Located | None, file: Source, modules: Modules, found: Diagnostics
) -> None:
    """Give the network's parts the names of a ``names`` section, and report wrong ones.

    Names for what a variant no longer has may stay in the spec that it extends: only those
    written in ``file`` must fit.
    """
    if names is not None:
        _Names(network, file, modules, found).apply(names)


def read_stages(
    network: Network, stages: Located | None, diagnostics: Diagnostics
) -> tuple[Stage, ...]:
    """Read a ``stages`` section: what code calls the rows from a first to a last.

    Code keeps them in one sequence; reports rows that are no chain.
    """
    found = []
    places: dict[str, Located] = {}
    for name, cell in stages.entries if stages is not None else ():
        with suppress(Poisoned):
            assert stages is not None
            _checked_name(stages.key(name).with_value(name), diagnostics)
            stage = _stage(network, name, cell, diagnostics)
            _report_shared([row.name for row in network.rows_of(stage)], cell, places, diagnostics)
            found.append(stage)
    return tuple(found)


def _report_shared(
    rows: list[str], cell: Located, places: dict[str, Located], diagnostics: Diagnostics
) -> None:
    """Report a row in two stages; ``places`` has the stage of each so far."""
    for row in rows:
        first = places.setdefault(row, cell)
        if first is not cell:
            message, help_ = f"the row `{row}` is in two stages", "end one before it"
            labels = [Label(first.span, "in this stage, too")]
            diagnostics.add(Code.BAD_STAGE, message, cell.span, help=help_, labels=labels)
            return


class _Names:
    def __init__(
        self, network: Network, file: Source, modules: Modules, diagnostics: Diagnostics
    ) -> None:
        self.network = network
        self.file = file
        self.modules = modules
        self.diagnostics = diagnostics
        self.given: dict[str, Located] = {}
        """The names of rows and heads, and of what is written into the network."""
        self.inside: dict[str, Located] = {}
        """The names of one module's parts."""
        self.named: set[str] = set()
        """The rows and heads that got another name."""
        self.uses: dict[ModuleInfo, list[Block]] = {}
        """The uses of each module, nested ones too."""
        for block in blocks(node for part in network.parts for node in part.nodes):
            if block.module is not None:
                self.uses.setdefault(block.module, []).append(block)

    def apply(self, names: Located) -> None:
        for key, value in names.entries:
            if value.value is None:
                continue
            self.inside = {}
            with suppress(Poisoned):
                if isinstance(value.value, dict):
                    self.name_module(names.key(key), key, value)
                else:
                    self.name_part(names.key(key), key, value)
        self.check_taken()

    def check_taken(self) -> None:
        """Report a name that is given here and is another row's own ``name``."""
        for row in self.network.rows:
            node = row.nodes[0] if len(row.nodes) == 1 else None
            given = self.given.get(node.attribute or "") if node is not None else None
            if given is None or row.name in self.named or given.source is not self.file:
                continue
            message, help_ = f"the name `{given.value}` is given twice", "choose another"
            labels = [Label(row.origin.span, "this row's own name")]
            self.diagnostics.add(
                Code.DUPLICATE_NAME, message, given.span, help=help_, labels=labels
            )

    def name_part(self, key: Located, name: str, value: Located) -> None:
        """Name a row or a head, or, by a list, the parts of its module."""
        part = self.part(key, name)
        if not isinstance(value.value, list):
            attribute = self.own(value)
            self.named.add(part.name)
            part.attribute = attribute
            if len(part.nodes) == 1:
                part.nodes[0].attribute = attribute
            return
        node = part.nodes[0] if len(part.nodes) == 1 else None
        if node is None or node.kind != "module":
            self.wrong(value, f"`{name}` is no module with parts to name", "write one name")
        node.opened = True
        for item in value.items:
            if isinstance(item.value, str):
                self.own(item)
        self.name_items(node.children, value, name)

    def part(self, key: Located, name: str) -> Row | Head:
        parts: tuple[Row | Head, ...] = (*self.network.rows, *self.network.heads)
        for part in parts:
            if part.name == name:
                return part
        printed = [row for row in self.network.rows if row.printed == name]
        if len(printed) == 1:
            return printed[0]
        self.pass_over_inherited(key)
        rows = [(each.name, each.printed if isinstance(each, Row) else "") for each in parts]
        message = f"there is no row, head or module `{name}`"
        place, others = key.with_value(name), self.modules.known()
        report_unknown_row(place, rows, self.diagnostics, message, others)
        raise Poisoned

    def name_module(self, key: Located, name: str, parts: Located) -> None:
        """Name the branches or rows of a module, in all its uses."""
        definition = self.modules.find(name)
        uses = self.uses.get(definition.info, []) if definition is not None else []
        if not uses:
            self.pass_over_inherited(key)
            if any(row.name == name for row in self.network.rows):
                message = f"`{name}` is a row, whose parts have no names"
                self.wrong(parts, message, "write one name; of a module's use a list of names")
            used = sorted({module.name for module in self.uses})
            message = f"no row uses a module `{name}`"
            help_ = nearest(name, used) or all_known("module", used, " in use")
            self.diagnostics.add(Code.UNKNOWN_TYPE, message, key.span, help=help_)
            raise Poisoned
        for part, value in parts.entries:
            found = [node for use in uses for node in use.children if node.name == slug(part)]
            if not found:
                known = listed(dict.fromkeys(each.name for use in uses for each in use.children))
                message, help_ = f"the module has no part `{part}`", f"its parts are {known}"
                self.diagnostics.add(Code.UNKNOWN_KEY, message, parts.key(part).span, help=help_)
                raise Poisoned
            for node in found:
                self.name_node(node, value, part)

    def name_node(self, node: Node, value: Located, called: str) -> None:
        """Name a branch or row of a module; ``~`` leaves it as it is."""
        if value.value is None:
            return
        if isinstance(value.value, list) and node.kind == "branch":
            self.name_items(node.children, value, called)
        else:
            node.attribute = self.checked(value)

    def name_items(self, nodes: Sequence[Node], names: Located, called: str) -> None:
        """Name the parts of a chain in order; ``~`` leaves one out, a mapping names a split's."""
        waiting = list(nodes)
        for item in names.items:
            if not waiting:
                count = f"`{called}` has fewer parts than the {len(names.items)} that are named"
                self.wrong(item, count, "name as many as there are, `~` for no name")
            if isinstance(item.value, dict):
                self.name_split(waiting, item)
                continue
            node = waiting.pop(0)
            if item.value is not None:
                node.attribute = self.checked(item)
        if waiting:
            message = f"`{called}` has {len(waiting)} more part{'s' * (len(waiting) > 1)} to name"
            self.wrong(names, message, "name as many as there are, `~` for no name")

    def name_split(self, waiting: list[Node], names: Located) -> None:
        """Name the branches of a split, and remove it from ``waiting`` with what joins it."""
        branches: list[Node] = []
        while waiting and waiting[0].kind == "branch":
            branches.append(waiting.pop(0))
        if not branches:
            self.wrong(names, "there is no split to name", "write a name")
        waiting.pop(0)
        for branch, value in names.entries:
            found = next((node for node in branches if node.name == slug(branch)), None)
            if found is None:
                known = listed(node.name for node in branches)
                self.wrong(
                    names.key(branch), f"there is no branch `{branch}`", f"there are {known}"
                )
            self.name_node(found, value, branch)

    def pass_over_inherited(self, key: Located) -> None:
        """Leave out a name for something that the base has and this variant has not."""
        if key.source is not self.file:
            raise Poisoned

    def own(self, value: Located) -> str:
        """Return a name in the network's class, where no other part may have it."""
        return self.only(value, self.given)

    def checked(self, value: Located) -> str:
        """Return a name in the class of the module that is being named."""
        return self.only(value, self.inside)

    def only(self, value: Located, given: dict[str, Located]) -> str:
        """Return a name, unless another of these places has given it."""
        name = _checked_name(value, self.diagnostics)
        first = given.setdefault(name, value)
        if first is not value:
            labels = [Label(first.span, "first given here")]
            message, help_ = f"the name `{name}` is given twice", "choose another"
            self.diagnostics.add(
                Code.DUPLICATE_NAME, message, value.span, help=help_, labels=labels
            )
            raise Poisoned
        return name

    def wrong(self, place: Located, message: str, help_: str) -> NoReturn:
        self.diagnostics.add(Code.BAD_NAMES, message, place.span, help=help_)
        raise Poisoned


def _checked_name(value: Located, diagnostics: Diagnostics) -> str:
    """Return a name that Python takes. Raises `Poisoned` after reporting another."""
    name = python_name(value.value)
    if name is not None:
        return name
    message = f"{value.shown} is no name in Python"
    help_ = "use letters, digits and underscores, not two of these in front"
    diagnostics.add(Code.NOT_A_NAME, message, value.span, help=help_)
    raise Poisoned


def _stage(network: Network, name: str, cell: Located, diagnostics: Diagnostics) -> Stage:
    ends = cell.items if isinstance(cell.value, list) else [cell]
    if not 1 <= len(ends) <= 2:
        message, help_ = f"the stage `{name}` has {len(ends)} rows", "name its first and last row"
        diagnostics.add(Code.BAD_STAGE, message, cell.span, help=help_)
        raise Poisoned
    first, last = _index(network, ends[0], diagnostics), _index(network, ends[-1], diagnostics)
    rows = network.rows[first : last + 1]
    readers = {value for row in network.rows[last + 1 :] for value in _read(row)}
    for before, row in zip([None, *rows], rows, strict=False):
        follows = before is None or row.input is before.output
        hidden = row is not rows[-1] and row.output in readers
        if not follows or hidden or not all(_is_link(node) for node in row.nodes):
            message = f"the row `{row.name}` is no link of a chain"
            help_ = "in a stage each row reads the one before, and no other row reads it"
            diagnostics.add(Code.BAD_STAGE, message, cell.span, help=help_)
            raise Poisoned
    if rows:
        return Stage(name, rows[0].name, rows[-1].name)
    message, help_ = f"the stage `{name}` ends before it begins", "name its first row first"
    diagnostics.add(Code.BAD_STAGE, message, cell.span, help=help_)
    raise Poisoned


def _index(network: Network, cell: Located, diagnostics: Diagnostics) -> int:
    rows = [(row.name, row.printed) for row in network.rows]
    for index, (name, _) in enumerate(rows):
        if cell.value == name:
            return index
    printed = [index for index, (_, text) in enumerate(rows) if text == cell.value]
    if len(printed) == 1:
        return printed[0]
    report_unknown_row(cell, rows, diagnostics)
    raise Poisoned


def _read(row: Row) -> Iterable[object]:
    return (value for operation in row.operations() for value in operation.inputs)


def _is_link(node: Node) -> bool:
    """Whether a node takes one tensor and can be an item of a sequence."""
    return not node.is_join and node.kind not in ("branch", "group")
