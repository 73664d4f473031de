"""A row's operation in the graph, alone or with its norm and activation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from archc.diagnostics import Code, Diagnostics, Label, Span
from archc.fields import to_key
from archc.ir import Block, Node, Operation, Origin, Value
from archc.ops import Op, ShapeError, format_shape
from archc.spec.attributes import (
    MODIFIERS,
    Built,
    PlaceOfKey,
    build_op,
    check_keys,
    definition_cells,
    modifier,
)
from archc.spec.located import Located
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Modules
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import TypeText, column_key, parse_size, slug

__all__ = ["NOT_DEFINITIONS", "Lowered", "Operations", "TooManyOperations", "shown_value"]

NOT_DEFINITIONS = (ROW_KEYS | frozenset(CLAIMS)) - {"patch"} | {"type"}
"""The cells of a row that do not define its operation or module."""

NOT_ON_OPERATIONS = frozenset({"branches", "rows", "join"})
"""Row keys that mean nothing for an operation."""


class TooManyOperations(Exception):
    """Repeats and modules expand to more than the limit."""

    def __init__(self, place: Located | None = None) -> None:
        """``place`` is the repeat that does it, where one does."""
        self.place = place
        super().__init__()


@dataclass(slots=True)
class Lowered:
    """A row's nodes, its inputs and its output."""

    nodes: list[Node]
    input: Value
    output: Value


@dataclass(slots=True)
class Unit:
    """An operation to be put into the graph, with what follows it."""

    name: str
    built: Built
    modifiers: list[tuple[type[Op], Located | None, Located]]
    origin: Origin
    labels: Sequence[Label] = ()


class Names:
    """The names of the operations in a unit: what code calls them, numbered where repeated."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def of(self, op: Op | type[Op]) -> str:
        """The next operation's name."""
        name = op.short or slug(op.names[0])
        self.seen[name] += 1
        return name if self.seen[name] == 1 else f"{name}_{self.seen[name]}"


class Operations:
    """Puts operations into the graph and counts them. One instance per network."""

    def __init__(self, modules: Modules, diagnostics: Diagnostics) -> None:
        self.modules = modules
        self.limits = modules.files.limits
        self.diagnostics = diagnostics
        self.count = 0
        self.turns: list[Label] = []
        """At which of their uses the repeated rows around are."""

    def reserve(self, uses: int, place: Located) -> None:
        """Refuse at once what `tick` would refuse after many uses of a row."""
        if self.count + uses > self.limits.operations:
            raise TooManyOperations(place)

    def tick(self) -> None:
        """Count a use of a row, or a norm or an activation that follows its operation."""
        self.count += 1
        if self.count > self.limits.operations:
            raise TooManyOperations

    def from_row(
        self, row: RawRow, parsed: TypeText, op: type[Op], scope: Scope, inputs: tuple[Value, ...]
    ) -> Lowered:
        """The primitive that a row names."""
        self._check_arity(row, op, inputs)
        try:
            built = self._built(row, parsed, op, scope, inputs[0])
        except Poisoned:
            self.modifiers(row, op, scope)  # what follows may be wrong, too
            raise
        name, origin = scope.unique(row.name), Origin(row.located.span, scope.uses)
        modifiers = self.modifiers(row, op, scope)
        return self.add(Unit(name, built, modifiers, origin, _sources(row, inputs)), inputs, scope)

    def _built(
        self, row: RawRow, parsed: TypeText, op: type[Op], scope: Scope, value: Value | None
    ) -> Built:
        """The operation with its attributes checked."""
        self._check_token(row, parsed, op)
        cells = definition_cells(row, NOT_DEFINITIONS)
        extra = _in_passing(row, parsed, op)
        report_misplaced(row, op.names[0], NOT_ON_OPERATIONS, self.diagnostics)
        place = self.modules.places_of(row)
        return build_op(op, cells, place, row.located, scope, value, extra)

    def _check_token(self, row: RawRow, parsed: TypeText, op: type[Op]) -> None:
        """``conv3-64`` is a type for what has a kernel and filters, and says them itself."""
        cell = row.cells.get("as") or row.cells["type"]
        for name, given in (("kernel", parsed.kernel), ("filters", parsed.filters)):
            twice = row.cells.get(name) or (row.cells.get("patch") if name == "kernel" else None)
            if given is not None and twice is not None and twice.value != "classes":
                labels = [Label(cell.span, "first given here")]
                message, help_ = f"`{name}` is given twice", "remove one of the two"
                self.diagnostics.add(
                    Code.DUPLICATE_KEY, message, twice.span, help=help_, labels=labels
                )
                raise Poisoned
            if given is not None and name not in op.fields:
                message = f"{op.names[0]} has no `{name}`"
                help_ = f"write `{op.names[0]}`"
                self.diagnostics.add(Code.UNKNOWN_KEY, message, cell.span, help=help_)
                raise Poisoned

    def check(
        self, row: RawRow, parsed: TypeText, op: type[Op], scope: Scope, values: bool
    ) -> None:
        """What can be said of a row whose input is not known: its keys, and its ``values``.

        Those that need the input's channels are left alone.
        """
        report_misplaced(row, op.names[0], NOT_ON_OPERATIONS, self.diagnostics)
        cells = definition_cells(row, NOT_DEFINITIONS)
        check_keys(op, cells, self.modules.places_of(row), self.diagnostics)
        if not values:
            return
        if not any("channels" in str(cell.plain()) for cell in row.cells.values()):
            with suppress(Poisoned):
                self._built(row, parsed, op, scope, None)
        for kind, attributes, cell in self.modifiers(row, op, scope):
            with suppress(Poisoned):
                _follower(kind, attributes, cell, scope, None)

    def _check_arity(self, row: RawRow, op: type[Op], inputs: tuple[Value, ...]) -> None:
        """``from`` names as many tensors as the operation takes."""
        least, most = op.arity
        if most is None and "from" not in row.cells:
            message = f"{op.names[0]} joins tensors, and reads only the row before"
            help_ = "name what it joins: `from: [..., ...]`"
            self.diagnostics.add(Code.WRONG_ARITY, message, row.located.span, help=help_)
            raise Poisoned
        if least <= len(inputs) and (most is None or len(inputs) <= most):
            return
        message = (
            f"{op.names[0]} takes {least} tensor{'s' * (least > 1)}, `from` names {len(inputs)}"
        )
        help_ = "join them first, with `concat` or `add`"
        self.diagnostics.add(Code.WRONG_ARITY, message, row.cells["from"].span, help=help_)
        raise Poisoned

    def modifiers(
        self, row: RawRow, op: type[Op], scope: Scope
    ) -> list[tuple[type[Op], Located | None, Located]]:
        """The norm and the activation that follow, from the row or from defaults."""
        defaults = scope.defaults_of(op)
        found = []
        failed = False
        for key in MODIFIERS:
            cell = row.cells.get(key) or defaults.get(key)
            try:
                chosen = modifier(key, cell, scope) if cell is not None else None
            except Poisoned:
                failed = True
                continue
            if cell is not None and chosen is not None:
                found.append((*chosen, cell))
        if failed:
            raise Poisoned
        return found

    def add(self, unit: Unit, inputs: tuple[Value, ...], scope: Scope) -> Lowered:
        """An operation alone, or a block of it with its norm and activation."""
        op = unit.built.op
        if not unit.modifiers:
            node = self._emit(unit.name, unit.built, inputs, unit)
            return Lowered([node], inputs[0], node.output)
        names = Names()
        first = self._emit(names.of(op), unit.built, inputs, unit)
        chain: list[Node] = [first]
        value = first.output
        for kind, attributes, cell in unit.modifiers:
            self.tick()
            built = _follower(kind, attributes, cell, scope, value)
            node = self._emit(names.of(kind), built, (value,), unit, cell)
            chain.append(node)
            value = node.output
        block = Block(unit.name, "unit", inputs[0], value, chain, unit.origin)
        return Lowered([block], inputs[0], value)

    def _emit(
        self,
        name: str,
        built: Built,
        inputs: tuple[Value, ...],
        unit: Unit,
        following: Located | None = None,
    ) -> Operation:
        """The operation in the graph, its output's shape inferred.

        ``following`` is where a norm or an activation was written, which follows another.
        """
        origin = unit.origin
        try:
            shape = built.op.infer([value.shape for value in inputs])
        except ShapeError as error:
            used = [Label(origin.uses[-1], "in this use")] if origin.uses else []
            span, about = _about(error, built, origin)
            if origin.uses and _is_within(span, origin.uses[-1]):
                used = [Label(origin.span, "in this row of the module")]
            labels = [*(unit.labels or _giver(inputs[0], origin)), *about, *self.turns, *used]
            help_ = error.help
            if following is not None:
                help_ = "write `none` for it on this row"
                labels.append(Label(following.span, "which is to follow it"))
            self.diagnostics.add(error.code, error.message, span, help=help_, labels=labels)
            raise Poisoned from None
        if max(shape) > self.limits.size:
            message = f"{built.op.names[0]} gives {format_shape(shape)}"
            help_ = f"a size can be {self.limits.size:,} at most"
            self.diagnostics.add(Code.OUTPUT_TOO_LARGE, message, origin.span, help=help_)
            raise Poisoned
        output = Value(shape)
        output.producer = Operation(name, built.op, inputs, output, origin, built.expressions)
        return output.producer


def report_misplaced(
    row: RawRow, subject: str, excluded: frozenset[str], diagnostics: Diagnostics
) -> None:
    """Raise `Poisoned`, after reporting, for row keys that mean nothing for this kind of row."""
    found = [key for key in row.cells if key in excluded]
    for key in found:
        message = f"{subject} has no `{key}`"
        where = "with `branches`" if key == "join" else "of its own"
        help_ = f"put it on a row {where}"
        diagnostics.add(Code.UNKNOWN_KEY, message, row.keys[key].span, help=help_)
    if found:
        raise Poisoned


def _about(error: ShapeError, built: Built, origin: Origin) -> tuple[Span, list[Label]]:
    """Where a shape error is shown: at the attribute that it is about, where the row has it.

    What other attributes have to do with it are labels; so is one that is a default, as what
    is wrong is the row.
    """
    named = [(name, built.places[name]) for name in error.about if name in built.places]
    span = origin.span
    if named and named[0][0] not in built.by_default:
        span = named.pop(0)[1].span
    labels = [
        Label(place.span, f"by default, `{to_key(name)}` is {shown_value(built.op, name)}")
        if name in built.by_default
        else Label(place.span, f"`{to_key(name)}` is {shown_value(built.op, name)}")
        for name, place in named
    ]
    return span, labels


def _is_within(span: Span, outer: Span) -> bool:
    """Whether a cell is one of a row's, as a module's column is given by its use."""
    begins, ends = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return span.source is outer.source and begins <= (span.line, span.column) < ends


def shown_value(op: Op, name: str) -> str:
    """An attribute's value as a spec writes it."""
    value = getattr(op, name)
    if isinstance(value, tuple):
        if len(set(value)) == 1:
            return str(value[0])
        return "×".join(map(str, value)) if len(value) == 2 else str([*value])
    return str(value).lower() if isinstance(value, bool) else str(value)


def _giver(value: Value, origin: Origin) -> list[Label]:
    """The row that gives an input of the wrong shape, at the level of the row that reads it."""
    if value.producer is None:
        return []
    its = value.producer.origin
    shared = 0
    while shared < min(len(its.uses), len(origin.uses)) and its.uses[shared] == origin.uses[shared]:
        shared += 1
    span = its.uses[shared] if shared < len(its.uses) else its.span
    return [Label(span, f"gives {format_shape(value.shape)}")] if span != origin.span else []


def _sources(row: RawRow, inputs: tuple[Value, ...]) -> list[Label]:
    """The tensors that ``from`` names, with their shapes."""
    cell = row.cells.get("from")
    if cell is None or len(inputs) < 2:
        return []
    return [
        Label(name.span, f"is {format_shape(value.shape)}")
        for name, value in zip(cell.items, inputs, strict=False)
    ]


def _follower(
    op: type[Op], attributes: Located | None, cell: Located, scope: Scope, value: Value | None
) -> Built:
    """A norm or an activation with its attributes."""
    if attributes is None:
        return build_op(op, {}, lambda key: (cell.span, []), cell, scope, value)
    names = {column_key(name): name for name, _ in attributes.entries}
    cells = {key: attributes.value[name] for key, name in names.items()}
    place: PlaceOfKey = lambda key: (attributes.key(names[key]).span, [])  # noqa: E731
    return build_op(op, cells, place, cell, scope, value)


def _in_passing(row: RawRow, parsed: TypeText, op: type[Op]) -> dict[str, Located]:
    """Attributes that a table gives in passing.

    A rate in parentheses, ``conv3-64``'s kernel and filters, ``padded``; and the filters as
    the channels of the row's output size, or of the next row's input size.
    """
    place = row.cells.get("as") or row.cells["type"]
    found: dict[str, Located] = {}
    if op.parenthesis and parsed.parenthesis:
        found[op.parenthesis] = place.with_value(parsed.parenthesis)
    if parsed.kernel is not None and "kernel" in op.fields:
        found["kernel"] = place.with_value(parsed.kernel)
    if parsed.padded and "padding" in op.fields:
        found["padding"] = place.with_value("same")
    if "filters" in op.required():
        filters = _printed_filters(row)
        if parsed.filters is not None:
            found["filters"] = place.with_value(parsed.filters)
        elif filters is not None:
            found["filters"] = filters
    return found


def _printed_filters(row: RawRow) -> Located | None:
    """The channels of what the row claims to give."""
    claim = row.cells.get("output size") or row.following
    size = parse_size(str(claim.value)) if claim is not None else None
    if claim is None or size is None or len(size) == 2:
        return None
    return claim.with_value(size[-1])
