"""``KEY=RANGE``: what is varied, and over which values.

A range is a list of parts: ``1:256`` (both ends included), ``1:256:4`` (in steps of 4), a size
with a range in it (``224×224×1:256``), or a value as it is. For ``input`` a number is the side
of a square: ``96:512:32``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from archc.diagnostics import ArchcError
from archc.ops import format_shape
from archc.spec.tokens import parse_size

__all__ = ["MAX_POINTS", "Axis", "AxisValue", "RangeError", "parse_axis"]

MAX_POINTS = 100_000
"""A sweep has at most so many points, and so has each of its axes."""

_SPAN = r"\d{1,9}(?::\d{1,9}){0,2}"
_PART = re.compile(rf"{_SPAN}(?:\s*[×xX]\s*{_SPAN})*", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_DIMENSIONS = ("height", "width", "channels")


class RangeError(ArchcError):
    """A ``--vary`` that says no range."""


@dataclass(frozen=True, slots=True)
class AxisValue:
    """One value of a setting as written, and where it stands on a number line if it does."""

    text: str
    number: float | None

    @property
    def shown(self) -> str:
        """The number where there is one, else the text."""
        return self.text if self.number is None else f"{self.number:.15g}"


@dataclass(frozen=True, slots=True)
class Axis:
    """A setting and its values, in rising order where they are numbers."""

    key: str
    label: str
    values: tuple[AxisValue, ...]

    @property
    def numeric(self) -> bool:
        """Whether all values stand on a number line."""
        return all(value.number is not None for value in self.values)


def parse_axis(text: str, channels: Callable[[], int] | None = None) -> Axis:
    """The axis that ``text`` says.

    ``channels`` gives the channels of the spec's input, for squares of a given side (without
    it 3). Raises `RangeError`.
    """
    key, _, written = text.partition("=")
    key = key.strip()
    parts = [part.strip() for part in _split(written)]
    if not key or not all(parts):
        raise RangeError(f"`{text}` varies nothing: write key=range, as classes=10:100:10")
    values = list(dict.fromkeys(itertools.chain.from_iterable(map(_values, parts))))
    if key != "input":
        return _axis(key, _label(key), values, [_number(value) for value in values])
    sizes = [_input(value, channels) for value in values]
    return _axis(key, *_input_line(sizes))


def _split(text: str) -> Iterator[str]:
    """The parts between commas that are in no brackets."""
    depth = start = 0
    for index, char in enumerate(text):
        depth += (char in "[{(") - (char in "]})")
        if char == "," and depth == 0:
            yield text[start:index]
            start = index + 1
    yield text[start:]


def _values(part: str) -> list[str]:
    """A part's values as texts."""
    if ":" not in part or not _PART.fullmatch(part):
        return [part]
    spans = re.split(r"\s*[×xX]\s*", part)
    if sum(":" in span for span in spans) > 1:
        raise RangeError(f"`{part}` has two ranges: vary one, or give --vary twice")
    return ["×".join(map(str, each)) for each in itertools.product(*map(_span, spans))]


def _span(text: str) -> range:
    """``3`` is one number, ``1:9`` nine, ``1:9:2`` five."""
    first, *rest = map(int, text.split(":"))
    last, step = (*rest, 1)[:2] if rest else (first, 1)
    if step < 1 or last < first:
        raise RangeError(f"`{text}` is no range: write first:last or first:last:step, rising")
    if (last - first) // step >= MAX_POINTS:
        raise RangeError(f"`{text}` has more than {MAX_POINTS:,} values: take larger steps")
    return range(first, last + 1, step)


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _label(key: str) -> str:
    """What tables and plots call a setting: ``defaults.inception.#1×1`` is ``inception #1×1``."""
    return key.removeprefix("defaults.").replace(".", " ")


def _input(text: str, channels: Callable[[], int] | None) -> str:
    """An input size; a lone number is the side of a square."""
    size = parse_size(text)
    if size is None or len(size) != 1:
        return text
    side = size[0]
    return format_shape((channels() if channels is not None else 3, side, side))


def _input_line(sizes: Sequence[str]) -> tuple[str, list[str], list[float | None]]:
    """What of the input varies, and where each size stands."""
    parsed = [parse_size(size) for size in sizes]
    shapes = [size for size in parsed if size is not None and len(size) == 3]
    nowhere: list[float | None] = [None] * len(sizes)
    if len(shapes) < len(sizes):
        return "input", list(sizes), nowhere
    varying = [index for index in range(3) if len({shape[index] for shape in shapes}) > 1]
    square = all(shape[0] == shape[1] for shape in shapes)
    if len(varying) == 1:
        label = f"input {_DIMENSIONS[varying[0]]}"
        return label, list(sizes), [float(shape[varying[0]]) for shape in shapes]
    if square and varying in ([], [0, 1]):
        return "input size", list(sizes), [float(shape[0]) for shape in shapes]
    return "input", list(sizes), nowhere


def _axis(key: str, label: str, texts: Sequence[str], numbers: Sequence[float | None]) -> Axis:
    values = [AxisValue(text, number) for text, number in zip(texts, numbers, strict=True)]
    if None in numbers:
        return Axis(key, label, tuple(AxisValue(value.text, None) for value in values))
    return Axis(key, label, tuple(sorted(values, key=lambda value: value.number or 0)))
