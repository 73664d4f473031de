"""What differs between two networks: rows aligned, changes in the spec's words, figures.

`compare` takes two checked graphs (``archc.load(...).graph``) and gives a `Difference`::

    import archc.difference

    found = archc.difference.compare(a.graph, b.graph)
    found.delta.params            # learned numbers that the second has more
    print(found.to_markdown())
"""

from __future__ import annotations

from archc.difference.changes import Change
from archc.difference.compare import compare
from archc.difference.model import Difference, HeadDifference, RowDifference

__all__ = ["Change", "Difference", "HeadDifference", "RowDifference", "compare"]
