"""Other people's checkpoints onto a spec: which tensor is which, found by structure."""

from __future__ import annotations

from archc.checkpoint.layers import Checkpoint, read_checkpoint
from archc.checkpoint.mapping import Match, map_checkpoint

__all__ = ["Checkpoint", "Match", "map_checkpoint", "read_checkpoint"]
