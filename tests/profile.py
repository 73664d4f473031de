"""How long the tests may take: ``ARCHC_TEST_PROFILE=long`` asks for many more examples."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

__all__ = ["LONG", "examples", "repeatable"]

LONG: bool = os.environ.get("ARCHC_TEST_PROFILE") == "long"


def examples(default: int, long: int) -> int:
    """How many examples a random test tries: ``long`` of them in the longer profile."""
    return long if LONG else default


def repeatable(default: int, long: int | None = None, **more: Any) -> settings:
    """Settings of a random test that tries the same examples each time, however long one takes."""
    return settings(
        max_examples=examples(default, default if long is None else long),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )
