"""archc compiles convolutional networks that are written down as their papers print them."""

from __future__ import annotations

from archc.diagnostics import ArchcError, Diagnostic, SpecError
from archc.limits import Limits
from archc.network import Network, SpecNotFoundError, load
from archc.spec import UnknownVariantError

__all__ = [
    "ArchcError",
    "Diagnostic",
    "Limits",
    "Network",
    "SpecError",
    "SpecNotFoundError",
    "UnknownVariantError",
    "load",
]
