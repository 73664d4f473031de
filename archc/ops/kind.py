"""What an operation is to somebody who looks at a network: a colour, and a word in a legend."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Kind"]


class Kind(StrEnum):
    """The words of the legend, in its order. Modules and tensors are no operations."""

    MODULE = "module"
    CONVOLUTION = "convolution"
    LINEAR = "linear"
    MAX_POOL = "max pool"
    AVG_POOL = "average pool"
    NORM = "norm"
    ACTIVATION = "activation"
    JOIN = "concat or sum"
    TENSOR = "tensor"
    OTHER = "other"

    @property
    def css(self) -> str:
        """Its class in an SVG and on a page."""
        return self.name.lower().replace("_", "-")
