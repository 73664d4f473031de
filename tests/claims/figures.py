"""The figures behind the claims, computed from bundled specs."""

from __future__ import annotations

import math
from functools import cache

import archc
from tests.claims.counting import (
    MEGABYTE,
    buffers,
    crossing,
    googlenet_summary_elements,
    listed_inputs,
    summary_elements,
)
from tests.claims.judging import Figure

__all__ = [
    "GRID",
    "MODULE",
    "alexnet",
    "bn_against_googlenet",
    "bn_googlenet",
    "branches",
    "crossing_with",
    "depth_of",
    "doubled",
    "even_ratio",
    "figure_10",
    "googlenet_summary",
    "grid_reduction",
    "halvings",
    "layer_params",
    "load",
    "macs_of",
    "nxn",
    "params_of",
    "resolutions",
    "savings",
    "sizes",
    "table_1",
    "tenth",
    "third",
    "ucm",
    "vgg_depths",
    "vgg_params",
    "vgg_summary",
]

_FLOAT = 4  # bytes
_BOTH_WAYS = 2  # torchsummary counts a tensor for the forward and one for the backward pass

load = cache(archc.load)


def _title(network: archc.Network) -> str:
    variant = network.graph.variant
    return f"{network.name.removesuffix(f' {variant}')}, {variant}" if variant else network.name


def params_of(spec: str, printed: str = "", variant: str | None = None) -> Figure:
    network = load(spec, variant=variant)
    return Figure(f"params of {_title(network)}", network.params, printed)


def macs_of(spec: str, printed: str = "", variant: str | None = None) -> Figure:
    network = load(spec, variant=variant)
    return Figure(f"multiply-adds of {_title(network)}", network.macs, printed)


def depth_of(spec: str, printed: str = "", variant: str | None = None) -> Figure:
    network = load(spec, variant=variant)
    return Figure(f"depth of {_title(network)}", network.depth, printed)


def _ratio(what: str, above: float, below: float, decimals: int = 2, printed: str = "") -> Figure:
    return Figure(what, above / below, printed, decimals)


def table_1() -> list[Figure]:
    verdicts = load("googlenet").report().verdicts()
    names = ("exact", "rounding", "erratum")
    return [Figure(f"cells that are {name}", verdicts[name]) for name in names]


def alexnet() -> list[Figure]:
    alexnet, googlenet = load("studies/alexnet"), load("googlenet")
    without_linear = googlenet.params - googlenet["linear"].params
    return [
        params_of("studies/alexnet"),
        params_of("googlenet"),
        _ratio("ratio", alexnet.params, googlenet.params, printed="12"),
        _ratio("ratio without GoogLeNet's linear layer", alexnet.params, without_linear, 1),
    ]


def halvings() -> list[Figure]:
    sizes = (("224×224×3", "7"), ("256×256×3", "8"))
    return [
        Figure(f"height from {size}", _halved(size).output[1], printed) for size, printed in sizes
    ]


def _halved(size: str) -> archc.Network:
    return archc.load("studies/five_halvings", input=size)


def doubled() -> list[Figure]:
    once, doubled = (
        load("studies/doubled_filters", variant=name).weights for name in ("once", "doubled")
    )
    return [_ratio("weights, doubled to once", doubled, once, 1, "4")]


GRID = "studies/grid_reduction"
_EVEN = {"input": "34×34×320", "defaults.max pool.patch": "2×2/2"}


def grid_reduction() -> list[Figure]:
    first, second = (macs_of(GRID, variant=name) for name in ("convolution first", "pooling first"))
    return [first, second, _ratio("ratio", first.value, second.value), even_ratio("4")]


def even_ratio(printed: str) -> Figure:
    first, second = (
        archc.load(GRID, variant=name, **_EVEN).macs
        for name in ("convolution first", "pooling first")
    )
    return _ratio("ratio on a grid of even size", first, second, 0, printed)


def resolutions() -> list[Figure]:
    specs = ("inception_v3", "inception_v3_151", "inception_v3_79")
    whole, middle, low = (load(spec) for spec in specs)
    table = "studies/inception_v2_resolutions"
    return [
        *map(macs_of, specs),
        _ratio("151×151 to 299×299", middle.macs, whole.macs, 4),
        Figure("79×79 against 299×299, percent", 100 * (low.macs / whole.macs - 1), decimals=2),
        *(macs_of(table, variant=name) for name in ("299×299", "151×151", "79×79")),
    ]


def layer_params() -> list[Figure]:
    vgg = load("vgg", variant="D")
    printed = {
        "conv_1": "1,792", "conv_2": "36,928", "conv_3": "73,856", "conv_13": "2,359,808",
        "fc_1": "102,764,544", "fc_2": "16,781,312", "fc_3": "4,097,000",
    }  # fmt: skip
    return [Figure(f"params of {name}", vgg[name].params, text) for name, text in printed.items()]


def vgg_depths() -> list[Figure]:
    printed = {"A": "11", "A-LRN": "11", "B": "13", "C": "16", "D": "16", "E": "19"}
    return [depth_of("vgg", text, name) for name, text in printed.items()]


def vgg_params() -> list[Figure]:
    printed = {"A": "133M", "B": "133M", "C": "134M", "D": "138M", "E": "144M"}
    return [params_of("vgg", text, name) for name, text in printed.items()]


def _all_params(network: archc.Network) -> int:
    return network.params + sum(head.cost.params for head in network.figures.heads)


def _summary(
    network: archc.Network, elements: int, printed: tuple[str, str, str, str]
) -> list[Figure]:
    """What torchsummary prints: params and megabytes."""
    params = _all_params(network)
    size = math.prod(network.input) * _FLOAT / MEGABYTE
    passes = _BOTH_WAYS * _FLOAT * elements / MEGABYTE
    stored = params * _FLOAT / MEGABYTE
    names = ("forward/backward pass, MB", "params, MB", "in all, MB")
    sizes = zip(names, (passes, stored, size + passes + stored), printed[1:], strict=True)
    return [
        Figure("total params", params, printed[0]),
        Figure("elements of all modules' outputs", elements),
        Figure("input, MB", size, "0.57", 4),
        *(Figure(name, value, text, 4) for name, value, text in sizes),
    ]


def vgg_summary() -> list[Figure]:
    network = load("studies/vgg16_torchvision")
    printed = ("138,357,544", "218.78", "527.79", "747.15")
    return _summary(network, summary_elements(network), printed)


def googlenet_summary() -> list[Figure]:
    network = load("googlenet_torchvision")
    printed = ("13,004,888", "94.25", "49.61", "144.43")
    return _summary(network, googlenet_summary_elements(network), printed)


def tenth() -> list[Figure]:
    googlenet, vgg = load("googlenet_torchvision"), load("studies/vgg16_torchvision")
    return [
        _ratio("GoogLeNet to VGG16, with heads", _all_params(googlenet), vgg.params, 3, "a tenth"),
        _ratio("without them", googlenet.params, vgg.params, 4),
    ]


def ucm() -> list[Figure]:
    network = load("googlenet_ucm")
    trainable, fixed = _all_params(network), buffers(network)
    return [
        Figure("total", trainable + fixed, "8,222,063"),
        Figure("trainable", trainable, "8,221,551"),
        Figure("running means and variances", fixed, "512"),
    ]


MODULE = "studies/inception_module"


def third() -> list[Figure]:
    module, convolution = (
        load(spec, variant="256 channels") for spec in (MODULE, "studies/convolution_3x3")
    )
    return [_ratio("Inception to 3×3 convolution", module.params, convolution.params, 4, "a third")]


def branches() -> list[Figure]:
    network = load("studies/inception_branches")
    printed = {"branch1": "64", "branch2": "128", "branch3": "32", "branch4": "32"}
    return [
        *(Figure(f"channels of {name}", network[name].output[0], text)
          for name, text in printed.items()),
        Figure("channels of the output", network.output[0], "256"),
        Figure("height of the output", network.output[1], "224"),
    ]  # fmt: skip


def crossing_with(convolution: str, printed: str) -> list[Figure]:
    return [Figure("first channels with fewer params", crossing(MODULE, convolution), printed)]


def _saving(study: str, whole: str, parts: str, printed: str) -> Figure:
    before, after = (load(study, variant=name).macs for name in (whole, parts))
    return Figure(f"{whole} as {parts}, percent saved", 100 * (1 - after / before), printed, 1)


def savings() -> list[Figure]:
    return [
        _saving("studies/factorized_5x5", "5×5", "two 3×3", "28"),
        _saving("studies/factorized_3x3", "3×3", "3×1 and 1×3", "33"),
        _saving("studies/factorized_3x3", "3×3", "two 2×2", "11"),
    ]


def bn_against_googlenet() -> list[Figure]:
    mine, base = load("bn_inception"), load("googlenet")
    return [
        Figure("more multiply-adds, percent", 100 * (mine.macs / base.macs - 1), "30%"),
        Figure("more weights, percent", 100 * (mine.weights / base.weights - 1), "25%"),
    ]


def bn_googlenet() -> list[Figure]:
    network = archc.load("googlenet_separable_stem", **{"defaults.convolution.norm": "batch norm"})
    return [Figure("multiply-adds", network.macs, "1.5G")]


_TABLE_SIZES = ["299", "149", "147", "147", "73", "71", "35", "35", "17", "8", "8", "1"]


def sizes() -> list[Figure]:
    """Those of the last row, a softmax, are not in doubt."""
    sizes = listed_inputs(load("inception_v2"))[: len(_TABLE_SIZES)]
    pairs = enumerate(zip(sizes, _TABLE_SIZES, strict=True), 1)
    return [Figure(f"row {number}", size, printed) for number, (size, printed) in pairs]


def nxn() -> list[Figure]:
    study, size = "studies/factorized_nxn", 7
    whole, parts = (load(study, variant=name).macs for name in ("n×n", "1×n and n×1"))
    return [_ratio(f"n times the ratio, n = {size}", size * parts, whole, 1, "2")]


def figure_10() -> list[Figure]:
    names = ("convolution first", "pooling first", "figure 10")
    return [macs_of(GRID, variant=name) for name in names]
