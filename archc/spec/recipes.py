"""What a row says of its operation, once for all uses, and the operation of each use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from archc.diagnostics import Code, Label, Span
from archc.fields import Mistakes, to_field
from archc.ir import Value
from archc.ir.expression import Expression
from archc.ops import Op
from archc.spec import problems
from archc.spec.attributes import (
    MODIFIERS,
    AttributeValues,
    PlaceOfKey,
    check_keys,
    known_keys,
    patch_cell,
    patch_of,
)
from archc.spec.located import Located
from archc.spec.prepared import SortedDefaults
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import column_key, literal_patch, parse_patch

__all__ = ["AttributePlaces", "Built", "Follower", "OpRecipe", "UnitRecipe", "op_recipe"]


class Built(NamedTuple):
    """An operation of one use, and the arithmetic behind its attributes."""

    op: Op
    expressions: dict[str, Expression]


class AttributePlaces:
    """Where attributes were written, and which of them defaults set."""

    __slots__ = ("by_default", "places")

    def __init__(self, places: Mapping[str, Located], by_default: Iterable[str]) -> None:
        self.places = dict(places)
        self.by_default = set(by_default)

    def place(self, path: tuple[Any, ...], row: Located) -> Span:
        """Where the attribute at ``path`` was written; the row for one that was not."""
        cell = self.places.get(to_field(str(path[0]))) if path else None
        return (cell or row).span


class Varying(NamedTuple):
    """A cell that may mean something else in another use, and the attributes that it sets.

    ``column`` is its whole text, where that is a column's name and gives a number.
    """

    key: str
    cell: Located
    column: str | None
    sets: tuple[str, ...]
    by_default: bool


class OpRecipe:
    """What a row's definition cells say of its operation, the part that all uses share.

    ``values`` has the attributes that are the same in every use; ``places`` where cells give
    them, ``by_default`` where defaults do, overridden ones too. ``varying`` has the cells that
    read columns or channels, in the order of their strength, and stronger cells that set an
    attribute of theirs: put after ``values``, the strongest wins. ``failed`` are the keys that
    were reported.
    """

    __slots__ = (
        "_built",
        "_column",
        "_made",
        "by_default",
        "failed",
        "op",
        "places",
        "row",
        "values",
        "varying",
    )

    def __init__(self, op: type[Op], row: Located, defaults: SortedDefaults) -> None:
        self.op = op
        self.row = row
        self.values = dict(defaults.values)
        self.places: dict[str, Located] = {}
        self.by_default: Mapping[str, Located] = defaults.places
        self.varying: list[Varying] = []
        self.failed: frozenset[str] = frozenset()
        self._built: Built | None = None
        self._made: dict[object, Op] = {}
        self._column: tuple[str, str] | None = None
        """The attribute and the column, where nothing else varies."""

    def close(self) -> None:
        """Sort out what varies, once all cells are in."""
        if len(self.varying) == 1 and self.varying[0].column is not None:
            self._column = self.varying[0].sets[0], self.varying[0].column
        self._made = _made_before(self)

    def share(self, key: str, cell: Located, scope: Scope) -> bool:
        """Put a cell that means the same in every use; False for another one.

        Raises `Poisoned` after reporting.
        """
        name, value = to_field(key), cell.value
        if key == "patch":
            literal = literal_patch(str(value)) if isinstance(value, str | int) else None
            if literal is None or "kernel" not in self.op.fields:
                return False
            kernel, stride = literal
            self._share("kernel", kernel, cell)
            if stride is not None:
                self._share("stride", stride, cell)
            return True
        if scope.reads(cell) or (isinstance(value, str) and name in self.op.arithmetic()):
            return False
        self._share(name, cell.plain() if cell.is_collection else value, cell)
        return True

    def _share(self, name: str, value: Any, cell: Located) -> None:
        self.values[name] = value
        self.places[name] = cell

    def built(self, scope: Scope, row_input: Value | None) -> Built:
        """Return the operation in one use. Raises `Poisoned` after reporting."""
        if self._built is not None:
            return self._built
        if self._column is not None:
            name, column = self._column
            try:
                expression = scope.column(column)
            except Poisoned:
                return self._build(scope, row_input)  # which finds out what else is wrong
            op = self._made.get(expression.value)
            if op is not None and not self.failed:
                return Built(op, {name: expression})
        if self.varying:
            return self._build(scope, row_input)
        op = self._made.get(()) if not self.failed else None
        self._built = self._build(scope, row_input) if op is None else Built(op, {})
        return self._built

    def _build(self, scope: Scope, row_input: Value | None) -> Built:
        attributes = AttributeValues(scope, row_input, dict(self.values))
        failed = set(self.failed)
        for key, cell, column, sets, _ in self.varying:
            try:
                if column is not None:
                    attributes.put_expression(sets[0], scope.column(column))
                else:
                    attributes.put(self.op, key, cell)
            except Poisoned:
                failed.add(key)
        try:
            op = self._validated(attributes.values)
        except Mistakes as error:
            written = self.written(scope)
            problems.report(
                error,
                self.op.names[0],
                known_keys(self.op),
                lambda path, of_key: written.place(path, self.row),
                scope.diagnostics,
                labels=lambda path: _use(path, attributes),
                has=_meant(failed),
            )
            raise Poisoned from None
        if failed:
            raise Poisoned
        return Built(op, attributes.expressions)

    def _validated(self, values: dict[str, Any]) -> Op:
        """The operation with these values; operations do not change, so one serves all uses."""
        if self._column is not None:
            key: object = values.get(self._column[0])
        else:
            varied = (values.get(name) for each in self.varying for name in each.sets)
            key = tuple((type(value), value) for value in varied)
        try:
            known = self._made.get(key)
        except TypeError:  # a list: not remembered
            return self.op.make(values)
        if known is None:
            known = self.op.make(values)
            if len(self._made) < _MOST:
                self._made[key] = known
        return known

    def written(self, scope: Scope) -> AttributePlaces:
        """Where the attributes of one use were written."""
        written = AttributePlaces(
            {**self.by_default, **self.places}, self.by_default.keys() - self.places
        )
        for key, cell, _, _, by_default in self.varying:
            place = patch_cell(cell, scope) if key == "patch" else scope.substitute(cell)
            for name in _given(key, place):
                written.places[name] = place
                (written.by_default.add if by_default else written.by_default.discard)(name)
        return written


_MOST = 300
"""How many recipes, and operations of one recipe, are remembered."""

_known_good: dict[tuple[object, ...], dict[object, Op]] = {}
"""Operations by what their uses share, then by what varies: checking one anew takes longer."""


def _made_before(recipe: OpRecipe) -> dict[object, Op]:
    """The operations that were made of such a recipe before, by the values that vary."""
    values = ((name, type(value), value) for name, value in recipe.values.items())
    key = (recipe.op, recipe._column is None, *(each.sets for each in recipe.varying), *values)
    try:
        known = _known_good.get(key)
    except TypeError:  # a list: not remembered
        return {}
    if known is None:
        known = {}
        if len(_known_good) < _MOST:
            _known_good[key] = known
    return known


def op_recipe(
    op: type[Op],
    cells: Mapping[str, Located],
    place_of_key: PlaceOfKey,
    row: Located,
    scope: Scope,
    extra: Mapping[str, Located] | None = None,
) -> OpRecipe:
    """Sort a row's definition cells into those that all uses share and those that vary.

    ``extra`` are attributes found elsewhere in the row, weaker than its cells and stronger
    than defaults. What is wrong with the shared ones is reported.
    """
    defaults = _plain_defaults(op, scope)
    recipe = OpRecipe(op, row, defaults)
    overridden: set[str] = set()
    for source in (defaults.others, extra or {}, cells):
        for key, cell in source.items():
            if source is cells and (twice := _other(op, key, cells)):
                first = [Label(cells[twice].span, f"by `{twice}`")]
                message, help_ = f"`{key}` is given by `{twice}`, too", "remove one of the two"
                scope.diagnostics.add(
                    Code.DUPLICATE_KEY, message, cell.span, help=help_, labels=first
                )
                recipe.failed |= {key}
                continue
            if key in MODIFIERS:
                continue
            sets = _sets(key)
            try:
                if key != "patch" and sets[0] not in op.attributes():
                    check_keys(op, (key,), place_of_key, scope.diagnostics)
                if overridden.isdisjoint(sets) and recipe.share(key, cell, scope):
                    continue
                overridden.update(sets)
                column = _column(op, key, cell, scope)
                varying = Varying(key, cell, column, sets, source is defaults.others)
                recipe.varying.append(varying)
            except Poisoned:
                recipe.failed |= {key}
        if source is defaults.others and recipe.places:
            recipe.by_default = {**recipe.by_default, **recipe.places}
            recipe.places = {}
    recipe.close()
    return recipe


def _sets(key: str) -> tuple[str, ...]:
    """Return the attributes that a key may set."""
    return ("kernel", "stride") if key == "patch" else (to_field(key),)


def _given(key: str, cell: Located) -> tuple[str, ...]:
    """Return the attributes that a cell sets: a patch may be a kernel alone."""
    patch = patch_of(cell) if key == "patch" else None
    return ("kernel",) if patch is not None and patch.stride is None else _sets(key)


def _column(op: type[Op], key: str, cell: Located, scope: Scope) -> str | None:
    """The column that gives a number, where a cell is nothing but its name."""
    is_number = key != "patch" and to_field(key) in op.arithmetic()
    return column_key(cell.value) if is_number and scope.reads(cell) else None


def _use(path: problems.Path, found: AttributeValues) -> list[Label]:
    """Find the use of a module that makes an attribute's arithmetic come out wrong."""
    name = to_field(str(path[0])) if path else ""
    return found.scope.in_this_use() if name in found.expressions else []


def _meant(failed: set[str]) -> set[str]:
    """Return the attributes that a row gives wrongly, which are not reported as missing too."""
    return failed | ({"kernel", "stride", "output"} if "patch" in failed else set())


def _other(op: type[Op], key: str, cells: Mapping[str, Located]) -> str | None:
    """Return the patch, where it gives the same attribute as ``key``."""
    if key not in ("kernel", "stride") or "patch" not in cells:
        return None
    written = cells["patch"].value
    patch = parse_patch(str(written)) if isinstance(written, str | int) else None
    return "patch" if patch is not None and (key == "kernel" or patch.stride) else None


def _plain_defaults(op: type[Op], scope: Scope) -> SortedDefaults:
    """The defaults of an operation in a scope, sorted once."""
    found = scope.surroundings.sorted.get(op)
    if found is not None:
        return found
    found = SortedDefaults()
    for key, cell in scope.defaults_of(op).items():
        name = to_field(key)
        plain = isinstance(cell.value, bool | float) or (
            isinstance(cell.value, str | int) and scope.substitute(cell) is cell
        )
        if key in MODIFIERS:
            continue
        if key == "patch" or not plain or name in op.arithmetic():
            found.others[key] = cell
        else:
            found.values[name], found.places[name] = cell.value, cell
    scope.surroundings.sorted[op] = found
    return found


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

    def prepared(self, scope: Scope) -> OpRecipe:
        """What all uses of it share."""
        recipe = self.recipe or self._recipe(scope)
        if not recipe.failed:
            self.recipe = recipe
        return recipe

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
