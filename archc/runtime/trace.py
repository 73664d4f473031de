"""What a module does, written down while it runs on tensors that have shapes and no numbers.

The module's own Python runs, so that its branches on ``self.training`` and on shapes are
taken as they are; every function of torch that it calls is noted with the part that called.
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
"""A batch norm in training needs more than one sample where a map has one cell."""

_SAME = {"clone", "contiguous", "cpu", "detach", "float", "requires_grad", "to", "type"}
_RESHAPES = {"flatten", "reshape", "squeeze", "unsqueeze", "view", "__getitem__"}


class TraceError(ArchcError):
    """A module cannot be run on the input, or does not depend on its input alone."""


def trace(module: nn.Module, input: Shape) -> FlatGraph:
    """What ``module`` does to an input of ``input``, (C, H, W).

    It runs in training mode, in which auxiliary heads and dropout are seen, and in evaluation
    mode where that is understood better: with a random depth, say. The module is moved to the
    ``meta`` device and loses its weights. Raises `TraceError` where its forward fails.
    """
    module.to("meta")
    recorder = _Recorder(module.eval(), input)
    evaluated = _run(recorder)
    again = _Recorder(module.train(), input, always=recorder.trains)
    try:
        trained = _run(again, like=_operations_of(evaluated.output))
    except TraceError:
        return replace(evaluated, learned=_learned(module, evaluated))
    found = trained if _unknown(trained) <= _unknown(evaluated) else evaluated
    return replace(found, learned=_learned(module, found))


def _learned(module: nn.Module, traced: FlatGraph) -> int | None:
    """How many numbers the layers on the main path learn, each once; None if that is not known.

    Where a layer takes another part's weights, as functions do, all of the module's count.
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
        sizes.update((id(each), each.numel()) for each in used)
    except ValueError:  # a lazy part that did not run has no numbers yet
        return None
    return sum(sizes.values())


def _unknown(graph: FlatGraph) -> int:
    layers = ancestors(graph.outputs())
    return sum(isinstance(layer.op, UnknownOp) for layer in layers)


def _operations_of(output: FlatLayer) -> list[Op]:
    """What leads to an output, by which it is known again among others."""
    return [layer.op for layer in ancestors([output])]


def _run(recorder: _Recorder, like: Sequence[Op] = ()) -> FlatGraph:
    """The module as it is. Its output is that which is made ``like`` this, or the first."""
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
    """Notes each call of a torch function on a tensor that comes from the input.

    ``trains`` has the calls that do what belongs to training while the module does not train,
    by part and name. In a second run such calls are ``always`` so, and not understood.
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
        self.names = {each: name for name, each in module.named_modules()}
        self.parameters = {id(each) for each in (*module.parameters(), *module.buffers())}
        self.path: list[str] = []
        self.layers: dict[int, FlatLayer] = {}
        self.alive: list[Tensor] = []
        """Tensors are known by their ids, which must not be given to others."""

    def begin(self, example: Tensor) -> FlatLayer:
        """The layer that stands for the network's input."""
        return self._made(example, FlatLayer(Identity(), (), self.input))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Follow which part of the module is at work."""
        hooks = [
            hook
            for module in self.names
            for hook in (
                module.register_forward_pre_hook(self._enter),
                module.register_forward_hook(self._leave),
            )
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _enter(self, module: nn.Module, args: Any) -> None:
        self.path.append(self.names[module])

    def _leave(self, module: nn.Module, args: Any, result: Any) -> None:
        """Not called where a forward raises: the path then ends in the part that did."""
        self.path.pop()

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        read = [self.layers[id(each)] for each in _tensors((args, kwargs)) if self._known(each)]
        result = func(*args, **kwargs)
        made = _tensors(result)
        if read and made:
            layer = self._layer(func, args, kwargs, read, made[0])
            for each in made:
                self._made(each, layer)
        return result

    def _known(self, tensor: Tensor) -> bool:
        return id(tensor) in self.layers

    def _made(self, tensor: Tensor, layer: FlatLayer) -> FlatLayer:
        self.alive.append(tensor)
        self.layers[id(tensor)] = layer
        return layer

    def _layer(
        self, func: Callable[..., Any], args: Any, kwargs: Any, read: list[FlatLayer], made: Tensor
    ) -> FlatLayer:
        """What a call is, as the last of a chain of layers; one not understood by its name."""
        path = self.path[-1] if self.path else ""
        scopes = tuple(accumulate(path.split("."), "{}.{}".format)) if path else ()
        name = _bare(func)
        shape = tuple(made.shape[1:])
        if not self.module.training and _trains(name, args, kwargs):
            self.trains.add((path, name))
        ops = None if self._computed_weights(args, kwargs) else _operations(name, args, kwargs)
        if (path, name) in self.trains.union(self.always):
            ops = None
        if name in _RESHAPES:
            ops = _reshaped(name, read[0].shape, shape, args)
        layers = tuple(read)
        for op in ops or ():
            try:
                inferred = op.infer([each.shape for each in layers])
            except ShapeError:
                ops = None
                break
            layers = (FlatLayer(op, layers, inferred, scopes, path),)
        if ops is None or len(layers) > 1 or layers[0].shape != shape:
            return FlatLayer(UnknownOp(name=_called(func)), tuple(read), shape, scopes, path)
        return layers[0]

    def _computed_weights(self, args: Any, kwargs: Any) -> bool:
        """Whether a tensor is neither of the input nor a parameter: weights made on the way."""
        return any(
            not self._known(each) and id(each) not in self.parameters
            for each in _tensors((args, kwargs))
        )

    def graph(self, source: FlatLayer, result: Any, like: Sequence[Op]) -> FlatGraph:
        """The network between the input and what the module returned."""
        outputs = [each for each in _tensors(result) if self._known(each)]
        if not outputs:
            raise TraceError(f"{self.title} returns nothing that comes from its input")
        found = list(dict.fromkeys(self.layers[id(each)] for each in outputs))
        main = next((each for each in found if _operations_of(each) == like), found[0])
        inside = ancestors([main], [source])
        heads = (layer for layer in found if layer is not main and layer not in inside)
        return FlatGraph(source, main, tuple(_head(each, [source, *inside]) for each in heads))

    def failure(self, error: Exception) -> str:
        """One line on why the module did not run."""
        where = f" in `{self.path[-1]}`" if self.path and self.path[-1] else ""
        lines = str(error).strip().splitlines() or [""]
        what = safe(f"{type(error).__name__}: {lines[0]}") + _hint(str(error))
        return f"{self.title} does not run on {format_shape(self.input)}{where}: {what}"


def _hint(message: str) -> str:
    """What can be done where a module looks at numbers."""
    if "meta" not in message:
        return ""
    return "; verify needs a forward that depends on shapes, not on the numbers in a tensor"


def _head(output: FlatLayer, main: Iterable[FlatLayer]) -> FlatHead:
    own = ancestors([output], main)
    shared = [scope for scope in output.scopes if all(scope in each.scopes for each in own)]
    return FlatHead(shared[-1] if shared else output.label, output)


def _tensors(value: Any) -> list[Tensor]:
    return [each for each in pytree.tree_leaves(value) if isinstance(each, Tensor)]


def _bare(func: Callable[..., Any]) -> str:
    """A function's name without what marks in-place and reflected calls."""
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
    """A function as it is called in code."""
    return resolve_name(func) or str(getattr(func, "__name__", func))


def _operations(name: str, args: Any, kwargs: Any) -> list[Op] | None:
    if name in _SAME:
        return []
    if name not in RULES:
        return None
    try:
        return RULES[name](*args, **kwargs)
    except (TypeError, ValueError):  # an argument that no layer of ours has
        return None


def _trains(name: str, args: Any, kwargs: Any) -> bool:
    """Whether a norm takes the batch's own statistics, or a dropout drops."""
    if name not in ("batch_norm", "dropout", "dropout2d"):
        return False
    try:
        call = signature(RULES[name]).bind(*args, **kwargs)
    except TypeError:
        return False
    call.apply_defaults()
    given = call.arguments
    return bool(given["training"] and given.get("train", True) and given.get("p", 1))


def _reshaped(name: str, before: Shape, after: Shape, args: Sequence[Any]) -> list[Op] | None:
    """A view that keeps the shape, or makes a vector of a map; slices may reorder."""
    if before == after and name != "__getitem__":
        return []
    if before == after and _all_of(args[1]):
        return []
    flattens = name != "__getitem__" and after == (math.prod(before),)
    return [Flatten()] if flattens else None


def _all_of(index: Any) -> bool:
    """Whether an index takes everything."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is Ellipsis or part == slice(None) for part in parts)
