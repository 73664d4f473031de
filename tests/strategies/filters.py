"""How many filters a row has: numbers, columns, and arithmetic over them."""

from __future__ import annotations

from collections.abc import Callable

from tests.strategies.body import Body
from tests.strategies.counts import Count, column_count, exactly

ARITHMETIC: tuple[tuple[str, Callable[[int], int]], ...] = (
    ("{}", lambda a: a),
    ("{} + 3", lambda a: a + 3),
    ("({} + 1) // 2", lambda a: (a + 1) // 2),
    ("2 × {}", lambda a: 2 * a),
    ("max({}, 4)", lambda a: max(a, 4)),
    ("min(6, {})", lambda a: min(6, a)),
    ("{} % 3 + 1", lambda a: a % 3 + 1),
    ("2 * {} - (3 - 2)", lambda a: 2 * a - 1),
    ("4 * {} / 2", lambda a: 4 * a // 2),
)
ARITHMETIC_OF_TWO: tuple[tuple[str, Callable[[int, int], int]], ...] = (
    ("{} + {}", lambda a, b: a + b),
    ("max({}, {})", max),
    ("({} + {}) // 2", lambda a, b: (a + b) // 2),
    ("{} + 1 - {} % 2", lambda a, b: a + 1 - b % 2),
)


def filters(body: Body, portable: bool = False) -> Count:
    """Some filters; ``portable`` ones mean the same in every row of the body."""
    writer = body.writer
    found = operands(body, portable)
    if not found or writer.chance(2):
        return exactly(writer.upto(12))
    if writer.chance(3):
        text, combine = writer.one(ARITHMETIC_OF_TWO)
        one, two = writer.one(found), writer.one(found)
        return Count(
            lambda values: combine(one.of(values), two.of(values)),
            text.format(one.text, two.text),
        )
    text, function = writer.one(ARITHMETIC)
    of = writer.one(found)
    if text == "{}":
        return of
    return Count(lambda values: function(of.of(values)), text.format(of.text))


def operands(body: Body, portable: bool) -> list[Count]:
    """Columns and channels that arithmetic may use."""
    writer = body.writer
    found = [column_count(name) for name in body.columns_of("count")]
    if writer.classes is not None:
        classes = writer.classes
        found.append(Count(lambda _: classes, "classes"))
    if not portable:
        found.append(Count(body.current.channels.of, "channels"))
    if body.names and writer.chance(4):
        name = writer.one(list(body.names))
        found.append(Count(body.names[name].channels.of, f"channels({name})"))
    return found


def width_of_current(body: Body) -> Count | None:
    """The current channels in a form that any row of the body may write, if there is one."""
    count = body.current.channels
    if count.text is not None:
        return count
    name = body.name_last()
    return None if name is None else Count(count.of, f"channels({name})")
