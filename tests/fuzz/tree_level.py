"""Mutations of a spec's values: what is good YAML, and no good spec."""

from __future__ import annotations

import copy
import reprlib
from collections.abc import Callable
from random import Random
from typing import Any

import yaml

from tests.fuzz import values

__all__ = ["as_yaml", "mutate_tree"]

Place = tuple[Any, Any]
"""A list or mapping and an index or key of it."""


def replace(random: Random, root: Any, other: Any) -> None:
    """Another value in place of one."""
    holder, key = _place(random, root)
    holder[key] = values.any_value(random)


def perturb(random: Random, root: Any, other: Any) -> None:
    """A value near the one that is there: a number off, a text with something more."""
    holder, key = _leaf(random, root)
    old = holder[key]
    if isinstance(old, bool) or old is None:
        holder[key] = values.number(random)
    elif isinstance(old, int | float):
        holder[key] = random.choice((old + 1, old - 1, -old, old * 1000, str(old), [old], old / 2))
    else:
        word = str(old)
        at = random.randrange(len(word) + 1)
        holder[key] = word[:at] + random.choice(values.TEXTS) + word[at:]


def delete(random: Random, root: Any, other: Any) -> None:
    """An entry is missing."""
    holder, key = _place(random, root)
    del holder[key]


def duplicate(random: Random, root: Any, other: Any) -> None:
    """An entry twice, or very often."""
    holder, key = _place(random, root)
    times = random.choice((1, 1, 2, 10, 300))
    if isinstance(holder, list):
        holder[key:key] = [copy.deepcopy(holder[key]) for _ in range(times)]
    else:
        for number in range(times):
            holder[f"{key} {number}"] = copy.deepcopy(holder[key])


def move(random: Random, root: Any, other: Any) -> None:
    """A copy of one value in place of another."""
    (source, key), (target, at) = _place(random, root), _place(random, root)
    target[at] = copy.deepcopy(source[key])


def share(random: Random, root: Any, other: Any) -> None:
    """One value at two places: an anchor and an alias, perhaps inside what it stands for."""
    (source, key), (target, at) = _place(random, root), _place(random, root)
    target[at] = source[key]


def transplant(random: Random, root: Any, other: Any) -> None:
    """A value of another spec, under its own key if it has one."""
    (source, key), (target, at) = _place(random, other), _place(random, root)
    value = copy.deepcopy(source[key])
    if isinstance(target, dict) and isinstance(source, dict):
        target[key] = value
    elif isinstance(target, list) and random.randrange(2):
        target.insert(at, value)
    else:
        target[at] = value


def section(random: Random, root: Any, other: Any) -> None:
    """A whole section of another spec."""
    if isinstance(root, dict) and isinstance(other, dict) and other:
        key = random.choice(list(other))
        root[key] = copy.deepcopy(other[key])


def rename(random: Random, root: Any, other: Any) -> None:
    """A key is called otherwise."""
    holder, key = _place(random, root)
    if isinstance(holder, dict):
        name = random.choice((values.text(random), random.choice(values.NAMES), f"{key}s"))
        entries = [(name if each == key else each, value) for each, value in holder.items()]
        holder.clear()
        holder.update(entries)


def retype(random: Random, root: Any, other: Any) -> None:
    """A list is a mapping, a scalar a list, a mapping a list, ..."""
    holder, key = _place(random, root)
    old = holder[key]
    if isinstance(old, dict):
        holder[key] = random.choice((list(old), list(old.values()), _text(old), None))
    elif isinstance(old, list):
        holder[key] = random.choice(({_text(each): each for each in old[:9]}, _text(old), {}, None))
    else:
        holder[key] = random.choice(([old], {str(old): old}, {"type": old}, str(old), [[old]]))


def _text(value: Any) -> str:
    """A value as text, cut off where its aliases would make it many times as long as it is."""
    short = reprlib.Repr()
    short.maxlevel, short.maxlist, short.maxdict, short.maxstring = 5, 12, 12, 1000
    return value if isinstance(value, str) else short.repr(value)


def nest(random: Random, root: Any, other: Any) -> None:
    """A value lies deep inside lists, mappings, groups or branches."""
    holder, key = _place(random, root)
    kind = random.randrange(4)
    for _ in range(random.choice((1, 1, 2, 5, 20, 27, 55, 200))):
        old = holder[key]
        holder[key] = ([old], {"rows": [old]}, {"branches": {"a": [old], "b": []}}, {"a": old})[
            kind
        ]


def rewire(random: Random, root: Any, other: Any) -> None:
    """A row has one more key of those that wire, name, repeat and annotate rows."""
    rows = [each for each in _rows(root) if isinstance(each, list | dict)]
    if not rows:
        return
    row = random.choice(rows)
    if isinstance(row, list):
        if not (row and isinstance(row[-1], dict)):
            row.append({})
        row = row[-1]
    key = random.choice(_ROW_KEYS)
    row[key] = random.choice(
        (values.any_value(random), random.choice(values.NAMES), random.randrange(1, 2000))
    )


def lengthen(random: Random, root: Any, other: Any) -> None:
    """A row in very many copies, or with a large repeat."""
    rows = root.get("rows") if isinstance(root, dict) else None
    if not isinstance(rows, list) or not rows:
        return
    at = random.randrange(len(rows))
    if random.randrange(2):
        rows[at:at] = [copy.deepcopy(rows[at]) for _ in range(random.choice((10, 100, 1500)))]
    elif isinstance(rows[at], list) and rows[at]:
        times = random.choice((0, 2, 3, 5, 50, 50, 1000, random.choice((9999, 99_999, 999_999))))
        rows[at][0] = f"{times}×{rows[at][0]}"


_ROW_KEYS = (
    "name", "from", "as", "repeat", "when", "unlisted", "note", "notes", "errata", "norm",
    "activation", "branches", "join", "rows", "patch", "kernel", "stride", "padding", "dilation",
    "filters", "groups", "bias", "weight init", "bias init", "ceil", "count include pad", "rate",
    "multiplier", "output", "output size", "input size", "depth", "params", "ops", "eps", "remark",
)  # fmt: skip

_MUTATORS: tuple[Callable[[Random, Any, Any], None], ...] = (
    replace, replace, replace, perturb, perturb, perturb, delete, duplicate, move, move, share,
    transplant, transplant, section, rename, rename, retype, nest, rewire, rewire, rewire, lengthen,
)  # fmt: skip


def mutate_tree(random: Random, root: Any, other: Any) -> None:
    """One mutation of ``root`` in place; ``other`` is a spec to take from."""
    try:
        random.choice(_MUTATORS)(random, root, other)
    except (_NoPlace, TypeError, OverflowError, RecursionError):
        return  # nothing there to mutate so: the input is what it was


def as_yaml(random: Random, tree: Any) -> str:
    """The values as YAML, in one of its styles; empty for what PyYAML cannot write."""
    style = random.choice((None, None, False, True))
    width = random.choice((80, 10_000))
    unicode = bool(random.randrange(4))
    try:
        text: str = yaml.dump(
            tree, Dumper=_Dumper, default_flow_style=style, width=width, allow_unicode=unicode,
            sort_keys=False,
        )  # fmt: skip
    except (RecursionError, UnicodeEncodeError):
        return ""
    return text


class _NoPlace(Exception):
    """There is nothing inside."""


def _places(root: Any) -> list[Place]:
    """Every place, each list and mapping once, however often it is shared."""
    found: list[Place] = []
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        holder = waiting.pop()
        if not isinstance(holder, list | dict) or id(holder) in seen:
            continue
        seen.add(id(holder))
        keys: Any = holder if isinstance(holder, dict) else range(len(holder))
        found += [(holder, key) for key in keys]
        waiting += [holder[key] for key in keys]
    return found


def _place(random: Random, root: Any) -> Place:
    places = _places(root)
    if not places:
        raise _NoPlace
    return random.choice(places)


def _leaf(random: Random, root: Any) -> Place:
    """A place of a word, number or nothing."""
    leaves = [each for each in _places(root) if not isinstance(each[0][each[1]], list | dict)]
    if not leaves:
        raise _NoPlace
    return random.choice(leaves)


def _rows(root: Any) -> list[Any]:
    """The rows of a spec or module, and of its branches."""
    found: list[Any] = []
    for holder, key in _places(root):
        if isinstance(holder, dict) and isinstance(holder[key], list):
            found += holder[key] if key != "columns" else []
    return found


_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
