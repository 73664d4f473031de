"""One thing changed in a hand-written network: that thing is told, at its row, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archc
from archc.runtime.trace import trace
from archc.verify import compare
from tests.verify.hand import Hand, Mixed, Residual, Unit

Change = Callable[[Hand], None]


@pytest.fixture(scope="module")
def net() -> archc.Network:
    return archc.load(Path(__file__).parent / "small.yaml")


def told(net: archc.Network, module: nn.Module) -> list[str]:
    return [each.text for each in compare(net.graph, trace(module, net.input))]


def replaced(path: str, layer: Callable[[], nn.Module]) -> Change:
    """Another layer at a place."""

    def change(hand: Hand) -> None:
        hand.set_submodule(path, layer())

    return change


def method(path: str, **methods: Callable[..., Any]) -> Change:
    """Other methods of a part."""

    def change(hand: Hand) -> None:
        part = hand.get_submodule(path)
        part.__class__ = type(type(part).__name__, (type(part),), methods)

    return change


def both(*changes: Change) -> Change:
    """Several changes."""

    def change(hand: Hand) -> None:
        for each in changes:
            each(hand)

    return change


def conv(channels: int, filters: int, kernel: int, **arguments: Any) -> Callable[[], nn.Module]:
    arguments = {"bias": False, "padding": kernel // 2, **arguments}
    return lambda: nn.Conv2d(channels, filters, kernel, **arguments)


def plain(self: Unit, x: Tensor) -> Tensor:
    return x


def silu(self: Unit, x: Tensor) -> Tensor:
    return F.silu(x)


def bare(self: Unit, x: Tensor) -> Tensor:
    return self.activation(self.conv(x))


def other_order(self: Mixed, x: Tensor) -> Tensor:
    pooled = F.max_pool2d(x, 3, 1, 1)
    return torch.cat([self.three(self.reduce(x)), self.one(x), self.project(pooled)], 1)


def other_source(self: Mixed, x: Tensor) -> Tensor:
    one, pooled = self.one(x), F.max_pool2d(x, 3, 1, 1)
    reduced = self.reduce(pooled)
    return torch.cat([one, self.three(reduced), self.project(pooled)], 1)


def average(self: Mixed, x: Tensor) -> Tensor:
    pooled = F.avg_pool2d(x, 3, 1, 1)
    return torch.cat([self.one(x), self.three(self.reduce(x)), self.project(pooled)], 1)


def no_pool(self: Mixed, x: Tensor) -> Tensor:
    return torch.cat([self.one(x), self.three(self.reduce(x)), self.project(x)], 1)


def no_branch(self: Mixed, x: Tensor) -> Tensor:
    pooled = F.max_pool2d(x, 3, 1, 1)
    return torch.cat([self.one(x), self.project(pooled)], 1)


def no_sum(self: Residual, x: Tensor) -> Tensor:
    return torch.relu(0.2 * self.second(self.first(x)))


class Skipping(nn.ModuleList):
    """The second sum is with what came before the first."""

    def __init__(self) -> None:
        super().__init__([Residual(), Residual()])

    def forward(self, x: Tensor) -> Tensor:
        first, second = self
        assert isinstance(second, Residual)
        return torch.relu(x + 0.2 * second.second(second.first(first(x))))


def half(self: Residual, x: Tensor) -> Tensor:
    return torch.relu(x + 0.5 * self.second(self.first(x)))


def einsum(self: Hand, x: Tensor) -> Tensor:
    return F.local_response_norm(torch.einsum("nchw,nchw->nchw", x, x), 5)


def tail(pool: Callable[[Tensor], Tensor], rate: float = 0.4) -> Callable[[Hand, Tensor], Tensor]:
    def end(self: Hand, x: Tensor) -> Tensor:
        x = pool(self.normalise(F.max_pool2d(x, 2)))
        found: Tensor = self.fc(F.dropout(torch.flatten(x, 1), rate, self.training))
        return found

    return end


def shorter(self: Hand, x: Tensor) -> Any:
    a = self.a(self.stem(x))
    return (self.end(self.body(a)), self.aux(a)) if self.training else self.end(self.body(a))


def without_head(self: Hand, x: Tensor) -> Tensor:
    found: Tensor = self.end(self.body(self.b(self.a(self.stem(x)))))
    return found


CHANGES: dict[str, tuple[Change, list[str]]] = {
    "kernel": (
        replaced("b.three.conv", conv(4, 12, 5)),
        ["mixed (b), #3×3: kernel 3×3 in the spec, 5×5 in the module (b.three.conv)"],
    ),
    "stride": (
        replaced("stem.conv", conv(3, 24, 5, stride=(2, 1))),
        [
            "conv: stride 2 in the spec, 2×1 in the module (stem.conv)",
        ],
    ),
    "padding": (
        replaced("stem.conv", conv(3, 24, 5, stride=2, padding=1)),
        ["conv: padding 2 in the spec, 1 in the module (stem.conv)"],
    ),
    "dilation": (
        replaced("a.three.conv", conv(4, 12, 3, padding=2, dilation=2)),
        ["mixed (a), #3×3: dilation 1 in the spec, 2 in the module (a.three.conv)"],
    ),
    "groups": (
        replaced("a.three.conv", conv(4, 12, 3, groups=2)),
        ["mixed (a), #3×3: groups 1 in the spec, 2 in the module (a.three.conv)"],
    ),
    "filters": (
        both(
            replaced("body.1.first", lambda: Unit(24, 6, 3)),
            replaced("body.1.second.0", conv(6, 24, 3)),
        ),
        ["2×residual (2), n: filters 8 in the spec, 6 in the module (body.1.first.conv)"],
    ),
    "bias": (
        replaced("aux.conv.conv", conv(24, 6, 1, bias=True)),
        ["aux, width: no bias in the spec, bias in the module (aux.conv.conv)"],
    ),
    "eps": (
        replaced("a.reduce.bn", lambda: nn.BatchNorm2d(4, eps=1e-3)),
        ["mixed (a), #3×3 reduce: eps 1e-05 in the spec, 0.001 in the module (a.reduce.bn)"],
    ),
    "affine": (
        replaced("a.reduce.bn", lambda: nn.BatchNorm2d(4, affine=False)),
        [
            f"mixed (a), #3×3 reduce: a learned {what} in the spec, no learned {what} in the "
            "module (a.reduce.bn)"
            for what in ("scale", "shift")
        ],
    ),
    "no norm": (
        method("a.one", forward=bare),
        ["mixed (a), #1×1: batch norm in the spec, no norm in the module (a.one.conv)"],
    ),
    "no relu": (
        method("a.one", activation=plain),
        ["mixed (a), #1×1: relu in the spec, no activation in the module (a.one.bn)"],
    ),
    "one more relu": (
        replaced("body.0.second", lambda: nn.Sequential(Unit(8, 24, 3))),
        [
            "2×residual (1), residual, conv 2: no activation in the spec, relu in the module "
            "(body.0.second.0)"
        ],
    ),
    "another activation": (
        method("a.one", activation=silu),
        ["mixed (a), #1×1: relu in the spec, silu in the module (a.one)"],
    ),
    "order of branches": (
        method("b", forward=other_order),
        [
            "mixed (b), concat: joins mixed (b), #1×1, mixed (b), #3×3, mixed (b), pool proj in "
            "the spec, mixed (b), #3×3, mixed (b), #1×1, mixed (b), pool proj in the module (b)"
        ],
    ),
    "wiring in a row": (
        method("b", forward=other_source),
        [
            "mixed (b), #3×3 reduce: reads mixed (a) in the spec, mixed (b), pool in the module "
            "(b.reduce.conv)"
        ],
    ),
    "wiring between rows": (
        replaced("body", Skipping),
        ["2×residual (2), add: reads 2×residual (1) in the spec, mixed (b) in the module (body)"],
    ),
    "wiring of the head": (
        method("", read_by_head=lambda self, a, b: b),
        ["aux, pool: reads mixed (a) in the spec, mixed (b) in the module (aux)"],
    ),
    "kind of pool": (
        method("a", forward=average),
        ["mixed (a), pool: max pool 3×3/1 in the spec, avg pool 3×3/1 in the module (a)"],
    ),
    "no pool": (
        method("a", forward=no_pool),
        ["mixed (a), pool: max pool 3×3/1 in the spec, not in the module (after stem)"],
    ),
    "no branch": (
        both(method("b", forward=no_branch), replaced("b.one", lambda: Unit(24, 20, 1))),
        [
            "mixed (b), #1×1: filters 8 in the spec, 20 in the module (b.one.conv)",
            "mixed (b), 3×3: not in the module (after a)",
        ],
    ),
    "no row": (
        method("", forward=shorter),
        ["mixed (b): not in the module (after a)"],
    ),
    "no residual": (
        method("body.0", forward=no_sum),
        ["2×residual (1), add: add in the spec, not in the module (after body.0)"],
    ),
    "scale": (
        method("body.0", forward=half),
        ["2×residual (1), residual, scale: by 0.2 in the spec, 0.5 in the module (body.0)"],
    ),
    "one use fewer": (
        replaced("body.1", nn.Identity),
        ["2×residual (2): not in the module (after body.0)"],
    ),
    "one use more": (
        replaced("body", lambda: nn.Sequential(Residual(), Residual(), Residual())),
        ["after 2×residual (2): 8 layers in the module, not in the spec (body.2)"],
    ),
    "no response norm": (
        method("", normalise=lambda self, x: x),
        ["local response norm: not in the module"],
    ),
    "response norm": (
        method("", normalise=lambda self, x: F.local_response_norm(x, 3, 1e-3)),
        [
            "local response norm: size 5, alpha 0.0001 in the spec, "
            "size 3, alpha 0.001 in the module"
        ],
    ),
    "dropout": (
        method("", end=tail(lambda x: F.avg_pool2d(x, 8), 0.5)),
        ["dropout: rate 40% in the spec, 50% in the module"],
    ),
    "smaller pool": (
        method("", end=tail(lambda x: F.avg_pool2d(x, 7))),
        ["avg pool: 8×8/1 in the spec, 7×7/7 in the module"],
    ),
    "classes": (
        replaced("fc", lambda: nn.Linear(24, 9)),
        ["linear: filters 10 in the spec, 9 in the module (fc)"],
    ),
    "no head": (
        method("", forward=without_head),
        ["auxiliary head aux: not in the module"],
    ),
    "unknown": (
        method("", normalise=einsum),
        ["not understood: torch.functional.einsum, after max pool"],
    ),
    "computed weights": (
        method("fc", forward=lambda self, x: F.linear(x, self.weight * 2, self.bias)),
        [
            "linear: not in the module",
            "not understood: torch.nn.functional.linear (fc), after dropout",
        ],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_change(net: archc.Network, change: str) -> None:
    make, expected = CHANGES[change]
    hand = Hand()
    make(hand)
    assert sorted(told(net, hand)) == sorted(expected)


def test_the_hand_written_network_agrees(net: archc.Network) -> None:
    assert told(net, Hand()) == []


@pytest.mark.parametrize(
    "pool",
    [
        nn.AdaptiveAvgPool2d(1),
        lambda x: F.avg_pool2d(x, 8, 3, ceil_mode=True),
        lambda x: F.avg_pool2d(x, x.shape[-2:]),
        lambda x: x.mean((-1, -2), keepdim=True),
    ],
)
def test_the_same_pool_in_other_words(net: archc.Network, pool: Any) -> None:
    hand = Hand()
    method("", end=tail(pool))(hand)
    assert told(net, hand) == []


def test_padding_in_a_layer_of_its_own(net: archc.Network) -> None:
    hand = Hand()
    padded = nn.Sequential(nn.ZeroPad2d(2), nn.Conv2d(3, 24, 5, 2, bias=False))
    hand.set_submodule("stem.conv", padded)
    assert told(net, hand) == []


def test_what_all_layers_have_is_told_once(net: archc.Network) -> None:
    hand = Hand()
    for name, layer in [*hand.named_modules()]:
        if isinstance(layer, nn.BatchNorm2d):
            hand.set_submodule(name, nn.Identity())
    place = "every convolution (13, and 1 in the heads)"
    assert told(net, hand) == [f"{place}: batch norm in the spec, no norm in the module"]


def test_exceptions_from_what_all_have(net: archc.Network) -> None:
    hand = Hand()
    for name, layer in [*hand.named_modules()]:
        if isinstance(layer, nn.Conv2d) and name != "stem.conv":
            layer.bias = nn.Parameter(torch.zeros(layer.out_channels))
    place = "13 of 14 convolution layers, all but conv"
    assert told(net, hand) == [f"{place}: no bias in the spec, bias in the module"]


def test_the_output_keeps_its_rank(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    rows = "[[conv, 3×3, 10], global avg pool, flatten]"
    spec.write_text(f"network: n\ninput: 8×8×3\nrows: {rows}\n")
    module = nn.Sequential(nn.Conv2d(3, 10, 3), nn.AdaptiveAvgPool2d(1))
    assert told(archc.load(spec), module) == ["the output: 10 in the spec, 1×1×10 in the module"]
    assert told(archc.load(spec), nn.Sequential(*module, nn.Flatten())) == []
