"""How images become the network's input: the spec's ``preprocess``."""

from __future__ import annotations

from collections.abc import Mapping

from archc.diagnostics import Code, Diagnostics, Label
from archc.ir import Preprocess
from archc.ops import Shape
from archc.spec.located import Located
from archc.spec.models import PreprocessModel

__all__ = ["read_preprocess"]


def read_preprocess(
    model: PreprocessModel, root: Mapping[str, Located], shape: Shape, diagnostics: Diagnostics
) -> Preprocess:
    """The section, each key fitting the input.

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
