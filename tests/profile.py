"""How long the tests may take: ``ARCHC_TEST_PROFILE=long`` asks for many more examples."""

from __future__ import annotations

import os

__all__ = ["LONG", "examples"]

LONG: bool = os.environ.get("ARCHC_TEST_PROFILE") == "long"


def examples(default: int, long: int) -> int:
    """How many examples a random test tries: ``long`` of them in the longer profile."""
    return long if LONG else default
