"""Values that no spec should have, and some that it may: they are put in place of its own."""

from __future__ import annotations

from random import Random
from typing import Any

__all__ = ["NAMES", "TEXTS", "any_value", "expression", "number", "text"]

NUMBERS: tuple[Any, ...] = (
    0, -0.0, 1, 2, 3, 5, 7, 64, 1000, -1, -7, 0.5, 1.0, 1e-9, 1e308, -1e308, 5e-324, 1e30,
    2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63, 10**17, 10**18 - 1, 10**18, 10**30, 10**400,
    float("nan"), float("inf"), float("-inf"),
)  # fmt: skip

NAMES = (
    "input", "type", "rows", "name", "from", "as", "channels", "classes", "patch", "filters",
    "kernel", "stride", "padding", "output size", "params", "ops", "depth", "repeat", "when",
    "branches", "join", "concat", "add", "self", "forward", "super", "class", "None", "torch",
    "nn", "Tensor", "__init__", "__class__", "x", "_", "__", "state_dict", "features",
    "convolution", "max pool", "inception", "linear", "flatten", "dropout (40%)", "softmax",
    "batch norm", "relu", "identity", "zero pad", "scale", "global avg pool", "conv3-64",
    "FC-4096", "figure 5", "convolution_2", "inception_3a", "inception (4a)", "separable conv",
    "adaptive avg pool", "lrn", "leaky relu", "prelu", "logits", "num_classes", "in_channels",
)  # fmt: skip

TEXTS = (
    "", " ", "~", "null", "true", "no", ".nan", ".inf", "-.inf", "0x10", "0o7", "1_000", "1e999",
    "3×3", "3x3", "7×7/2", "1×0", "0×0/0", "3×3/0", "3×3×3×3", "99999999×99999999/1", "×", "/",
    "224×224×3", "1×1×1", "0×0×0", "999999999×999999999×999999999", "2147483647×1×1",
    "2147483647×2147483647×2147483647", "1×1", "²×²", "٣×٣", "三×三", "40%", "400%", "-1%", "%",
    "99999×Inception", "999999×convolution", "0×convolution", "1000×inception", "3×", "(", ")",
    "()", "conv3-64", "conv999-999999", "FC-0", "stride 2", "stride 0", "stride 999999999",
    "As in figure 5", "as in", "1.5G", "1e400", "-5M", "5Q", "K", "0.0000000000000001K",
    "../../etc/passwd", "/etc/passwd", "/dev/zero", "googlenet", "googlenet.yaml", "vgg", ".",
    "..", "spec", "base", "studies/alexnet", "studies/../vgg", "a/b", "\\", "C:\\x", "nul",
    "same", "valid", "none", "normal (0.01)", "normal (1e999)", "normal ()", "he normal (fan in)",
    "truncated normal (-1)", "xavier uniform (fan average)", "lecun", "uniform (nan)",
    "\0", "\x07", "\x1b[31mred\x1b[0m", "\t", "\r", "\n", "\x85", "\xa0", "\xad", "\u2028",
    "\u2029", "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\ufffe", "\uffff", "\u3000",
    "\ue000", "\u0378", "\U0001f600", "\U000e0001", "\U0010ffff", "e\u0301", "\u0301",
    "ﬁlters", "İ", "ß", "ſ", "Ω", "漢字", "ﬀ", "𝒳", "'", '"', "`", '"""', "'''", '\\"""',
    "{}", "{0}", "%s", "%", "$", "$3 \\times 3$", "<b>&amp;", "]]>", "|", "\\begin{x}", "#", "&",
    "*", "!", "@", "---", "...", "- ", ": ", "? ", "import os", "__import__('os')", "a" * 70,
    "a" * 300, "×" * 250, "very long " * 1000,
)  # fmt: skip

_ATOMS = (
    "channels", "classes", "width", "#1×1", "n", "growth", "1", "2", "0", "7", "999999999999",
    "channels(input)", "channels(stem)", "channels(", "min(1, 2)", "max(3)", "max()", "min(,)",
    "9" * 40, "٣", "²", "-1", "",
)  # fmt: skip
_OPERATORS = (" + ", " - ", " * ", "×", " / ", " // ", " % ", "**", "*", "//", "", " == ", " != ")


def number(random: Random) -> Any:
    """A number, often out of range."""
    if random.randrange(3):
        return random.choice(NUMBERS)
    return random.randrange(0, 10 ** random.randrange(1, 19)) * random.choice((1, 1, 1, -1))


def text(random: Random) -> str:
    """A text, often of characters that no paper prints."""
    kind = random.randrange(8)
    if kind < 3:
        return random.choice(TEXTS)
    if kind < 5:
        return random.choice(NAMES)
    if kind == 5:
        return expression(random)
    if kind == 6:
        return random.choice(TEXTS) + random.choice(NAMES) + random.choice(TEXTS)
    return "".join(chr(random.randrange(0x110000)) for _ in range(random.randrange(1, 6)))


def expression(random: Random) -> str:
    """Arithmetic, right or not: ``channels//0``, many parentheses, powers of what is large."""
    kind = random.randrange(6)
    if kind == 0:
        depth = random.choice((1, 10, 60, 95, 99, 150, 5000))
        return "(" * depth + random.choice(_ATOMS) + ")" * random.choice((depth, depth, depth - 1))
    if kind == 1:
        return random.choice(("*", " * ", "×", "-")).join(["999999999999"] * random.choice((2, 15)))
    if kind == 2:
        depth = random.choice((2, 20, 39, 40, 400))
        return "max(" * depth + random.choice(_ATOMS) + ")" * depth
    parts = [random.choice(_ATOMS)]
    for _ in range(random.randrange(4)):
        parts += [random.choice(_OPERATORS), random.choice(_ATOMS)]
    return "".join(parts)


def any_value(random: Random, depth: int = 0) -> Any:
    """A value of any kind; lists and mappings of few."""
    kind = random.randrange(12)
    if kind < 4:
        return text(random)
    if kind < 7:
        return number(random)
    if kind < 9:
        return random.choice((None, True, False, [], {}, [[]], [{}], {"": None}, [None]))
    if kind == 9:
        return expression(random)
    if depth > 3:
        return None
    inside = [any_value(random, depth + 1) for _ in range(random.randrange(5))]
    if kind == 10:
        return inside
    return {text(random): each for each in inside}
