"""Values of attributes in words."""

from __future__ import annotations

from typing import Any

from archc.fields import to_key

__all__ = ["attribute_words", "number_words", "pair_words", "short_words", "value_words"]


def number_words(value: float) -> str:
    """A number without zeros at its end."""
    return f"{value:.6g}"


def pair_words(sizes: tuple[int, ...]) -> str:
    """Height and width as tables print them: ``3×3``."""
    return "×".join(map(str, sizes))


def short_words(value: Any) -> str:
    """A number, height×width, or the cells on four sides, as short as they can be said."""
    match value:
        case float():
            return f"{value:g}"
        case (top, bottom, left, right) if (top, left) != (bottom, right):
            return f"[{top}, {bottom}, {left}, {right}]"
        case (height, _, width, _) | (height, width):
            return str(height) if height == width else f"{height}×{width}"
    return str(value)


def value_words(name: str, value: Any) -> str:
    """The value of an attribute as specs write it: ``3×3``, ``40%``, ``true``, ``default``."""
    if value is None:
        return "default"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{number_words(100 * value)}%" if name == "rate" else number_words(value)
    return pair_words(value) if name in ("kernel", "output") else short_words(value)


def attribute_words(name: str, value: Any) -> str:
    """An attribute with its value: ``64 filters``, ``padding 1``, ``ceil``, ``no shift``."""
    if isinstance(value, bool):
        return to_key(name) if value else f"no {to_key(name)}"
    if name in ("filters", "groups"):
        return f"{value} {name}"
    return f"{to_key(name)} {short_words(value)}"
