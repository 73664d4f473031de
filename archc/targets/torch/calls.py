"""Constructor calls as lines: arguments by position or by name, repeated calls as loops.

Three or more equal calls in a row become ``*(Block(64) for _ in range(6))``, as a person would
write them; where one number grows by equal steps, as in a dense block, the loop runs over it.
"""

from __future__ import annotations

from collections.abc import Sequence

from archc.plan.arguments import Argument, argument_text, is_default
from archc.plan.uses import Construction
from archc.targets.python import WIDTH, Call, Loop, layout

__all__ = ["assignment"]

_AT_LEAST = 3


def assignment(construction: Construction, indent: int, target: str) -> list[str]:
    """Return the lines that set ``target`` to a layer, an object or a sequence."""
    margin, prefix = " " * indent, f"{target} = "
    if construction.option is not None:
        return _optional(construction, construction.option, indent, prefix)
    if not construction.comments:
        return layout(_call(construction), indent, prefix)
    found, start = [f"{margin}{prefix}{construction.head}("], 0
    for end, comment in construction.comments.items():
        calls = _repeated([_call(part) for part in construction.parts[start : end + 1]])
        suffixes = [","] * (len(calls) - 1) + [f",  # {comment}"]
        for call, suffix in zip(calls, suffixes, strict=True):
            found += layout(call, indent + 4, "", suffix)
        start = end + 1
    return [*found, f"{margin})"]


def _optional(construction: Construction, option: str, indent: int, prefix: str) -> list[str]:
    """Return the assignment of what is there only where the flag ``option`` is set."""
    margin, call = " " * indent, _call(construction)
    choice = f"{call.flat} if {option} else nn.Identity()"
    whole = f"{margin}{prefix}{choice}"
    if len(whole) <= WIDTH:
        return [whole]
    inner = f"{margin}    {choice}"
    if len(inner) <= WIDTH:
        return [f"{margin}{prefix}(", inner, f"{margin})"]
    branches = [f"{margin}    if {option}", f"{margin}    else nn.Identity()"]
    return [f"{margin}{prefix}(", *layout(call, indent + 4), *branches, f"{margin})"]


def _call(construction: Construction) -> Call:
    """Return the constructor call."""
    parts = _repeated([_call(part) for part in construction.parts])
    return Call(construction.head, (*_arguments(construction.arguments), *parts))


def _arguments(arguments: Sequence[Argument]) -> list[str]:
    """Return arguments as code.

    They go by position while they obviously can: widths, and those that have the name of what
    they are given.
    """
    found: list[str] = []
    is_positional = True
    for argument in arguments:
        if is_default(argument):
            is_positional = False
            continue
        text = argument_text(argument.value)
        is_obvious = argument.place == "first" or text == argument.name
        is_positional = is_positional and is_obvious
        found.append(text if is_positional else f"{argument.name}={text}")
    return found


def _repeated(calls: Sequence[Call]) -> list[Call | Loop]:
    """Return ``calls`` with loops in place of runs."""
    found: list[Call | Loop] = []
    start = 0
    while start < len(calls):
        length, loop = _longest_run(calls, start)
        found.append(loop)
        start += length
    return found


def _longest_run(calls: Sequence[Call], start: int) -> tuple[int, Call | Loop]:
    """How many calls from ``start`` one loop can say, and the loop; one call stays as it is."""
    first = calls[start]
    same = _run(calls, start, None, 0)
    if same >= _AT_LEAST:
        return same, Loop(first, f"for _ in range({same})")
    for at, (name, value) in enumerate(map(_number, first.arguments)):
        step = _step(calls, start, at)
        length = _run(calls, start, at, step) if value is not None and step else 0
        if length >= _AT_LEAST and value is not None:
            variable = name or "in_channels"
            arguments = list(first.arguments)
            arguments[at] = f"{name}={variable}" if name else variable
            bounds = f"{value}, {value + length * step}, {step}"
            loop = Loop(Call(first.head, tuple(arguments)), f"for {variable} in range({bounds})")
            return length, loop
    return 1, first


def _run(calls: Sequence[Call], start: int, at: int | None, step: int) -> int:
    """How many calls from ``start`` are the first one but for its argument ``at``."""
    length = 1
    while start + length < len(calls) and _follows(
        calls[start], calls[start + length], at, step * length
    ):
        length += 1
    return length


def _follows(first: Call, other: Call, at: int | None, difference: int) -> bool:
    """Whether ``other`` is ``first``, the number at ``at`` larger by ``difference``."""
    if first.head != other.head or len(first.arguments) != len(other.arguments):
        return False
    for index, (one, two) in enumerate(zip(first.arguments, other.arguments, strict=True)):
        if index != at:
            if one != two:
                return False
            continue
        (name, value), (other_name, other_value) = _number(one), _number(two)
        if value is None or other_value is None or name != other_name:
            return False
        if other_value - value != difference:
            return False
    return True


def _step(calls: Sequence[Call], start: int, at: int) -> int:
    """By how much the number at ``at`` grows from one call to the next; 0 if it does not."""
    if start + 1 == len(calls) or len(calls[start + 1].arguments) <= at:
        return 0
    values = [_number(call.arguments[at])[1] for call in calls[start : start + 2]]
    return 0 if values[0] is None or values[1] is None else max(values[1] - values[0], 0)


def _number(argument: object) -> tuple[str, int | None]:
    """The name (if it has one) and the value of a whole-number argument."""
    if not isinstance(argument, str):
        return "", None
    name, _, text = argument.rpartition("=")
    return name, int(text) if text.isdecimal() else None
