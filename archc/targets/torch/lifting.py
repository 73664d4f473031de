"""What a class's constructor takes: columns, and whatever else differs between its uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from archc.ir import Block
from archc.targets.python import identifier
from archc.targets.symbol import Symbol
from archc.targets.torch.body import Body
from archc.targets.torch.columns import FIXED, column_names
from archc.targets.torch.layers import Slot
from archc.targets.torch.parts import Name, Part, is_default, slot_text
from archc.targets.torch.variants import Difference

__all__ = ["Lifted", "Parameter", "lift", "slots_of"]

Place = tuple[str, int, str]
"""An argument: the attribute, the number of the part in it, the argument's name."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A constructor argument; ``default`` is None where there is none."""

    name: str
    type: str
    default: Any = None
    positional: bool = False


@dataclass(slots=True)
class Lifted:
    """A class's parameters, and what some of them stand for.

    ``values``: an argument that differs between uses. ``layers``: a part (attribute and number)
    whose layer differs. ``options``: an attribute that some uses lack.
    """

    parameters: list[Parameter] = field(default_factory=list)
    values: dict[Place, Parameter] = field(default_factory=dict)
    layers: dict[tuple[str, int], Parameter] = field(default_factory=dict)
    options: dict[str, Parameter] = field(default_factory=dict)

    def given(self, body: Body) -> dict[str, Any]:
        """The values of these parameters in a use with that body."""
        slots, heads = slots_of(body), _heads(body)
        present = {name for name, _ in body.attributes}
        found = {each.name: slots[at].value for at, each in self.values.items() if at in slots}
        found |= {each.name: Name(heads[at]) for at, each in self.layers.items() if at in heads}
        return found | {each.name: at in present for at, each in self.options.items()}


def lift(
    block: Block, bodies: Sequence[Body], differences: Sequence[Difference], is_unit: bool
) -> Lifted:
    """Make parameters of what differs between ``bodies``; the first, the fullest, is rewritten.

    ``differences`` are those of each body from the first.
    """
    return _Lifting(block, bodies, differences, is_unit).run()


class _Lifting:
    def __init__(
        self, block: Block, bodies: Sequence[Body], differences: Sequence[Difference], unit: bool
    ) -> None:
        self.block = block
        self.bodies = bodies
        self.differences = differences
        self.is_unit = unit
        self.found = Lifted()
        self.taken = {*FIXED, *column_names(block).values()}

    def run(self) -> Lifted:
        lifted = self.lift_values()
        options = [*self.lift_layers(), *self.lift_options()]
        self.found.parameters = self.parameters([*lifted, *options])
        return self.found

    def new(self, name: str, type_: str, default: Any, positional: bool = False) -> Parameter:
        """A parameter with a name of its own."""
        parameter = Parameter(identifier(name, self.taken), type_, default, positional)
        self.taken.add(parameter.name)
        return parameter

    def lift_values(self) -> list[Parameter]:
        """A parameter for each argument that differs; arguments that differ alike share one."""
        table = [slots_of(body) for body in self.bodies]
        lifted: dict[tuple[str, ...], Parameter] = {}
        for at, slot in sorted(table[0].items(), key=lambda item: _lacking(table, item[0]) > 0):
            values = [slots[at].value for slots in table if at in slots]
            texts = tuple(slot_text(value) for value in values)
            followed = self.followed(table, at)
            if followed is not None and (len(set(texts)) > 1 or slot.name == "stride"):
                self.put(at, Name(followed.name))
                continue
            if len(set(texts)) == 1:
                continue
            half = self.half_kernel(table, at) if slot.name == "padding" else None
            if half is not None:
                self.put(at, Name(half))
                continue
            key = (slot.name, *texts)
            if key not in lifted:
                positional = slot.name == "kernel_size" and self.is_unit
                default = slot.default if len(values) == len(table) else values[0]
                lifted[key] = self.new(slot.name, _type_of(values), default, positional)
            self.found.values[at] = lifted[key]
            self.put(at, Name(lifted[key].name))
        return list(lifted.values())

    def followed(self, table: Sequence[Mapping[Place, Slot]], at: Place) -> Parameter | None:
        """The argument that an optional layer shares with one that all uses have.

        A projected shortcut strides as the branch beside it does, or the two would not fit:
        with a number it would be right for the uses of today alone.
        """
        if not _lacking(table, at) or isinstance(table[0][at].value, Symbol):
            return None
        having = [slots for slots in table if at in slots]
        for place, parameter in self.found.values.items():
            alike = place[2] == at[2] and not _lacking(table, place)
            if alike and all(slots[place].value == slots[at].value for slots in having):
                return parameter
        return None

    def half_kernel(self, table: Sequence[Mapping[Place, Slot]], at: Place) -> str | None:
        """``kernel_size // 2`` where that is the padding of every use."""
        same_part = (
            (place, each)
            for place, each in self.found.values.items()
            if place[:2] == at[:2] and each.name == "kernel_size"
        )
        place, kernel = next(same_part, (None, None))
        if place is None or kernel is None:
            return None
        pairs = [(slots[place].value, slots[at].value) for slots in table if at in slots]
        halves = all(type(size) is int and padding == size // 2 for size, padding in pairs)
        return f"{kernel.name} // 2" if halves else None

    def put(self, at: Place, value: Name) -> None:
        """Set an argument in the class."""
        attribute, number, argument = at
        part = _numbered(self.bodies[0])[attribute, number]
        part.slots = [
            replace(slot, value=value) if slot.name == argument else slot for slot in part.slots
        ]

    def lift_layers(self) -> Iterable[Parameter]:
        """A parameter for each layer that is another one in some uses."""
        heads = [_heads(body) for body in self.bodies]
        for at in sorted({at for each in self.differences for at in each.changed}):
            found = Counter(each[at] for each in heads if at in each)
            part = _numbered(self.bodies[0])[at]
            assert part.operation is not None
            name = part.operation.name.split("_")[-1]
            type_ = " | ".join(f"type[{head}]" for head in sorted(found))
            parameter = self.new(name, type_, Name(found.most_common(1)[0][0]))
            self.found.layers[at] = parameter
            part.head = parameter.name
            part.slots = [slot for slot in part.slots if not is_default(slot)]
            yield parameter

    def lift_options(self) -> Iterable[Parameter]:
        """A flag for each attribute that some uses lack."""
        for name, part in self.bodies[0].attributes:
            lacking = sum(name in each.missing for each in self.differences)
            if lacking:
                default = 2 * lacking < len(self.bodies)
                parameter = self.new(name.removeprefix("branch_"), "bool", default)
                self.found.options[name] = parameter
                part.option = parameter.name
                yield parameter

    def parameters(self, lifted: Sequence[Parameter]) -> list[Parameter]:
        """The parameters in order: channels, columns, classes, then what was lifted."""
        slots = slots_of(self.bodies[0]).values()
        used = set(re.findall(r"\w+", " ".join(slot_text(slot.value) for slot in slots)))
        defaults = self.block.module.defaults if self.block.module else {}
        found = [Parameter("in_channels", "int", positional=True)]
        for column, name in column_names(self.block).items():
            default = defaults.get(column)
            found.append(Parameter(name, "int", default, positional=default is None))
        found.append(Parameter("out_channels", "int", positional=True))
        found.append(Parameter("num_classes", "int"))
        found = [each for each in found if each.name in used]
        return sorted([*found, *lifted], key=lambda each: each.default is not None)


def _lacking(table: Sequence[Mapping[Place, Slot]], at: Place) -> int:
    """How many uses have no such argument."""
    return sum(at not in slots for slots in table)


def slots_of(body: Body) -> dict[Place, Slot]:
    """All constructor arguments by place."""
    return {
        (*place, slot.name): slot for place, part in _numbered(body).items() for slot in part.slots
    }


def _numbered(body: Body) -> dict[tuple[str, int], Part]:
    """The parts by attribute and number."""
    return {
        (name, number): part
        for name, root in body.attributes
        for number, part in enumerate(root.walk())
    }


def _heads(body: Body) -> dict[tuple[str, int], str]:
    return {place: part.head for place, part in _numbered(body).items()}


def _type_of(values: Sequence[Any]) -> str:
    """The annotation for a lifted argument."""
    names = {_type_name(value) for value in values}
    return " | ".join(sorted(names, key=lambda name: (len(name), name)))


def _type_name(value: Any) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(_type_name(each) for each in value)}]"
    return "int" if isinstance(value, Symbol) else type(value).__name__
