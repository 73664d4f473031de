"""Models of other libraries with random weights, and their weights under other names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from archc.checkpoint import map_checkpoint
from archc.checkpoint.layers import network_layers
from archc.ir import Network
from archc.plan.network import source_plan
from archc.runtime.weights import stored
from archc.tensors.files import StoredTensor
from tests.torchvision_ops import declare

__all__ = ["build", "disguised", "load", "shapes", "tensors"]

T = TypeVar("T")

declare()

import timm  # noqa: E402 - needs torchvision, which needs what was declared
from torchvision import models  # noqa: E402


def build(library: str, name: str) -> nn.Module:
    """A model in eval mode; weights and statistics random, so that no two layers are alike."""
    with torch.device("meta"):
        model = _create(library, name)
    model.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(0)
    for key, tensor in model.state_dict().items():
        _fill(key, tensor, generator)
    return model


def shapes(library: str, name: str) -> dict[str, tuple[int, ...]]:
    """The names and shapes of a model's state_dict, without its numbers."""
    with torch.device("meta"):
        state = _create(library, name).state_dict()
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


def _create(library: str, name: str) -> nn.Module:
    if library == "timm":
        model: nn.Module = timm.create_model(name)
        return model
    create: Callable[..., nn.Module] = getattr(models, name)
    arguments = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return create(**arguments)


def _fill(key: str, tensor: Tensor, generator: torch.Generator) -> None:
    """Numbers with which signals neither die out nor explode."""
    kind = key.rpartition(".")[2]
    if not tensor.is_floating_point():
        tensor.fill_(7)
    elif kind == "running_var" or (kind == "weight" and tensor.dim() == 1):
        tensor.uniform_(0.5, 1.5, generator=generator)
    elif tensor.dim() == 1:
        tensor.normal_(0, 0.1, generator=generator)
    else:
        tensor.normal_(0, math.sqrt(2 / tensor[0].numel()), generator=generator)


def disguised(state: Mapping[str, T]) -> dict[str, T]:
    """The same tensors, every word in their layers' names another; numbers stay."""
    return {_disguise(key): value for key, value in state.items()}


def _disguise(key: str) -> str:
    layer, _, tensor = key.rpartition(".")
    return f"{re.sub('[A-Za-z]{2,}', _other_word, layer)}.{tensor}"


def _other_word(match: re.Match[str]) -> str:
    return f"{match[0]}q"


def tensors(found: Mapping[str, tuple[int, ...]]) -> dict[str, StoredTensor]:
    """Tensors of these shapes without any numbers, enough to be matched."""
    return {name: StoredTensor("F32", shape, b"") for name, shape in found.items()}


def load(module: nn.Module, network: Network, state: Mapping[str, Tensor], ordered: bool) -> None:
    """Give a module the weights of a model, which must fit; all of them, but absent heads."""
    match = map_checkpoint(network, stored(state), ordered)
    assert not match.problems
    pairs = (key for layer in match.layers for key in layer.keys)
    found = {ours: state[theirs].reshape(shape) for ours, theirs, shape in pairs}
    missing, unexpected = module.load_state_dict(found, strict=False)
    absent = {
        layer.key(tensor)
        for layer in network_layers(source_plan(network))
        for tensor in layer.shapes
        if layer.head in match.absent_heads
    }
    assert not unexpected
    assert set(missing) <= absent
