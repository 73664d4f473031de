"""A ``repr`` of what holds much: what it is, its name and a few facts."""

from __future__ import annotations

from archc.texts.line import one_line

__all__ = ["brief"]

_LONGEST = 60
"""Characters of a name; a spec may have a longer one."""


def brief(thing: object, name: str, *facts: str) -> str:
    """``<Row conv1: convolution, 112×112×64>``."""
    name = one_line(name)
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 1]}…"
    text = ", ".join(one_line(each) for each in facts)
    head = f"{type(thing).__name__} {name}".rstrip()
    return f"<{head}: {text}>" if text else f"<{head}>"
