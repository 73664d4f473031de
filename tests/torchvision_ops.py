"""Let torchvision be imported beside a CPU build of torch.

Its wheels' operators (box suppression and the like, which no classifier uses) are compiled
for one build of torch; declared without a body, they no longer stand in the way.
"""

from __future__ import annotations

import torch

__all__ = ["declare"]

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def declare() -> None:
    """Declare what importing torchvision looks for. Does nothing where it is there."""
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", _SCHEMA)
