"""The end of the network's constructor: weights drawn as its spec says.

What most layers of a kind have is written as a loop over the modules; the others follow by
name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archc.ir import Operation
from archc.ops import Role
from archc.ops.initialization import TRUNCATED, Initializer
from archc.plan.arguments import LayerCall
from archc.plan.names import literal
from archc.targets.python import WIDTH, Call, layout
from archc.targets.torch.layers import RULES

__all__ = ["initialise_lines"]

_INDENT = 8

_Law = Initializer | float | None


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A weight or bias: its layer's class, its path, and how it starts."""

    kind: str
    name: str
    path: str
    start: _Law


def initialise_lines(paths: Mapping[Operation, str]) -> list[str]:
    """The statements, indented for a constructor; none where the spec says nothing.

    ``paths`` are the layers by operation.
    """
    tensors = [tensor for operation, path in paths.items() for tensor in _tensors(operation, path)]
    usual = {
        (kind, name): _usual([each for each in tensors if (each.kind, each.name) == (kind, name)])
        for kind in dict.fromkeys(each.kind for each in tensors)
        for name in ("weight", "bias")
    }
    others = [each for each in tensors if each.start not in (None, usual[each.kind, each.name])]
    return [*_loop(usual, tensors), *_named(others)]


def _tensors(operation: Operation, path: str) -> list[_Tensor]:
    """The kernel and the bias of a layer, if it has any."""
    held = [
        tensor
        for tensor in operation.op.tensors(operation.input_shapes)
        if tensor.role in (Role.KERNEL, Role.BIAS)
    ]
    if not held:
        return []
    layer = RULES[type(operation.op)](operation.op, operation.input_shapes)
    assert isinstance(layer, LayerCall), "what has tensors is a layer"
    kind = layer.name
    return [_Tensor(kind, each.name, f"{path}.{each.name}", each.start) for each in held]


def _usual(tensors: Sequence[_Tensor]) -> _Law:
    """What most start with, the later of equals; None where some are left to torch."""
    starts = Counter(each.start for each in reversed(tensors))
    return None if None in starts or not starts else starts.most_common(1)[0][0]


def _loop(usual: Mapping[tuple[str, str], _Law], tensors: Sequence[_Tensor]) -> list[str]:
    """The loop over modules, layers that start alike in one branch."""
    alike: dict[tuple[_Law, _Law], list[str]] = {}
    for kind in dict.fromkeys(each.kind for each in tensors):
        starts = usual[kind, "weight"], usual[kind, "bias"]
        if starts != (None, None):
            alike.setdefault(starts, []).append(kind)
    lines = []
    for index, ((weight, bias), kinds) in enumerate(alike.items()):
        word = "elif" if index else "if"
        lines.append(f"            {word} isinstance(module, {' | '.join(kinds)}):")
        if weight is not None:
            lines += _draw(weight, "module.weight", 16)
        if bias is not None:
            lines += _constant(bias, kinds, tensors)
    return ["        for module in self.modules():", *lines] if lines else []


def _constant(start: _Law, kinds: Sequence[str], tensors: Sequence[_Tensor]) -> list[str]:
    """The bias of the loop's module, which a convolution may lack."""
    of_kinds = [each for each in tensors if each.kind in kinds]
    biases = sum(each.name == "bias" for each in of_kinds)
    if not any(map(_may_lack_bias, kinds)) and 2 * biases == len(of_kinds):
        return _draw(start, "module.bias", 16)
    check = "                if module.bias is not None:"
    return [check, *_draw(start, "module.bias", 20)]


def _named(tensors: Sequence[_Tensor]) -> list[str]:
    """What starts differently, tensors that start alike together."""
    groups: dict[_Law, list[_Tensor]] = {}
    for each in tensors:
        groups.setdefault(each.start, []).append(each)
    lines = []
    for start, group in groups.items():
        paths = [each.path for each in group]
        if len(paths) == 1:
            lines += _draw(start, _reference(group[0]), _INDENT, paths[0])
            continue
        names = tuple(literal(path) for path in paths)
        lines += layout(Call("", names, "("), _INDENT, "for name in ", ":")
        lines += _draw(start, "self.get_parameter(name)", _INDENT + 4)
    return lines


def _reference(tensor: _Tensor) -> str | Call:
    """The parameter: as an attribute where no sequence is on the way.

    A convolution's bias is declared to be optional, but not what `get_parameter` gives.
    """
    path = tensor.path
    is_optional = _may_lack_bias(tensor.kind) and tensor.name == "bias"
    if is_optional or any(part.isdecimal() for part in path.split(".")):
        return _by_name(path)
    return f"self.{path}"


def _may_lack_bias(kind: str) -> bool:
    """Whether torch declares the bias of such a layer to be optional."""
    return kind.startswith("nn.Conv")


def _by_name(path: str) -> Call:
    return Call("self.get_parameter", (literal(path),))


def _draw(start: _Law, tensor: str | Call, indent: int, path: str = "") -> list[str]:
    """The statements that fill a tensor; ``path`` is where it is, if it is one alone."""
    if not isinstance(start, Initializer):
        call = Call("nn.init.zeros_", (tensor,))
        if start:
            call = Call("nn.init.constant_", (tensor, literal(start)))
        return layout(call, indent)
    if start.distribution == "truncated normal" and start.size is None:
        return _cut_normal(start, tensor, indent, path)
    return layout(_call(start, tensor), indent)


def _call(start: Initializer, tensor: str | Call) -> Call:
    size = start.size
    match start.distribution:
        case "normal" if size is not None:
            return Call("nn.init.normal_", (tensor, f"std={literal(size)}"))
        case "uniform" if size is not None:
            return Call("nn.init.uniform_", (tensor, literal(-size), literal(size)))
        case "truncated normal" if size is not None:
            ends = (f"a={literal(-2 * size)}", f"b={literal(2 * size)}")
            return Call("nn.init.trunc_normal_", (tensor, f"std={literal(size)}", *ends))
    if start.fan == "fan average":
        factor = () if start.scale == 1 else (f"gain={literal(start.scale**0.5)}",)
        return Call(f"nn.init.xavier_{start.distribution}_", (tensor, *factor))
    mode = ('mode="fan_out"',) if start.fan == "fan out" else ()
    gain = f"nonlinearity={literal('relu' if start.scale == 2 else 'linear')}"
    return Call(f"nn.init.kaiming_{start.distribution}_", (tensor, *mode, gain))


def _cut_normal(start: Initializer, tensor: str | Call, indent: int, path: str) -> list[str]:
    """A normal distribution by fan, cut at two standard deviations, for which torch has no name.

    Where its deviation does not fit on a line, the tensor has a name first, and a mean fan too.
    A single tensor is then had by its ``path``, so that all these have one type.
    """
    margin = " " * indent
    text = tensor if isinstance(tensor, str) else tensor.flat
    deviation = f"{margin}std = {_deviation(start, _fan(start, text))}"
    lines = [deviation]
    if len(deviation) > WIDTH:
        lines = [f"{margin}weight = {text}"]
        if path:
            lines = layout(_by_name(path), indent, "weight = ")
        tensor, fan = "weight", _fan(start, "weight")
        if start.fan == "fan average":
            lines.append(f"{margin}fan = {fan.removeprefix('(').removesuffix(')')}")
            fan = "fan"
        lines.append(f"{margin}std = {_deviation(start, fan)}")
    call = Call("nn.init.trunc_normal_", (tensor, "std=std", "a=-2 * std", "b=2 * std"))
    return [*lines, *layout(call, indent)]


def _fan(start: Initializer, tensor: str) -> str:
    """The fan of a kernel as an operand of a division."""
    into, out = f"{tensor}[0].numel()", f"{tensor}.numel() / {tensor}.shape[1]"
    match start.fan:
        case "fan in":
            return into
        case "fan out":
            return f"({out})"
    return f"(({into} + {out}) / 2)"


def _deviation(start: Initializer, fan: str) -> str:
    return f"({start.scale:g} / {fan}) ** 0.5 / {TRUNCATED:.4f}"
