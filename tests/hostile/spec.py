"""One small network, with a text of one's own wherever a spec can have one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

import archc
from archc.naming import python_name

__all__ = [
    "DRAWN", "FORMULAS", "LATEX", "LETTERS", "MARKUP", "NAMES", "NASTY", "PROSE", "PYTHON", "RICH",
    "SLOTS", "UNSEEN", "Text", "each_slot", "harmless", "like", "load", "rotated",
]  # fmt: skip

Text = Callable[[str], str]
"""What stands in each slot, by the slot's name."""

PROSE = (
    "network", "source", "remark on all", "note", "claim note", "cell remark", "figure",
    "module source", "module notes",
)  # fmt: skip
"""The slots in which anything goes."""

NAMES = (
    "printed", "module", "label", "tensor", "column", "first branch", "second branch", "inner",
    "head", "head module", "head column", "variant", "other variant",
)  # fmt: skip
"""The slots that hold a name, which may be refused: two that are equal, or a wrong notation."""

SLOTS = PROSE + NAMES

PYTHON = (
    '"""', "'''", '"', "'", "\\", '\\"""', '"""\nimport os\n"""', "\\N{BULLET}", "\\x22\\x22\\x22",
    "{}", "{name}", "{__import__('os')}", "%s %n %(x)s", "# comment", "class", "None", "self",
    "forward", "torch", "__init__", "__import__('os').system('true')", "print", "super", "index",
)  # fmt: skip

UNSEEN = (
    "a\nb", "a\r\nimport os", "\u2028x\u2029", "\u202eevil\u2066", "\0", "\x1b[31mred", "\x9b31m",
    "\x07\x08", "\x7f", "\x85", "\u200bx\u200d", "\ufeff", "\u00ad", "\u3000", "\U000e0041", " ",
    "\t",
)  # fmt: skip

LETTERS = (
    "λ 漢字 😀", "e\u0301\u0301\u0301", "ﬁ ℌ ①", "١٢٣", "ſ K", "x" * 300, "a b " * 100,
)  # fmt: skip

MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</style></title>", "<!-- ", "-->",
    "]]>", "<![CDATA[", "&amp;", "&#60;b&#62;", "&lt;", '" onload="alert(1)', "javascript:alert(1)",
    "a|b", "\\|", "|", "\\\\|", "`code`", "``", "*a* _b_ __c__ ~~d~~", "[x](javascript:alert(1))",
    "![x](http://x)", "<http://x>", "# x", "## x ##", "- x", "+ x", "1. x", "2. x", "---", "===",
    "> x", "~~~", "[x]: http://x",
)  # fmt: skip

RICH = ("[bold]x", "[/]", "[/bold]", "[link=file:///etc/passwd]x[/link]", ":smile:", "\\[bold]")

LATEX = (
    "$x^2$ \\input{/etc/passwd} % & # _ ~ {", "\\end{table}", "}{", "^^5cinput", "[1cm]", "?`!`",
    "*",
)  # fmt: skip

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "＝1+1", '=HYPERLINK("http://x","y")', "a,b;c", "=",
)  # fmt: skip

DRAWN = (
    '"]; evil [label="x', "\\n\\l\\r\\G\\N", "-> x;", "}", "end\nsubgraph x", "/* x */", "<b>x</b>",
    'fontname="Arial,Times"', "head my head",
)  # fmt: skip

NASTY = (*PYTHON, *UNSEEN, *LETTERS, *MARKUP, *RICH, *LATEX, *FORMULAS, *DRAWN)
"""Texts that mean something to one of the formats."""


def harmless(slot: str) -> str:
    """What a slot says where nothing is amiss."""
    return f"my {slot}"


def like(text: Text) -> Text:
    """Harmless texts that are names in Python where ``text`` has one: those name attributes."""
    named = {slot for slot in SLOTS if python_name(text(slot))}
    return lambda slot: harmless(slot).replace(" ", "_") if slot in named else harmless(slot)


def each_slot(slot: str, text: str) -> Text:
    """``text`` in one slot, the slots' own names in all others."""
    return lambda name: text if name == slot else harmless(name)


def rotated(texts: Sequence[str]) -> Iterator[Text]:
    """Every text in every slot, in as many networks as there are texts.

    There are brackets for parentheses, which in a row's type would hold a label, and none is
    blank: two names would be the same, and a blank line says nothing.
    """
    plain = [text.replace("(", "[").replace(")", "]") for text in texts]
    assert len(plain) >= len(SLOTS)
    for turn in range(len(plain)):
        shifted = [*plain[turn:], *plain[:turn]]
        filled = dict(zip(SLOTS, shifted, strict=False))
        filled |= {slot: harmless(slot) for slot in SLOTS if not filled[slot].strip()}
        yield filled.__getitem__


def load(text: Text, folder: Path, file: str = "small.yaml", **settings: Any) -> archc.Network:
    """The network. Raises `archc.SpecError` where a text cannot stand where it is."""
    path = folder / file
    path.write_text(yaml.safe_dump(spec(text), sort_keys=False, width=1_000_000))
    return archc.load(path, **settings)


def spec(text: Text) -> dict[str, Any]:
    """The spec as plain data."""
    module, head_module = text("module"), text("head module")
    column, head_column = text("column"), text("head column")
    return {
        "network": text("network"),
        "source": text("source"),
        "notes": [text("remark on all")],
        "input": "32×32×3",
        "classes": 5,
        "columns": {
            "type": None,
            "patch size/stride or remarks": None,
            "output size": None,
            column: None,
            "params": None,
            "ops": None,
        },
        "rows": [
            [text("printed"), "3×3/2", "16×16×8", None, "9K", "9M", {
                "as": "convolution", "filters": 8, "padding": 1, "name": "first",
                "note": text("note"), "notes": {"params": text("claim note")},
            }],
            [f"{module} ({text('label')})", None, "16×16×8", 4, {"name": text("tensor")}],
            ["add", None, "16×16×8", {"from": [text("tensor"), "first"]}],
            {"type": "average pool", "patch": "16×16/1", "remark": text("cell remark")},
            "flatten",
            ["linear", None, 5, {"filters": "classes"}],
        ],
        "modules": {
            module: {
                "figure": text("figure"),
                "source": text("module source"),
                "notes": text("module notes"),
                "columns": [column],
                "branches": {
                    text("first branch"): [["convolution", "1×1", column]],
                    text("second branch"): [
                        ["convolution", "3×3", column, {"padding": 1, "name": text("inner")}],
                        "relu",
                    ],
                },
            },
            head_module: {
                "columns": [head_column],
                "rows": ["global average pool", "flatten", ["linear", None, head_column]],
            },
        },
        "heads": {
            text("head"): {
                "after": text("tensor"), "module": head_module, head_column: 5, "loss weight": 0.3,
            },
        },
        "variants": {text("variant"): {}, text("other variant"): {"classes": 7}},
    }  # fmt: skip
