"""What every operation states about itself: attributes, shapes, tensors, costs, field, words.

All that is known of an operation, and is no target's business, is on its class. A default here
is safe for an operation that says nothing: it costs what its tensors cost, it is taken to
overwrite what it reads, so that the executor protects that, and nothing is fused into it.

Costs follow one convention throughout archc. Params are learned numbers (running statistics
are buffers). Weights are the kernels of convolutions and linear layers alone. Multiply-adds
are those of convolutions and linear layers, one operation each, without bias.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from functools import cache
from math import prod
from typing import Any, ClassVar, final

from archc.diagnostics import Code
from archc.fields import Record
from archc.ops.family import Family
from archc.ops.shape import Reach, Shape, ShapeError, format_shape, is_map
from archc.ops.tensor import LayerTensor, Role
from archc.ops.wording import attribute_words

__all__ = ["Elementwise", "Op", "expect_map", "one"]


class Op(Record, ABC):
    """One primitive operation. Its fields are its attributes and thereby its YAML schema."""

    # What it is called.

    names: ClassVar[tuple[str, ...]]
    """What tables call it; the first is archc's own name."""
    short: ClassVar[str] = ""
    """What code calls it beside its norm and activation (``conv``); else the first name."""
    family: ClassVar[Family] = Family.OTHER
    """What it is like: its colour in drawings, its word in a legend."""
    parenthesis: ClassVar[str | None] = None
    """The attribute that a table gives in parentheses: ``dropout (40%)``."""

    # What it takes and gives.

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """How many tensors it takes, at least and at most."""
    keeps_shape: ClassVar[bool] = False
    """Whether its output has its input's shape, whatever that is."""
    layers: ClassVar[int] = 0
    """What it adds to the depth of a network, which counts layers with kernels."""
    ends_in_probabilities: ClassVar[bool] = False
    """Whether it turns logits into probabilities, which emitted modules leave to the loss."""

    # What it computes, in evaluation.

    is_linear: ClassVar[bool] = False
    """Whether it is a linear function of its inputs, up to a constant."""
    is_sum: ClassVar[bool] = False
    """Whether it is the sum of its inputs."""
    is_concatenation: ClassVar[bool] = False
    """Whether it gives its inputs one after the other, along the channels."""
    never_negative: ClassVar[bool] = False
    """Whether it gives nothing below zero, whatever it reads."""
    keeps_sign: ClassVar[bool] = False
    """Whether it gives nothing below zero where its inputs have nothing below zero."""

    # What may stand for it, where networks are compared.

    has_substitutes: ClassVar[bool] = False
    """Whether another operation of its family may do its work, as an average pool a max pool's."""
    is_associative: ClassVar[bool] = False
    """Whether a join of its joins is one join of all their inputs."""
    order_matters: ClassVar[bool] = True
    """Whether its inputs in another order give another result."""
    is_noise: ClassVar[bool] = False
    """Whether it disturbs training by its ``rate``, and is inert in evaluation."""
    training_only: ClassVar[frozenset[str]] = frozenset({"weight_init", "bias_init"})
    """Attributes that say how training starts or goes, not what the operation computes."""

    # What memory it needs, and what a compiler may do with it.

    is_view: ClassVar[bool] = False
    """Whether its output is its input's memory."""
    fresh: ClassVar[bool] = False
    """Whether its output is a new tensor that its own gradient does not need."""
    in_place: ClassVar[bool] = False
    """Whether it may overwrite its input when nothing else reads it."""
    may_overwrite: ClassVar[bool] = True
    """Whether a compiler may compute it into the memory of what it reads."""
    folds: ClassVar[bool] = False
    """Whether a factor and a sum per output channel fold into its ``weight`` and ``bias``."""
    takes_sum: ClassVar[bool] = False
    """Whether kernels for it commonly add a tensor to the result before they store it."""
    takes_activation: ClassVar[bool] = False
    """Whether kernels for it commonly apply an activation before they store the result."""
    is_fused: ClassVar[bool] = False
    """Whether it is an activation that such kernels commonly apply."""

    # How it is said: see `listing`.

    said_elsewhere: ClassVar[frozenset[str]] = frozenset()
    """Attributes that `size_words` says."""

    is_unsaid: ClassVar[bool] = False
    """Whether a figure leaves it out behind what has a kernel: a norm, a ReLU."""
    absorbs: ClassVar[bool] = False
    """Whether one that another of its class alone reads is drawn as part of that one."""

    @abstractmethod
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The output's shape. Raises `ShapeError` when the inputs do not fit."""

    @abstractmethod
    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """Return which cells of an input of shape ``source`` a cell of the output sees.

        Along height and along width; None where it sees the cell in its own place alone.
        """

    def tensors(self, inputs: Sequence[Shape]) -> tuple[LayerTensor, ...]:
        """The tensors that the layer holds, in torch's order: learned ones and buffers."""
        return ()

    @final
    def weights(self, inputs: Sequence[Shape]) -> int:
        """Learned kernel weights of convolutions and linear layers."""
        return self.counts(inputs)[1]

    @final
    def params(self, inputs: Sequence[Shape]) -> int:
        """All learned numbers: kernels, biases, a norm's scale and shift."""
        return self.counts(inputs)[0]

    @final
    def counts(self, inputs: Sequence[Shape]) -> tuple[int, int]:
        """Count params and weights together."""
        params = weights = 0
        for tensor in self.tensors(inputs):
            if tensor.role is Role.KERNEL:
                weights += prod(tensor.shape)
            elif tensor.is_learned:
                params += prod(tensor.shape)
        return params + weights, weights

    def positions(self, inputs: Sequence[Shape], output: Shape) -> int:
        """How often each kernel weight is used for one sample: once per output position."""
        return prod(output[1:])

    @final
    def costs(self, inputs: Sequence[Shape], output: Shape) -> tuple[int, int, int]:
        """Params, weights and multiply-adds for one sample, for who wants all of them.

        Multiply-adds are each kernel weight as often as it is used.
        """
        params, weights = self.counts(inputs)
        return params, weights, weights * self.positions(inputs, output) if weights else 0

    @final
    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Multiply-adds for one sample."""
        return self.costs(inputs, output)[2]

    def fvcore_flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """What fvcore's ``FlopCountAnalysis`` counts for one sample, in evaluation.

        Its operations are multiply-adds of kernels; for some others it counts elements.
        """
        return self.macs(inputs, output)

    def temporaries(self, inputs: Sequence[Shape], output: Shape, element: int) -> int:
        """Bytes that torch takes beside the output, for one sample of ``element`` bytes each."""
        return 0

    def variant(self, inputs: Sequence[Shape]) -> Hashable:
        """Return what two operations of one type must share to be one kind of layer.

        Frameworks may have several layers for one operation: batch norms of maps and of vectors.
        """
        return ()

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether it gives exactly its only input, in evaluation."""
        return False

    def effect(self, source: Shape, output: Shape) -> Hashable:
        """Return a value that is equal for all that map ``source`` to ``output`` in the same way.

        On a 7×7 map a 7×7 average pool, a global one and an adaptive one to 1×1 have one effect;
        padding and ceil mode that no window reaches have none.
        """
        return type(self), *self.compared().items()

    def compared(self) -> dict[str, Any]:
        """The attributes that decide what it computes; numbers are rounded to nine digits."""
        return {
            name: float(f"{value:.9g}") if isinstance(value, float) else value
            for name, value in self.values().items()
            if name not in self.training_only
        }

    def values_on(self, source: Shape) -> dict[str, Any]:
        """Return the attributes as they are on that input: a padding of ``same`` in cells."""
        return self.values()

    def absorbing(self, before: Op, source: Shape) -> Op | None:
        """Return the operation that does what ``before`` and this one do; None if there is none.

        ``source`` is the shape between the two.
        """
        return None

    @property
    def factor(self) -> float | None:
        """What it multiplies every element by, where it does nothing else."""
        return None

    @property
    def has_bias(self) -> bool:
        """Whether the layer has a learned bias."""
        return bool(getattr(self, "bias", False))

    # In words

    def size_words(self) -> str:
        """What follows its name, as tables print it: ``3×3/2``. Empty for most."""
        return ""

    def patch_words(self) -> str:
        """Kernel and stride as tables print them, the stride always: ``3×3/1``. Empty for most."""
        return ""

    def describe(self) -> str:
        """Name the operation and what makes it this one: ``max pool 3×3/2``."""
        return f"{self.names[0]} {self.size_words()}".rstrip()

    def listing(self) -> str:
        """Write the operation with all that is no default.

        ``convolution 3×3/2, 64 filters, padding 1``; without what matters in training only.
        """
        given = [
            attribute_words(name, value)
            for name, value in sorted(self.values().items(), key=_widths_first)
            if name not in self.said_elsewhere | self.training_only
            and value != self.fields[name].default
        ]
        return ", ".join([f"{self.names[0]} {self.size_words()}".rstrip(), *given])

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """Return the lines of its box in a figure: what it is, and below it how much."""
        return (self.names[0].capitalize(),)

    # About all operations of the class

    @classmethod
    @cache
    def arithmetic(cls) -> frozenset[str]:
        """The attributes that a spec may compute from columns."""
        return frozenset(name for name, field in cls.fields.items() if field.type.is_arithmetic)

    @classmethod
    @cache
    def attributes(cls) -> frozenset[str]:
        """The names of all attributes."""
        return frozenset(cls.fields)

    @classmethod
    @cache
    def required(cls) -> tuple[str, ...]:
        """The attributes that have no default."""
        return tuple(name for name, field in cls.fields.items() if field.is_required)


class Elementwise(Op):
    """An operation on each element: the output has the input's shape."""

    keeps_shape: ClassVar = True

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return one(inputs)

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """Each cell sees its own place."""
        return None


def _widths_first(item: tuple[str, object]) -> bool:
    return item[0] not in ("filters", "groups")


def one(inputs: Sequence[Shape]) -> Shape:
    """Return the only input."""
    (shape,) = inputs
    return shape


def expect_map(op: Op, shape: Shape) -> tuple[int, int, int]:
    """Return channels, height and width of a map. Raises `ShapeError` for a vector."""
    if is_map(shape):
        channels, height, width = shape
        return channels, height, width
    raise ShapeError(
        Code.WRONG_RANK,
        f"{op.names[0]} needs a feature map (height×width×channels), "
        f"its input is a vector of {format_shape(shape)}",
        "move it before the `flatten` row",
    )
