"""What makes two blocks the same class: their layers and wiring, whatever the numbers."""

from __future__ import annotations

from collections.abc import Hashable

from archc.ir import Block, Node, Operation, Value
from archc.targets.torch.body import is_class
from archc.targets.torch.layers import RULES, Formula

__all__ = ["structure"]


def structure(block: Block) -> Hashable:
    """A key that is equal for blocks which one class can serve."""
    numbers: dict[Value, int] = {block.input: 0}
    children = tuple(_node(node, numbers) for node in block.children)
    return (block.kind, block.module, children, numbers.get(block.output, -1))


def _node(node: Node, numbers: dict[Value, int]) -> Hashable:
    if isinstance(node, Operation):
        return _operation(node, numbers)
    source = numbers.get(node.input, -1)
    if is_class(node):
        key: Hashable = structure(node)
    else:
        key = (node.kind, tuple(_node(each, numbers) for each in node.children))
    numbers.setdefault(node.output, len(numbers))
    return (node.name, source, key, numbers[node.output])


def _operation(node: Operation, numbers: dict[Value, int]) -> Hashable:
    rule = RULES[type(node.op)](node.op, node.input_shapes)
    layer: Hashable
    if isinstance(rule, Formula):
        layer = rule
    else:
        layer = (rule.name, tuple(slot.name for slot in rule.slots))
    reads = tuple(numbers.get(value, -1) for value in node.inputs)
    numbers[node.output] = len(numbers)
    return (node.name, type(node.op).__name__, layer, reads)
