"""What a class's constructor takes: columns, and whatever else differs between its uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from archc.ir import Block
from archc.plan.arguments import (
    Argument,
    Expressed,
    Parameter,
    Passing,
    argument_text,
    is_default,
    type_name,
)
from archc.plan.names import identifier
from archc.plan.symbol import Symbol
from archc.plan.uses import FIXED, ClassBody, Construction, UseDifference, column_names

__all__ = ["Lifted", "UseBody", "lift"]

_PartPosition = tuple[str, int]
"""A part: its member, and its number in it."""

_Position = tuple[str, int, str]
"""An argument: the member, the number of the part in it, the argument's name."""


@dataclass(frozen=True, slots=True)
class UseBody:
    """The inside of ``count`` equal uses of a class, and how it differs from the fullest one."""

    body: ClassBody
    difference: UseDifference
    count: int


@dataclass(slots=True)
class Lifted:
    """A class's parameters, and what some of them stand for.

    ``values``: an argument that differs between uses. ``layers``: a part whose layer differs.
    ``options``: a member that some uses lack.
    """

    parameters: list[Parameter] = field(default_factory=list)
    values: dict[_Position, Parameter] = field(default_factory=dict)
    layers: dict[_PartPosition, Parameter] = field(default_factory=dict)
    options: dict[str, Parameter] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs between uses but columns and channels."""
        return not (self.values or self.layers or self.options)

    def given(self, members: Sequence[tuple[str, Construction]]) -> dict[str, Any]:
        """Return the values of these parameters in a use with those members."""
        arguments, heads = _arguments_of(members), _heads(members)
        present = {name for name, _ in members}
        values = {
            each.name: arguments[at].value for at, each in self.values.items() if at in arguments
        }
        layers = {
            each.name: _layer_class(heads[at]) for at, each in self.layers.items() if at in heads
        }
        return values | layers | {each.name: at in present for at, each in self.options.items()}


def lift(template: Block, uses: Sequence[UseBody]) -> Lifted:
    """Make parameters of what differs between uses; the first one's body is rewritten.

    ``template`` is the first, the fullest use.
    """
    return _Lifting(template, uses).run()


class _Lifting:
    """Rewrites the first body while the others stay as they are.

    ``table`` has the arguments of all bodies as they were: a parameter put into the first body
    does not change it.
    """

    def __init__(self, template: Block, uses: Sequence[UseBody]) -> None:
        self.block = template
        self.uses = uses
        self.body = uses[0].body
        self.table = [_arguments_of(use.body.members) for use in uses]
        self.lifted = Lifted()
        self.taken = {*FIXED, *column_names(template).values()}

    def run(self) -> Lifted:
        values = self.lift_values()
        options = [*self.lift_layers(), *self.lift_options()]
        self.lifted.parameters = self.parameters([*values, *options])
        return self.lifted

    def new(self, name: str, type_: str, default: Any, is_first: bool = False) -> Parameter:
        """Return a parameter with a name of its own."""
        place: Passing = "first" if is_first else "either"
        parameter = Parameter(identifier(name, self.taken), type_, default, place)
        self.taken.add(parameter.name)
        return parameter

    def lift_values(self) -> list[Parameter]:
        """Make a parameter of each argument that differs; those that differ alike share one."""
        lifted: dict[tuple[str | None, ...], Parameter] = {}
        first = sorted(self.table[0].items(), key=lambda item: self.lacking(item[0]))
        for at, argument in first:
            values = [arguments[at].value for arguments in self.table if at in arguments]
            differs = len(set(map(argument_text, values))) > 1
            followed = self.followed(at) if self.lacking(at) else None
            if followed is not None and (differs or argument.name == "stride"):
                self.put(at, followed.name)
                continue
            if not differs:
                continue
            half = self.half_kernel(at) if argument.name == "padding" else None
            if half is not None:
                self.put(at, half)
                continue
            key = (argument.name, *(self.text(arguments, at) for arguments in self.table))
            if key not in lifted:
                is_first = argument.name == "kernel_size" and self.block.kind == "unit"
                default = values[0] if self.lacking(at) else argument.default
                lifted[key] = self.new(argument.name, type_name(values), default, is_first)
            self.lifted.values[at] = lifted[key]
            self.put(at, lifted[key].name)
        return list(lifted.values())

    def text(self, arguments: Mapping[_Position, Argument], at: _Position) -> str | None:
        """Return an argument of a use as code; None where the use has none."""
        return argument_text(arguments[at].value) if at in arguments else None

    def lacking(self, at: _Position) -> bool:
        """Whether some uses have no such argument."""
        return any(at not in arguments for arguments in self.table)

    def followed(self, at: _Position) -> Parameter | None:
        """Return the parameter that an optional layer shares with one that all uses have.

        A projected shortcut strides as the branch beside it does, or the two would not fit:
        with a number it would be right for the uses of today alone.
        """
        if isinstance(self.table[0][at].value, Symbol):
            return None
        having = [arguments for arguments in self.table if at in arguments]
        for place, parameter in self.lifted.values.items():
            is_alike = place[2] == at[2] and not self.lacking(place)
            if is_alike and all(each[place].value == each[at].value for each in having):
                return parameter
        return None

    def half_kernel(self, at: _Position) -> str | None:
        """Return ``kernel_size // 2`` where that is the padding of every use."""
        same_part = (
            (place, parameter)
            for place, parameter in self.lifted.values.items()
            if place[:2] == at[:2] and parameter.name == "kernel_size"
        )
        place, kernel = next(same_part, (None, None))
        if place is None or kernel is None:
            return None
        pairs = [(each[place].value, each[at].value) for each in self.table if at in each]
        are_halves = all(type(size) is int and padding == size // 2 for size, padding in pairs)
        return f"{kernel.name} // 2" if are_halves else None

    def put(self, at: _Position, text: str) -> None:
        """Set an argument in the class."""
        member, number, name = at
        part = _parts_by_place(self.body.members)[member, number]
        part.arguments = [
            replace(each, value=Expressed(text)) if each.name == name else each
            for each in part.arguments
        ]

    def lift_layers(self) -> Iterable[Parameter]:
        """Make a parameter of each layer that is another one in some uses."""
        heads = [(_heads(use.body.members), use.count) for use in self.uses]
        for at in sorted({at for use in self.uses for at in use.difference.changed}):
            times: Counter[str] = Counter()
            for head, count in heads:
                if at in head:
                    times[head[at]] += count
            part = _parts_by_place(self.body.members)[at]
            assert part.operation is not None
            name = part.operation.name.split("_")[-1]
            type_ = " | ".join(f"type[{head}]" for head in sorted(times))
            parameter = self.new(name, type_, _layer_class(times.most_common(1)[0][0]))
            self.lifted.layers[at] = parameter
            part.head = parameter.name
            part.arguments = [each for each in part.arguments if not is_default(each)]
            yield parameter

    def lift_options(self) -> Iterable[Parameter]:
        """Make a flag for each member that some uses lack."""
        everything = sum(use.count for use in self.uses)
        for name, construction in self.body.members:
            lacking = sum(use.count for use in self.uses if name in use.difference.missing)
            if lacking:
                default = 2 * lacking < everything
                parameter = self.new(name.removeprefix("branch_"), "bool", default)
                self.lifted.options[name] = parameter
                construction.option = parameter.name
                yield parameter

    def parameters(self, lifted: Sequence[Parameter]) -> list[Parameter]:
        """Return the parameters in order: channels, columns, classes, then what was lifted."""
        arguments = _arguments_of(self.body.members).values()
        used = set(re.findall(r"\w+", " ".join(argument_text(each.value) for each in arguments)))
        defaults = self.block.module.defaults if self.block.module else {}
        found = [Parameter("in_channels", "int", place="first")]
        for column, name in column_names(self.block).items():
            default = defaults.get(column)
            found.append(Parameter(name, "int", default, "first" if default is None else "either"))
        found.append(Parameter("out_channels", "int", place="first"))
        found.append(Parameter("num_classes", "int"))
        found = [each for each in found if each.name in used]
        return sorted([*found, *lifted], key=lambda each: each.default is not None)


def _arguments_of(members: Sequence[tuple[str, Construction]]) -> dict[_Position, Argument]:
    """Return all constructor arguments by place."""
    return {
        (*place, argument.name): argument
        for place, part in _parts_by_place(members).items()
        for argument in part.arguments
    }


def _parts_by_place(
    members: Sequence[tuple[str, Construction]],
) -> dict[_PartPosition, Construction]:
    """Return the parts by member and number."""
    return {
        (name, number): part
        for name, construction in members
        for number, part in enumerate(construction.walk())
    }


def _layer_class(head: str) -> Expressed:
    """Return a layer's class as a value."""
    return Expressed(head, f"type[{head}]")


def _heads(members: Sequence[tuple[str, Construction]]) -> dict[_PartPosition, str]:
    return {place: part.head for place, part in _parts_by_place(members).items()}
