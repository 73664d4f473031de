"""The family of an operation: its colour in drawings, its word in a legend, what it is like."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Family"]


class Family(StrEnum):
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

    @property
    def is_pool(self) -> bool:
        """Whether it takes a maximum or a mean over windows."""
        return self in (Family.MAX_POOL, Family.AVG_POOL)
