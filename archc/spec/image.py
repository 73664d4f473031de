"""The network's input: its size, and how an image becomes it."""

from __future__ import annotations

from collections.abc import Mapping

from archc.diagnostics import Code, Diagnostics, Label
from archc.ir import Preprocess
from archc.ops import Shape
from archc.spec.located import Located
from archc.spec.models import PreprocessModel
from archc.spec.tokens import parse_size

__all__ = ["read_input", "read_preprocess"]


_CHANNELS = (1, 3, 4)
"""Of images; four where they are transparent, or are four frames."""

_SIDE = 8
"""Of the smallest images that networks are given."""


def read_input(text: str, cell: Located, diagnostics: Diagnostics) -> Shape | None:
    """Read the shape in ``text``, the value of ``cell``; None where there is none."""
    size = parse_size(text)
    if size is not None and len(size) == 3 and min(size) > 0:
        height, width, channels = size
        if _looks_channels_first(height, width, channels):
            message = f"an input {height} high and {width} wide, with {channels} channels"
            help_ = f"write height×width×channels: `{width}×{channels}×{height}`"
            diagnostics.add(Code.CHANNELS_FIRST, message, cell.span, help=help_)
        return channels, height, width
    help_ = _as_meant(text, size)
    diagnostics.add(Code.BAD_SIZE, f"{cell.shown} is no input size", cell.span, help=help_)
    return None


def _as_meant(text: str, size: tuple[int, ...] | None) -> str:
    """Say how to write the size that a text seems to mean, or what it lacks."""
    mended = text.replace("*", "×")
    size = size or parse_size(mended)
    match size:
        case tuple() if min(size) == 0:
            return "height, width and channels are at least 1"
        case (side,):
            return f"width and channels are missing: as {side}×{side}×3 for colour images"
        case (height, width):
            return f"channels are missing: as {height}×{width}×3 for colour images"
        case tuple():
            return f"write `{mended}`"
    return "write height×width×channels, as 224×224×3"


def _looks_channels_first(height: int, width: int, channels: int) -> bool:
    """Whether the numbers are those of a square image, its channels in front.

    A signal that is one or four high may have as many channels as it is long, where that is a
    power of two; one that is three high hardly exists.
    """
    if height not in _CHANNELS or width != channels or width < _SIDE:
        return False
    return height == 3 or channels.bit_count() > 1


def read_preprocess(
    model: PreprocessModel, root: Mapping[str, Located], shape: Shape, diagnostics: Diagnostics
) -> Preprocess:
    """Read the section, and check that each key fits the input.

    What was written for another input than ``--set`` makes is left out.
    """
    found = Preprocess(
        model.resize,
        model.interpolation,
        None if model.mean is None else tuple(model.mean),
        None if model.std is None else tuple(model.std),
    )
    channels, height, width = shape
    wrong: dict[str, tuple[str, str]] = {}
    for key, numbers in (("mean", found.mean), ("std", found.std)):
        if numbers is not None and len(numbers) != channels:
            wrong[key] = (
                f"`{key}` has {_counted(len(numbers), 'number')}, "
                f"the input {_counted(channels, 'channel')}",
                "give one for each channel",
            )
    if found.resize is not None and found.resize < max(height, width):
        wrong["resize"] = (
            f"`resize` is {found.resize}, too small for an input of {height}×{width}",
            f"it must be at least {max(height, width)}",
        )
    size = root["input"]
    for key, (message, help_) in wrong.items():
        place = root["preprocess"].value[key]
        if size.source.name == _SETTING and place.source.name != _SETTING:
            continue
        label = [Label(size.span, "the input")]
        diagnostics.add(Code.BAD_VALUE, message, place.span, help=help_, labels=label)
    return Preprocess(
        None if "resize" in wrong else found.resize,
        found.interpolation,
        None if "mean" in wrong else found.mean,
        None if "std" in wrong else found.std,
    )


_SETTING = "--set"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"
