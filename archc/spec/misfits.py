"""Report inputs that do not fit an operation: where to show that, and what contributed to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archc.diagnostics import Diagnostics, Label, Span
from archc.fields import to_key
from archc.ir import Origin, Value
from archc.ops import Op, ShapeError, format_shape
from archc.spec.located import Located
from archc.spec.recipes import AttributePlaces, UnitRecipe

__all__ = ["Misfit", "UnitUse", "is_within", "report_shape", "shown_value"]


class UnitUse(NamedTuple):
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


class Misfit(NamedTuple):
    """The operation of a unit whose inputs do not fit, and where its attributes were written.

    ``following`` is where a norm or an activation was written, which follows another operation.
    """

    op: Op
    written: AttributePlaces
    inputs: tuple[Value, ...]
    following: Located | None


def report_shape(
    error: ShapeError,
    unit: UnitUse,
    misfit: Misfit,
    turns: Iterable[Label],
    diagnostics: Diagnostics,
) -> None:
    """Report inputs that do not fit, at the attribute or the row, with where they come from.

    ``turns`` say at which of their uses the repeated rows around are.
    """
    origin = unit.origin
    used = [Label(origin.uses[-1], "in this use")] if origin.uses else []
    span, about = _about(error, misfit, origin)
    if origin.uses and is_within(span, origin.uses[-1]):
        used = [Label(origin.span, "in this row of the module")]
    labels = [*(unit.sources() or _giver(misfit.inputs[0], origin)), *about, *turns, *used]
    help_ = error.help
    if misfit.following is not None:
        help_ = "write `none` for it on this row"
        labels.append(Label(misfit.following.span, "which is to follow it"))
    diagnostics.add(error.code, error.message, span, help=help_, labels=labels)


def _about(error: ShapeError, misfit: Misfit, origin: Origin) -> tuple[Span, list[Label]]:
    """Choose where a shape error is shown: at the attribute that it is about, if the row has it.

    What other attributes have to do with it are labels; so is one that is a default, as what
    is wrong is the row.
    """
    op, written = misfit.op, misfit.written
    named = [(name, written.places[name]) for name in error.about if name in written.places]
    span = origin.span
    if named and named[0][0] not in written.by_default:
        span = named.pop(0)[1].span
    labels = [
        Label(place.span, f"by default, `{to_key(name)}` is {shown_value(op, name)}")
        if name in written.by_default
        else Label(place.span, f"`{to_key(name)}` is {shown_value(op, name)}")
        for name, place in named
    ]
    return span, labels


def is_within(span: Span, outer: Span) -> bool:
    """Whether a cell is one of a row's, as a module's column is given by its use."""
    begins, ends = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return span.source is outer.source and begins <= (span.line, span.column) < ends


def shown_value(op: Op, name: str) -> str:
    """Write an attribute's value as a spec does."""
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
