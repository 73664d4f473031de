"""Specs that are small on paper and grow: chains, powers of repeats, aliases of aliases."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

__all__ = ["grown"]

_HEAD = "network: N\ninput: 32×32×3\n"
_COUNTS = (2, 10, 59, 61, 200, 1000, 3000)


def module_chain(random: Random, count: int) -> str:
    """Each module uses the next."""
    lines = [f"  m{each}: {{rows: [m{each + 1}]}}\n" for each in range(count)]
    return f"{_HEAD}rows: [m0]\nmodules:\n{''.join(lines)}  m{count}: {{rows: [relu]}}\n"


def module_tree(random: Random, count: int) -> str:
    """Each module uses the next twice."""
    count = min(count, 200)
    lines = [f"  m{each}: {{rows: [m{each + 1}, m{each + 1}]}}\n" for each in range(count)]
    return f"{_HEAD}rows: [m0]\nmodules:\n{''.join(lines)}  m{count}: {{rows: [relu]}}\n"


def name_chain(random: Random, count: int) -> str:
    """Each module is another name of the next."""
    lines = [f"  m{each}: m{each + 1}\n" for each in range(count)]
    end = random.choice(("m0", "inception", "{rows: [relu]}"))
    return f"{_HEAD}rows: [m0]\nmodules:\n{''.join(lines)}  m{count}: {end}\n"


def column_chain(random: Random, count: int) -> str:
    """Each column's default is arithmetic over the next."""
    operator = random.choice(("", " + 1", " * 2", " * 10000", " // 2"))
    columns = ", ".join(f"c{each}: c{each + 1}{operator}" for each in range(count))
    end = random.choice(("1", "c0", "~", "x"))
    row = "[[convolution, 1×1, c0]]"
    module = f"{{columns: {{{columns}, c{count}: {end}}}, rows: {row}}}"
    return f"{_HEAD}rows: [m]\nmodules: {{m: {module}}}\n"


def passed_on(random: Random, count: int) -> str:
    """A column's value is handed down through many modules."""
    step = random.choice(("w", "w + 1", "w * 2", "w + w"))
    lines = [
        f"  m{each}: {{columns: [w], rows: [{{type: m{each + 1}, w: {step}}}]}}\n"
        for each in range(count)
    ]
    last = f"  m{count}: {{columns: [w], rows: [[convolution, 1×1, w]]}}\n"
    return f"{_HEAD}rows: [{{type: m0, w: 1}}]\nmodules:\n{''.join(lines)}{last}"


def nested_repeats(random: Random, count: int) -> str:
    """Repeats of repeats of repeats."""
    count, times = min(count, 28), random.choice((2, 3, 10, 999))
    row = random.choice(("relu", "[convolution, 1×1, 4]", "[inception, ~, 1]"))
    for _ in range(count):
        row = f"{{repeat: {times}, rows: [{row}]}}"
    return f"{_HEAD}rows: [{row}]\n"


def nested_branches(random: Random, count: int) -> str:
    """Splits inside splits, each branch doubling what follows."""
    row = random.choice(("relu", "[convolution, 1×1, 4]"))
    for _ in range(random.choice((2, 5, 10, 14, 18))):
        row = f"{{branches: {{a: [{row}], b: []}}}}"
    return f"{_HEAD}rows: [{row}]\n"


def doubled(random: Random, count: int) -> str:
    """Channels double with each row."""
    row = "{from: [input, input], type: concat, name: a0}\n"
    rows = [f"  - {{type: concat, from: [a{n}, a{n}], name: a{n + 1}}}\n" for n in range(count)]
    return f"{_HEAD}rows:\n  - {row}{''.join(rows)}"


def laughs(random: Random, count: int) -> str:
    """Aliases of aliases of aliases."""
    count, width = min(count, 58), random.choice((1, 2, 9))
    first = random.choice(("relu", "[relu]", "[convolution, 1×1, 4]", "&x x"))
    lines = [f"  - &a0 {first}\n"]
    for each in range(count):
        lines.append(f"  - &a{each + 1} [{', '.join([f'*a{each}'] * width)}]\n")
    key = random.choice(("rows", "notes", "columns", "variants", "names"))
    return f"{_HEAD}{key}:\n{''.join(lines)}rows: [relu]\n"


def long_table(random: Random, count: int) -> str:
    """Very many rows of one kind, right or wrong."""
    row = random.choice(
        ("[convolution, 3×3, 4, {padding: same}]", "relu", "[max pool, 1×1]", "[nothing, 1]",
         "{type: relu, name: same}", "{type: relu, from: input}", "[inception (3a), ~, 1]",
         "{type: concat, from: [input, input]}", "[convolution, 3×3, channels * 2]", "3", "[]",
         "{branches: {a: [], b: []}, join: add}")
    )  # fmt: skip
    return f"{_HEAD}rows:\n" + f"  - {row}\n" * count


def many_names(random: Random, count: int) -> str:
    """A network of many rows, each read by its name further down."""
    rows = [f"  - {{type: relu, name: r{each}, from: input}}\n" for each in range(count)]
    names = ", ".join(f"r{each}" for each in range(count))
    join = random.choice(("add", "concat", "identity"))
    return f"{_HEAD}rows:\n{''.join(rows)}  - {{type: {join}, from: [{names}]}}\n"


def many_mistakes(random: Random, count: int) -> str:
    """Very many mistakes, each like the names of all other rows."""
    row = random.choice(
        ("{type: relu, name: r%d, from: r%dx}", "{type: relu, name: r%d, frm: r%d}",
         "{type: relo%d, name: r%d}", "[relu, %d, %d, 1]")
    )  # fmt: skip
    return f"{_HEAD}rows:\n" + "".join(f"  - {row % (each, each)}\n" for each in range(count))


def many_variants(random: Random, count: int) -> str:
    """Very many variants."""
    count = min(count, 200)
    names = ", ".join(f"v{each}" for each in range(count))
    if random.randrange(2):
        names = ", ".join(f"v{each}: {{input: {each}×8×8}}" for each in range(count))
        return f"{_HEAD}variants: {{{names}}}\nrows: [relu]\n"
    cells = ", ".join(random.choice(("relu", '"conv3-4, conv1-4"', "~")) for _ in range(count))
    return f"{_HEAD}variants: [{names}]\nrows:\n  - [{cells}]\n  - [relu]\n"


def many_heads(random: Random, count: int) -> str:
    """Very many heads of one module."""
    head = random.choice(("{after: relu, module: m}", "{after: relu_9, module: m, w: 2}"))
    heads = "".join(f"  h{each}: {head}\n" for each in range(count))
    return f"{_HEAD}rows: [relu, relu]\nmodules: {{m: {{rows: [flatten]}}}}\nheads:\n{heads}"


def wide(random: Random, count: int) -> str:
    """Very many columns, modules or defaults."""
    kind = random.randrange(3)
    if kind == 0:
        columns = ", ".join(f"c{each}" for each in range(count))
        return f"{_HEAD}columns: [type, {columns}]\nrows:\n  - [relu{', 1' * count}]\n"
    if kind == 1:
        modules = "".join(f"  m{each}: {{rows: [relu]}}\n" for each in range(count))
        return f"{_HEAD}rows: [m0, n0]\nmodules:\n{modules}"
    defaults = ", ".join(f"c{each}: 1" for each in range(count))
    return f"{_HEAD}defaults: {{convolution: {{{defaults}}}}}\nrows: [relu]\n"


def brackets(random: Random, count: int) -> str:
    """Nothing but opening brackets."""
    count *= random.choice((1, 10))
    opening = random.choice(("[", "{a: ", "- ", "? ", "[{a: ", "&a [", "!!x [", "(", "'", '"\\'))
    return random.choice(("", _HEAD + "rows: ")) + opening * count


_GROWN: tuple[Callable[[Random, int], str], ...] = (
    module_chain, module_tree, name_chain, column_chain, passed_on, nested_repeats,
    nested_branches, doubled, laughs, long_table, many_names, many_mistakes, many_variants,
    many_heads, wide, brackets,
)  # fmt: skip


def grown(random: Random) -> str:
    """One such spec."""
    return random.choice(_GROWN)(random, random.choice(_COUNTS))
