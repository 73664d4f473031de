"""A row's operation in the graph, alone or with its norm and activation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from archc.diagnostics import Code, Diagnostics, Label, Span
from archc.ir import Block, Node, Operation, Origin, Value
from archc.ops import Op, ShapeError, format_shape
from archc.ops.base import to_key
from archc.spec.attributes import (
    MODIFIERS,
    Built,
    OpRecipe,
    PlaceOfKey,
    check_keys,
    definition_cells,
    modifier,
    op_recipe,
)
from archc.spec.located import Located
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Modules
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import TypeText, column_key, parse_size, slug

if TYPE_CHECKING:
    from archc.spec.row_types import Meaning

__all__ = [
    "NOT_DEFINITIONS",
    "Follower",
    "Lowered",
    "Operations",
    "TooManyOperations",
    "UnitRecipe",
    "shown_value",
]

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


class Lowered:
    """A row's nodes, its input and its output."""

    __slots__ = ("input", "nodes", "output")

    def __init__(self, nodes: list[Node], input: Value, output: Value) -> None:
        self.nodes = nodes
        self.input = input
        self.output = output


class Follower:
    """A norm or an activation that follows an operation: its cell, and its attributes if any."""

    __slots__ = ("attributes", "cell", "kind", "name", "recipe")

    def __init__(
        self, kind: type[Op], attributes: Located | None, cell: Located, name: str
    ) -> None:
        self.kind = kind
        self.attributes = attributes
        self.cell = cell
        self.name = name
        self.recipe: OpRecipe | None = None

    def built(self, scope: Scope, value: Value | None) -> Built:
        """The operation in one use. Raises `Poisoned` after reporting."""
        recipe = self.recipe or self._recipe(scope)
        if not recipe.failed:
            self.recipe = recipe
        return recipe.built(scope, value)

    def _recipe(self, scope: Scope) -> OpRecipe:
        cell, attributes = self.cell, self.attributes
        if attributes is None:
            return op_recipe(self.kind, {}, lambda key: (cell.span, []), cell, scope)
        names = {column_key(name): name for name, _ in attributes.entries}
        cells = {key: attributes.value[name] for key, name in names.items()}
        place: PlaceOfKey = lambda key: (attributes.key(names[key]).span, [])  # noqa: E731
        return op_recipe(self.kind, cells, place, cell, scope)


class UnitRecipe:
    """A row's operation with what follows it, as all uses of the row share it.

    ``name`` is that of the whole, ``place`` where it stands. ``sources`` are the cells that name
    its inputs, where it has several, and ``verb`` what a message says of them. ``followers``
    is None until they are known, and stays it where a column says what follows.
    """

    __slots__ = ("followers", "name", "op", "place", "sources", "verb")

    def __init__(
        self, name: str, op: OpRecipe, place: Span, sources: Sequence[Located] = (), verb: str = ""
    ) -> None:
        self.name = name
        self.op = op
        self.place = place
        self.sources = sources
        self.verb = verb
        self.followers: Sequence[Follower] | None = None


class Unit(NamedTuple):
    """One use of a unit: what it reads, and where it was written."""

    recipe: UnitRecipe
    inputs: tuple[Value, ...]
    origin: Origin

    def sources(self) -> list[Label]:
        """The tensors that it joins, with their shapes."""
        if len(self.inputs) < 2:
            return []
        verb = self.recipe.verb
        return [
            Label(cell.span, f"{verb} {format_shape(value.shape)}")
            for cell, value in zip(self.recipe.sources, self.inputs, strict=False)
        ]


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
        self, row: RawRow, meaning: Meaning, op: type[Op], scope: Scope, inputs: tuple[Value, ...]
    ) -> Lowered:
        """The primitive that a row names."""
        prepared = scope.surroundings.prepared(row)
        recipe = prepared.recipe
        try:
            if recipe is None:
                self._check_arity(row, op, inputs)
                recipe = self._recipe(row, meaning.parsed, op, scope)
                if prepared.meaning is meaning and not recipe.op.failed:
                    prepared.recipe = recipe
        except Poisoned:
            self.followers(row, op, scope)  # what follows may be wrong, too
            raise
        return self.use(recipe, row, scope, inputs)

    def use(
        self, recipe: UnitRecipe, row: RawRow, scope: Scope, inputs: tuple[Value, ...]
    ) -> Lowered:
        """One use of a row whose operation is prepared."""
        try:
            built = recipe.op.built(scope, inputs[0])
        except Poisoned:
            self.followers(row, recipe.op.op, scope)  # what follows may be wrong, too
            raise
        return self.add(recipe, built, row, inputs, scope)

    def _recipe(self, row: RawRow, parsed: TypeText, op: type[Op], scope: Scope) -> UnitRecipe:
        """What the row says of its operation. Raises `Poisoned` after reporting."""
        self._check_token(row, parsed, op)
        cells = definition_cells(row, NOT_DEFINITIONS)
        extra = _in_passing(row, parsed, op)
        report_misplaced(row, op.names[0], NOT_ON_OPERATIONS, self.diagnostics)
        place, sources = self.modules.places_of(row), row.cells.get("from")
        recipe = op_recipe(op, cells, place, row.located, scope, extra)
        span = row.located.span
        return UnitRecipe(row.name, recipe, span, sources.items if sources else (), "is")

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
            if given is not None and name not in op.model_fields:
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
                self._recipe(row, parsed, op, scope).op.built(scope, None)
        for follower in self.followers(row, op, scope):
            with suppress(Poisoned):
                follower.built(scope, None)

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

    def followers(self, row: RawRow, op: type[Op], scope: Scope) -> list[Follower]:
        """The norm and the activation that follow, from the row or from defaults.

        Raises `Poisoned` after reporting.
        """
        if row.cells.keys().isdisjoint(MODIFIERS) and op in scope.surroundings.followers:
            return scope.surroundings.followers[op]
        followers: list[Follower] = []
        failed = False
        names = Counter([_short_name(op)])
        for cell, key in self._follower_cells(row, op, scope):
            try:
                chosen = modifier(key, cell, scope)
            except Poisoned:
                failed = True
                continue
            if chosen is not None:
                kind, attributes = chosen
                name = _short_name(kind)
                names[name] += 1
                number = f"_{names[name]}" if names[name] > 1 else ""
                followers.append(Follower(kind, attributes, cell, name + number))
        if failed:
            raise Poisoned
        return followers

    def _follower_cells(self, row: RawRow, op: type[Op], scope: Scope) -> list[tuple[Located, str]]:
        defaults = scope.defaults_of(op)
        cells = ((row.cells.get(key) or defaults.get(key), key) for key in MODIFIERS)
        return [(cell, key) for cell, key in cells if cell is not None]

    def add(
        self,
        recipe: UnitRecipe,
        built: Built,
        row: RawRow,
        inputs: tuple[Value, ...],
        scope: Scope,
    ) -> Lowered:
        """An operation alone, or a block of it with its norm and activation."""
        name = scope.unique(recipe.name)
        unit = Unit(recipe, inputs, Origin(recipe.place, scope.uses))
        op, followers = recipe.op.op, recipe.followers
        if followers is None:
            followers = self.followers(row, op, scope)
            if not any(scope.reads(cell) for cell, _ in self._follower_cells(row, op, scope)):
                recipe.followers = followers
                if row.cells.keys().isdisjoint(MODIFIERS):
                    scope.surroundings.followers[op] = followers
        if not followers:
            node = self._emit(unit, name, built, inputs)
            return Lowered([node], inputs[0], node.output)
        first = self._emit(unit, _short_name(op), built, inputs)
        chain: list[Node] = [first]
        value = first.output
        for follower in followers:
            self.tick()
            after = follower.built(scope, value)
            node = self._emit(unit, follower.name, after, (value,), follower.cell)
            chain.append(node)
            value = node.output
        block = Block(name, "unit", inputs[0], value, chain, unit.origin)
        return Lowered([block], inputs[0], value)

    def _emit(
        self,
        unit: Unit,
        name: str,
        built: Built,
        inputs: tuple[Value, ...],
        following: Located | None = None,
    ) -> Operation:
        """The operation in the graph, its output's shape inferred.

        ``following`` is where a norm or an activation was written, which follows another.
        """
        try:
            shape = built.op.infer(tuple([value.shape for value in inputs]))
        except ShapeError as error:
            self._report_shape(error, unit, built, inputs, following)
            raise Poisoned from None
        origin = unit.origin
        if max(shape) > self.limits.size:
            message = f"{built.op.names[0]} gives {format_shape(shape)}"
            help_ = f"a size can be {self.limits.size:,} at most"
            self.diagnostics.add(Code.OUTPUT_TOO_LARGE, message, origin.span, help=help_)
            raise Poisoned
        output = Value(shape)
        expressions = built.expressions or {}  # what is shared by several uses is empty
        output.producer = Operation(name, built.op, inputs, output, origin, expressions)
        return output.producer

    def _report_shape(
        self,
        error: ShapeError,
        unit: Unit,
        built: Built,
        inputs: tuple[Value, ...],
        following: Located | None,
    ) -> None:
        """Inputs that do not fit: at the attribute or the row, with where they come from."""
        origin = unit.origin
        used = [Label(origin.uses[-1], "in this use")] if origin.uses else []
        span, about = _about(error, built, origin)
        if origin.uses and _is_within(span, origin.uses[-1]):
            used = [Label(origin.span, "in this row of the module")]
        labels = [*(unit.sources() or _giver(inputs[0], origin)), *about, *self.turns, *used]
        help_ = error.help
        if following is not None:
            help_ = "write `none` for it on this row"
            labels.append(Label(following.span, "which is to follow it"))
        self.diagnostics.add(error.code, error.message, span, help=help_, labels=labels)


def _short_name(op: type[Op]) -> str:
    """What code calls an operation inside its unit."""
    return op.short or slug(op.names[0])


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
    written = built.written()
    named = [(name, written.places[name]) for name in error.about if name in written.places]
    span = origin.span
    if named and named[0][0] not in written.by_default:
        span = named.pop(0)[1].span
    labels = [
        Label(place.span, f"by default, `{to_key(name)}` is {shown_value(built.op, name)}")
        if name in written.by_default
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


def _in_passing(row: RawRow, parsed: TypeText, op: type[Op]) -> dict[str, Located]:
    """Attributes that a table gives in passing.

    A rate in parentheses, ``conv3-64``'s kernel and filters, ``padded``; and the filters as
    the channels of the row's output size, or of the next row's input size.
    """
    place = row.cells.get("as") or row.cells["type"]
    found: dict[str, Located] = {}
    if op.parenthesis and parsed.parenthesis:
        found[op.parenthesis] = place.with_value(parsed.parenthesis)
    if parsed.kernel is not None and "kernel" in op.model_fields:
        found["kernel"] = place.with_value(parsed.kernel)
    if parsed.padded and "padding" in op.model_fields:
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
