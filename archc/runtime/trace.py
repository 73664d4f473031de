"""A module's graph, recorded while it runs on tensors that have shapes and no numbers.

The module's own Python runs, so that its branches on ``self.training`` and on shapes are taken as
they are. Each function of torch that it calls becomes layers (`archc.runtime.trace_ops`), with
the part of the module that called it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from inspect import signature
from itertools import accumulate, chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils import _pytree as pytree

from archc.diagnostics import ArchcError, safe
from archc.ir.flat import FlatGraph, FlatHead, FlatLayer, UnknownOp, ancestors
from archc.ops import Op, Shape, ShapeError, format_shape
from archc.ops.arrangement import Flatten, Identity
from archc.runtime.trace_ops import RULES

__all__ = ["TraceError", "trace"]

BATCH = 2
"""Samples N: a batch norm in training needs more than one where a map has a single cell."""

_SAME = {"clone", "contiguous", "cpu", "detach", "float", "requires_grad", "to", "type"}
"""Functions whose result has the numbers of their input."""

_RESHAPES = {"flatten", "reshape", "squeeze", "unsqueeze", "view", "__getitem__"}
"""Functions that are understood by the shapes before and after."""


class TraceError(ArchcError):
    """The module fails on the input, or returns nothing that comes from it."""


def trace(module: nn.Module, input: Shape) -> FlatGraph:
    """Run ``module`` on an ``input`` (C, H, W), and return the graph of what it did.

    It runs in both modes. The graph is that of training mode, which has auxiliary heads and
    dropout, unless evaluation mode leaves fewer operations unknown (a random depth, for example).
    The module is moved to the ``meta`` device and loses its weights. Raises `TraceError` where
    its forward fails in evaluation mode.
    """
    module.to("meta")
    in_evaluation = _Recorder(module.eval(), input)
    evaluated = _run(in_evaluation)
    in_training = _Recorder(module.train(), input, always=in_evaluation.trains)
    try:
        trained = _run(in_training, like=_operations_of(evaluated.output))
    except TraceError:
        return replace(evaluated, learned=_learned(module, evaluated))
    graph = trained if _unknown(trained) <= _unknown(evaluated) else evaluated
    return replace(graph, learned=_learned(module, graph))


def _learned(module: nn.Module, traced: FlatGraph) -> int | None:
    """Count the elements of the parameters on the main path, each parameter once.

    Where a layer calls a function with another part's weights, all parameters of the module
    count. None where a lazy part has not run and its parameters have no shape yet.
    """
    parts = dict(module.named_modules())
    own = [
        list(parts[layer.label].parameters(recurse=False)) if layer.label in parts else []
        for layer in traced.main()
        if layer.op.params([layer.source])
    ]
    used = chain.from_iterable(own) if all(own) else module.parameters()
    sizes: dict[int, int] = {}
    try:
        sizes.update((id(parameter), parameter.numel()) for parameter in used)
    except ValueError:  # of a lazy part
        return None
    return sum(sizes.values())


def _unknown(graph: FlatGraph) -> int:
    """Count the operations that archc has no class for."""
    layers = ancestors(graph.outputs())
    return sum(isinstance(layer.op, UnknownOp) for layer in layers)


def _operations_of(output: FlatLayer) -> list[Op]:
    """List the operations that an output is made by: they identify it in another run."""
    return [layer.op for layer in ancestors([output])]


def _run(recorder: _Recorder, like: Sequence[Op] = ()) -> FlatGraph:
    """Run the module once. The main output is the one made ``like`` this, or else the first."""
    example = torch.empty(BATCH, *recorder.input, device="meta")
    source = recorder.begin(example)
    with recorder.watching(), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with recorder:
                result = recorder.module(example)
        except Exception as error:  # the module's own code may raise anything
            raise TraceError(recorder.failure(error)) from error
    return recorder.graph(source, result, like)


class _Recorder(TorchFunctionMode):
    """Records each call of a torch function on a tensor that comes from the input, in one run.

    While it is the active function mode, torch calls `__torch_function__` for every function; the
    hooks of `watching` keep ``path``. Its state:

    - ``layers`` has the layer of each tensor that comes from the input, by the tensor's id;
    - ``alive`` holds these tensors until the recorder goes: a freed tensor's id could be given to
      another one;
    - ``path`` is the stack of names of the parts whose forward is running, the whole module's
      first, which is empty; each call belongs to the last;
    - ``trains`` has the calls, as part and function, that use batch statistics or drop elements
      although the module is in evaluation mode. They do so ``always``, so they are neither batch
      norm nor dropout, and the run in training mode is told.
    """

    def __init__(
        self, module: nn.Module, input: Shape, always: Collection[tuple[str, str]] = ()
    ) -> None:
        super().__init__()
        self.module = module
        self.always = always
        self.trains: set[tuple[str, str]] = set()
        self.title = type(module).__name__
        self.input = input
        self.names = {part: name for name, part in module.named_modules()}
        self.stored = {id(tensor) for tensor in (*module.parameters(), *module.buffers())}
        self.path: list[str] = []
        self.layers: dict[int, FlatLayer] = {}
        self.alive: list[Tensor] = []

    def begin(self, example: Tensor) -> FlatLayer:
        """Make the layer that stands for the network's input."""
        return self._set_layer(example, FlatLayer(Identity(), (), self.input))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Keep ``path`` while the module runs."""
        hooks = [
            hook
            for part in self.names
            for hook in (
                part.register_forward_pre_hook(self._enter),
                part.register_forward_hook(self._leave),
            )
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _enter(self, part: nn.Module, args: Any) -> None:
        self.path.append(self.names[part])

    def _leave(self, part: nn.Module, args: Any, result: Any) -> None:
        # Not called where a forward raises: the path then still ends in the part that raised.
        self.path.pop()

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        given = _tensors((args, kwargs))
        inputs = [self.layers[id(tensor)] for tensor in given if self._comes_from_input(tensor)]
        result = func(*args, **kwargs)
        outputs = _tensors(result)
        if inputs and outputs:
            layer = self._layer(func, args, kwargs, inputs, outputs[0])
            for tensor in outputs:
                self._set_layer(tensor, layer)
        return result

    def _comes_from_input(self, tensor: Tensor) -> bool:
        return id(tensor) in self.layers

    def _set_layer(self, tensor: Tensor, layer: FlatLayer) -> FlatLayer:
        self.alive.append(tensor)
        self.layers[id(tensor)] = layer
        return layer

    def _layer(
        self,
        func: Callable[..., Any],
        args: Any,
        kwargs: Any,
        inputs: list[FlatLayer],
        output: Tensor,
    ) -> FlatLayer:
        """Translate a call into a chain of layers, and return the last.

        It is an unknown one where there is no rule for the call, or where the rule's operations
        have another shape than torch's result.
        """
        label = self.path[-1] if self.path else ""
        scopes = tuple(accumulate(label.split("."), "{}.{}".format)) if label else ()
        shape = tuple(output.shape[1:])
        chain_end = inputs
        ops = self._ops(_bare(func), label, args, kwargs, inputs[0].shape, shape)
        for op in ops or ():
            try:
                inferred = op.infer([layer.shape for layer in chain_end])
            except ShapeError:
                ops = None
                break
            chain_end = [FlatLayer(op, tuple(chain_end), inferred, scopes, label)]
        if ops is None or len(chain_end) > 1 or chain_end[0].shape != shape:
            return FlatLayer(UnknownOp(name=_called(func)), tuple(inputs), shape, scopes, label)
        return chain_end[0]

    def _ops(
        self, name: str, label: str, args: Any, kwargs: Any, before: Shape, after: Shape
    ) -> list[Op] | None:
        """Translate a call of the part ``label`` into operations; None where that is impossible.

        ``before`` and ``after`` are the shapes of its first input and of its result, without N.
        """
        if not self.module.training and _trains(name, args, kwargs):
            self.trains.add((label, name))
        if name in _RESHAPES:
            return _reshaped(name, before, after, args)
        if (label, name) in self.trains.union(self.always):
            return None
        return None if self._takes_computed(args, kwargs) else _operations(name, args, kwargs)

    def _takes_computed(self, args: Any, kwargs: Any) -> bool:
        """Tell whether the call takes weights that were computed: not stored, not of the input."""
        return any(
            not self._comes_from_input(tensor) and id(tensor) not in self.stored
            for tensor in _tensors((args, kwargs))
        )

    def graph(self, source: FlatLayer, result: Any, like: Sequence[Op]) -> FlatGraph:
        """Make the graph between the input and what the module returned.

        The main output is the one whose operations are ``like``, or else the first; the others
        that do not lie on the way to it are heads.
        """
        returned = [tensor for tensor in _tensors(result) if self._comes_from_input(tensor)]
        if not returned:
            raise TraceError(f"{self.title} returns nothing that comes from its input")
        outputs = list(dict.fromkeys(self.layers[id(tensor)] for tensor in returned))
        main = next((layer for layer in outputs if _operations_of(layer) == like), outputs[0])
        inside = ancestors([main], [source])
        heads = (layer for layer in outputs if layer is not main and layer not in inside)
        return FlatGraph(source, main, tuple(_head(layer, [source, *inside]) for layer in heads))

    def failure(self, error: Exception) -> str:
        """Say in one line why the module did not run, and in which part."""
        where = f" in `{self.path[-1]}`" if self.path and self.path[-1] else ""
        lines = str(error).strip().splitlines() or [""]
        what = safe(f"{type(error).__name__}: {lines[0]}") + _hint(str(error))
        return f"{self.title} does not run on {format_shape(self.input)}{where}: {what}"


def _hint(message: str) -> str:
    """Say what can be done where a module looks at numbers, which meta tensors lack."""
    if "meta" not in message:
        return ""
    return "; verify needs a forward that depends on shapes, not on the numbers in a tensor"


def _head(output: FlatLayer, main: Iterable[FlatLayer]) -> FlatHead:
    """Name a head by the smallest part of the module that has all of its own layers."""
    own = ancestors([output], main)
    shared = [scope for scope in output.scopes if all(scope in layer.scopes for layer in own)]
    return FlatHead(shared[-1] if shared else output.label, output)


def _tensors(value: Any) -> list[Tensor]:
    """List the tensors in a nest of containers, in order."""
    return [leaf for leaf in pytree.tree_leaves(value) if isinstance(leaf, Tensor)]


def _bare(func: Callable[..., Any]) -> str:
    """Name a function; ``__iadd__`` and ``__radd__`` (in place, reflected) are ``add``."""
    name = str(getattr(func, "__name__", func))
    if name.startswith("__"):
        inner = name.strip("_")
        for mark in ("i", "r"):
            if inner.removeprefix(mark) in ("add", "mul", "truediv") and inner.startswith(mark):
                inner = inner.removeprefix(mark)
        inner = {"truediv": "div"}.get(inner, inner)
        return inner if inner in RULES else name
    return name.rstrip("_")


def _called(func: Callable[..., Any]) -> str:
    """Name a function as it is called in code."""
    return resolve_name(func) or str(getattr(func, "__name__", func))


def _operations(name: str, args: Any, kwargs: Any) -> list[Op] | None:
    """Apply the rule of a function; None where there is none, or it has no such operation."""
    if name in _SAME:
        return []
    if name not in RULES:
        return None
    try:
        return RULES[name](*args, **kwargs)
    except (TypeError, ValueError):  # an argument that no layer of ours has
        return None


def _trains(name: str, args: Any, kwargs: Any) -> bool:
    """Tell whether a call uses the batch's own statistics, or drops elements."""
    if name not in ("batch_norm", "dropout", "dropout2d"):
        return False
    try:
        call = signature(RULES[name]).bind(*args, **kwargs)
    except TypeError:
        return False
    call.apply_defaults()
    values = call.arguments
    return bool(values["training"] and values.get("train", True) and values.get("p", 1))


def _reshaped(name: str, before: Shape, after: Shape, args: Sequence[Any]) -> list[Op] | None:
    """Translate a reshape: one that keeps the shape is nothing, one to a vector is a flatten.

    An index that keeps the shape may still reorder, unless it takes everything.
    """
    if before == after and name != "__getitem__":
        return []
    if before == after and _all_of(args[1]):
        return []
    flattens = name != "__getitem__" and after == (math.prod(before),)
    return [Flatten()] if flattens else None


def _all_of(index: Any) -> bool:
    """Tell whether an index takes everything, as ``[:, :]`` and ``[...]`` do."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is Ellipsis or part == slice(None) for part in parts)
