"""The intermediate representation: see `archc.ir.graph`."""

from __future__ import annotations

from archc.ir.graph import (
    Block,
    Claim,
    Head,
    ModuleInfo,
    Network,
    Node,
    Operation,
    Origin,
    Preprocess,
    Row,
    Stage,
    Units,
    Value,
)

__all__ = [
    "Block",
    "Claim",
    "Head",
    "ModuleInfo",
    "Network",
    "Node",
    "Operation",
    "Origin",
    "Preprocess",
    "Row",
    "Stage",
    "Units",
    "Value",
]
