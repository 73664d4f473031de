"""Does an existing module implement a spec? Alignment of two networks, layer by layer.

Pure: what a module does arrives as a `Graph`, which `archc.runtime.trace` makes of it.
"""

from __future__ import annotations

from archc.verify.comparison import compare
from archc.verify.difference import Difference
from archc.verify.graph import Graph, Head, Layer, Unknown

__all__ = ["Difference", "Graph", "Head", "Layer", "Unknown", "compare"]
