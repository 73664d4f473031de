"""Whole numbers that remember how code would write them.

Running an operation's own shape rule on symbols gives the code for every channel count: no
second rule is needed to write ``in_channels`` or ``n1x1 + n3x3``. Sums of the same terms are
collected, so that a dense block's last layer reads ``in_channels + 5 * growth_rate``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

__all__ = ["Symbol", "text"]

_ATOM, _PRODUCT, _SUM = 3, 2, 1


class Symbol(int):
    """A number with the text of the expression that gives it.

    ``terms`` are what is added in it, symbols that are no sums themselves, each with how often
    it counts; ``constant`` is added to them.
    """

    text: str
    level: int
    terms: tuple[tuple[Symbol, int], ...]
    constant: int

    def __new__(cls, value: int, text: str, level: int = _ATOM) -> Self:
        """``level`` is how tightly the text's outermost operator binds."""
        self = super().__new__(cls, value)
        self.text = text
        self.level = level
        self.terms = ((self, 1),)
        self.constant = 0
        return self

    def __add__(self, other: int) -> int:
        return _sum(self, other, 1)

    def __radd__(self, other: int) -> int:
        return _sum(other, self, 1)

    def __sub__(self, other: int) -> int:
        return _sum(self, other, -1)

    def __rsub__(self, other: int) -> int:
        return _sum(other, self, -1)

    def __mul__(self, other: int) -> int:
        return _product(self, other)

    def __rmul__(self, other: int) -> int:
        return _product(other, self)

    def __floordiv__(self, other: int) -> int:
        return _quotient(self, other)

    def __rfloordiv__(self, other: int) -> int:
        return _quotient(other, self)

    def __mod__(self, other: int) -> int:
        return _binary(self, "%", other, int(self) % int(other), _PRODUCT)

    def __rmod__(self, other: int) -> int:
        return _binary(other, "%", self, int(other) % int(self), _PRODUCT)


def text(value: int) -> str:
    """Return the code for a number, symbolic or not."""
    return value.text if isinstance(value, Symbol) else str(value)


def _sum(left: int, right: int, sign: int) -> int:
    """Add or subtract, and collect equal terms in the order they appear."""
    symbols: dict[str, Symbol] = {}
    counts: dict[str, int] = {}
    constant = 0
    for side, factor in ((left, 1), (right, sign)):
        for symbol, count in side.terms if isinstance(side, Symbol) else ():
            symbols.setdefault(symbol.text, symbol)
            counts[symbol.text] = counts.get(symbol.text, 0) + factor * count
        constant += factor * (side.constant if isinstance(side, Symbol) else int(side))
    return _linear(((symbols[name], count) for name, count in counts.items()), constant)


def _linear(terms: Iterable[tuple[Symbol, int]], constant: int) -> int:
    """Write the sum of ``terms`` and ``constant``: what is subtracted stands last."""
    kept = sorted(((term, n) for term, n in terms if n), key=lambda term: term[1] < 0)
    value = sum(int(term) * n for term, n in kept) + constant
    if not kept:
        return value
    if constant == 0 and len(kept) == 1 and kept[0][1] == 1:
        return kept[0][0]
    pieces = [(n, _times(term, abs(n))) for term, n in kept]
    if constant:
        at = next((i for i, (n, _) in enumerate(pieces) if n < 0), len(pieces))
        pieces.insert(at if constant > 0 else len(pieces), (constant, str(abs(constant))))
    first, *rest = pieces
    written = first[1]
    if first[0] < 0:  # a minus binds tighter than what it negates
        symbol = kept[0][0]
        written = f"-{_side(symbol, _ATOM)}" if first[0] == -1 else f"-{written}"
    written += "".join(f" {'-' if n < 0 else '+'} {piece}" for n, piece in rest)
    total = Symbol(value, written, _SUM if rest or first[0] < 0 else _PRODUCT)
    total.terms, total.constant = tuple(kept), constant
    return total


def _times(symbol: Symbol, count: int) -> str:
    if count == 1:
        return _side(symbol, _PRODUCT)
    return f"{count} * {_side(symbol, _ATOM)}"


def _product(left: int, right: int) -> int:
    for factor, symbolic in ((left, right), (right, left)):
        if not isinstance(factor, Symbol) and isinstance(symbolic, Symbol):
            if factor in (0, 1):
                return symbolic if factor else 0
            if len(symbolic.terms) == 1 and symbolic.constant == 0:
                ((symbol, count),) = symbolic.terms
                return _linear([(symbol, count * factor)], 0)
    return _binary(left, "*", right, int(left) * int(right), _PRODUCT)


def _quotient(left: int, right: int) -> int:
    if isinstance(left, Symbol) and not isinstance(right, Symbol) and right > 0:
        counts = [left.constant, *(count for _, count in left.terms)]
        if all(count % right == 0 for count in counts):
            terms = ((symbol, count // right) for symbol, count in left.terms)
            return _linear(terms, left.constant // right)
    return _binary(left, "//", right, int(left) // int(right), _PRODUCT)


def _binary(left: int, operator: str, right: int, value: int, level: int) -> int:
    return Symbol(value, f"{_side(left, level)} {operator} {_side(right, level + 1)}", level)


def _side(value: int, level: int) -> str:
    """Write ``value`` as an operand, in parentheses if it binds less tightly than ``level``."""
    if not isinstance(value, Symbol):
        return str(value) if value >= 0 else f"({value})"
    return value.text if value.level >= level else f"({value.text})"
