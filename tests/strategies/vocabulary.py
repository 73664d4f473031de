"""The words that specs are made of."""

from __future__ import annotations

from typing import Any

NAMES = (
    "a", "b", "skip", "skip 1", "stem_1", "Stem", "x", "x_2", "self", "forward", "training",
    "1×1", "out", "conv", "concat", "add", "def", "nn", "torch", "branch_a", "Output", "a-b",
    "logits", "type", "très long nom de ligne",
)  # fmt: skip
BRANCHES = ("1×1", "3×3", "pool", "a", "b", "left", "right side", "class", "shortcut")
MODULES = (
    "block", "Conv Block", "res-block", "tensor", "none", "inner", "conv bn", "Net",
    "unit 3x3", "NamedTuple", "a module of a rather long name",
)  # fmt: skip
NETWORKS = ("Net", "T", "net 2", "Tensor", "9 layers", "Scale", "None", "R×N", "a b", "Block")
COLUMNS = (
    "width", "#1×1", "#3×3 reduce", "#3×3", "pool proj", "n", "growth_rate", "in channels",
    "out", "x", "nn", "torch", "lambda", "kernel size", "hidden",
)  # fmt: skip
TEXTS = (
    "He et al., Deep Residual Learning (2015), Table 1",
    'with "quotes" and back\\slashes and {braces}',
    "a remark that is so long that no formatter would leave it on one line of its own, as it "
    "goes on and on about nothing in particular",
    "ends with a quote '\"'",
)
SYNONYMS = {
    "convolution": ("convolution", "conv", "Conv", "conv2d", "conv (1a)", "Convolution (b)"),
    "separable convolution": ("separable convolution", "sepconv", "Separable-Convolution"),
    "linear": ("linear", "fully connected", "FC", "dense"),
    "max pool": ("max pool", "maxpool", "Max-Pooling", "max pool (2)"),
    "avg pool": ("avg pool", "average pool", "ave pool"),
    "global avg pool": ("global avg pool", "global average pool", "global pool"),
    "batch norm": ("batch norm", "BN"),
    "local response norm": ("local response norm", "LRN"),
    "concat": ("concat", "filter concat"),
    "add": ("add", "sum"),
}
ACTIVATIONS = (
    "relu", "relu", "relu", "relu6", "leaky relu", "prelu", "elu", "gelu", "silu", "mish",
    "hard swish", "hard sigmoid", "sigmoid", "tanh", "softplus", "none",
    {"leaky relu": {"slope": 0.2}}, {"prelu": {"per channel": True}}, {"elu": {"alpha": 0.5}},
)  # fmt: skip
NORMS: tuple[Any, ...] = (
    "batch norm", "bn", "none",
    {"batch norm": {"scale": False}}, {"batch norm": {"shift": False, "eps": 0.001}},
    {"bn": {"scale": False, "shift": False, "momentum": 0.01}},
)  # fmt: skip
INITIALIZERS = ("he normal (fan out)", "lecun uniform", "normal (0.01)", "he truncated normal")
DEFAULTS: dict[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "convolution": (
        ("padding", ("same", "valid", 0, 1)),
        ("bias", (True, False)),
        ("norm", NORMS),
        ("activation", ACTIVATIONS),
        ("weight init", INITIALIZERS),
        ("bias init", (0, 0.2)),
    ),
    "linear": (("weight init", INITIALIZERS), ("bias init", (0, 0.2))),
    "separable convolution": (("padding", ("same",)), ("multiplier", (1, 2))),
    "max pool": (("padding", ("same", 0)), ("ceil", (True, False))),
    "avg pool": (("padding", ("same", 0)), ("count include pad", (True, False))),
    "add": (("activation", ("relu",)),),
    "concat": (("norm", ("bn",)),),
    "batch norm": (("scale", (False,)), ("eps", (0.001,))),
}
