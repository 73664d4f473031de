"""Places in texts, what is wrong there, and how that is shown. Imports nothing else of archc.

A diagnostic has a stable code, one primary span and, where two places disagree,
labelled secondary spans. Rendered it reads::

    nets/tiny.yaml:7:30: error[E401]: inception (3a) gives 28×28×256, ...
      |
    7 |   - [inception (3a), ~, 28×28×255, 2, 64, 96, 128, 16, 32, 32]
      |                         ^^^^^^^^^
      = help: ...
"""

from __future__ import annotations

from archc.diagnostics.codes import Code
from archc.diagnostics.diagnostic import (
    ArchcError,
    Diagnostic,
    Diagnostics,
    Label,
    Source,
    Span,
    SpecError,
    TooManyErrorsError,
    in_order,
)
from archc.diagnostics.words import nearest, safe, width

__all__ = [
    "ArchcError",
    "Code",
    "Diagnostic",
    "Diagnostics",
    "Label",
    "Source",
    "Span",
    "SpecError",
    "TooManyErrorsError",
    "in_order",
    "nearest",
    "safe",
    "width",
]
