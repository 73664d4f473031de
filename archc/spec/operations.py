"""Put a row's operation into the graph, alone or with its norm and activation."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from archc.diagnostics import Code, Diagnostics, Label
from archc.ir import Block, Node, Operation, Origin, Value
from archc.naming import Numbering
from archc.ops import Op, ShapeError, format_shape
from archc.spec.attributes import MODIFIERS, check_keys, definition_cells, modifier
from archc.spec.located import Located
from archc.spec.misfits import Misfit, UnitUse, report_shape
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Modules
from archc.spec.recipes import Built, Follower, UnitRecipe, op_recipe
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import TypeText, parse_size, slug

if TYPE_CHECKING:
    from archc.spec.row_types import Meaning

__all__ = [
    "NOT_DEFINITIONS",
    "Lowered",
    "Operations",
    "TooManyOperations",
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
    ) -> Node:
        """Add the primitive that a row names."""
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

    def use(self, recipe: UnitRecipe, row: RawRow, scope: Scope, inputs: tuple[Value, ...]) -> Node:
        """Add one use of a row whose operation is prepared."""
        try:
            built = recipe.op.built(scope, inputs[0])
        except Poisoned:
            self.followers(row, recipe.op.op, scope)  # what follows may be wrong, too
            raise
        return self.add(recipe, built, row, inputs, scope)

    def _recipe(self, row: RawRow, parsed: TypeText, op: type[Op], scope: Scope) -> UnitRecipe:
        """Read what the row says of its operation. Raises `Poisoned` after reporting."""
        if parsed.kernel is not None or parsed.filters is not None:
            self._check_token(row, parsed, op)
        cells = definition_cells(row, NOT_DEFINITIONS)
        extra = _in_passing(row, parsed, op)
        if not NOT_ON_OPERATIONS.isdisjoint(row.cells):
            report_misplaced(row, op.names[0], NOT_ON_OPERATIONS, self.diagnostics)
        place, sources = self.modules.places_of(row), row.cells.get("from")
        recipe = op_recipe(op, cells, place, row.located, scope, extra)
        span = row.located.span
        return UnitRecipe(row.name, recipe, span, sources.items if sources else (), "is")

    def _check_token(self, row: RawRow, parsed: TypeText, op: type[Op]) -> None:
        """Report what a type such as ``conv3-64`` gives and a cell gives too, or the op lacks."""
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
        """Check what is known without the row's input: its keys, and its ``values``.

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
                follower.prepared(scope).built(scope, None)

    def _check_arity(self, row: RawRow, op: type[Op], inputs: tuple[Value, ...]) -> None:
        """Check that ``from`` names as many tensors as the operation takes."""
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
        """Read the norm and the activation that follow, from the row or from defaults.

        Raises `Poisoned` after reporting.
        """
        if row.cells.keys().isdisjoint(MODIFIERS) and op in scope.surroundings.followers:
            return scope.surroundings.followers[op]
        followers: list[Follower] = []
        failed = False
        names = Numbering()
        names.unique(_short_name(op))
        for cell, key in self._follower_cells(row, op, scope):
            try:
                chosen = modifier(key, cell, scope)
            except Poisoned:
                failed = True
                continue
            if chosen is not None:
                kind, attributes = chosen
                name = names.unique(_short_name(kind))
                followers.append(Follower(kind, attributes, cell, name))
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
    ) -> Node:
        """Add an operation alone, or as a block with its norm and activation."""
        name, origin = scope.unique(recipe.name), Origin(recipe.place, scope.uses)
        followers = recipe.followers
        if followers is None:
            followers = self._followers_of(recipe, row, scope)
        reads: tuple[Value, ...] = inputs
        following: Located | None = None
        source = recipe.op
        try:
            if not followers:
                return self._emit(name, built, inputs, origin)
            chain: list[Node] = [self._emit(_short_name(recipe.op.op), built, inputs, origin)]
            for follower in followers:
                self.tick()
                reads, following = (chain[-1].output,), follower.cell
                source = follower.prepared(scope)
                built = source.built(scope, reads[0])
                chain.append(self._emit(follower.name, built, reads, origin))
        except ShapeError as error:
            unit = UnitUse(recipe, inputs, origin)
            misfit = Misfit(built.op, source.written(scope), reads, following)
            report_shape(error, unit, misfit, self.turns, self.diagnostics)
            raise Poisoned from None
        return Block(name, "unit", inputs[0], chain[-1].output, chain, origin)

    def _followers_of(self, recipe: UnitRecipe, row: RawRow, scope: Scope) -> Sequence[Follower]:
        """Return what follows in this use; remembered where no column says it."""
        op = recipe.op.op
        by_default = row.cells.keys().isdisjoint(MODIFIERS)
        if by_default and op in scope.surroundings.followers:
            recipe.followers = scope.surroundings.followers[op]
            return recipe.followers
        followers = self.followers(row, op, scope)
        if not any(scope.reads(cell) for cell, _ in self._follower_cells(row, op, scope)):
            recipe.followers = followers
            if by_default and scope.surroundings.remembers:
                scope.surroundings.followers[op] = followers
        return followers

    def _emit(
        self, name: str, built: Built, inputs: tuple[Value, ...], origin: Origin
    ) -> Operation:
        """Add the operation to the graph. Raises `ShapeError` where its inputs do not fit."""
        op = built.op
        one = len(inputs) == 1
        shape = op.infer((inputs[0].shape,) if one else tuple([value.shape for value in inputs]))
        if max(shape) > self.limits.size:
            message = f"{op.names[0]} gives {format_shape(shape)}"
            help_ = f"a size can be {self.limits.size:,} at most"
            self.diagnostics.add(Code.OUTPUT_TOO_LARGE, message, origin.span, help=help_)
            raise Poisoned
        output = Value(shape)
        expressions = built.expressions or None  # what is shared by several uses is empty
        output.producer = Operation(name, op, inputs, output, origin, expressions)
        return output.producer


def _short_name(op: type[Op]) -> str:
    """Return what code calls an operation inside its unit."""
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


def _in_passing(row: RawRow, parsed: TypeText, op: type[Op]) -> dict[str, Located]:
    """Read the attributes that a table gives in passing.

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
    """Return the channels that the row claims to give."""
    claim = row.cells.get("output size") or row.following
    size = parse_size(str(claim.value)) if claim is not None else None
    if claim is None or size is None or len(size) == 2:
        return None
    return claim.with_value(size[-1])
