"""The engines' names, for those who want to know no more of them."""

from __future__ import annotations

__all__ = ["BASE", "OTHERS"]

BASE = "archc"
OTHERS = (
    "eager",
    "eager-float32",
    "channels-last",
    "compile",
    "compile-graphs",
    "onnxruntime",
    "openvino",
)
