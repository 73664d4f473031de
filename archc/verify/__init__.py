"""Does an existing module implement a spec? Two networks are aligned layer by layer.

Nothing here runs a module: what one does arrives as a flat graph (`archc.ir.flat`), which
`archc.runtime.trace` makes of it.
"""

from __future__ import annotations

from archc.verify.comparison import compare
from archc.verify.deviation import Deviation

__all__ = ["Deviation", "compare"]
