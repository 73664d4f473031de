"""Writing Python: calls wrapped as ``ruff format`` wraps them, docstrings."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from archc.plan.names import plain_text

__all__ = [
    "WIDTH",
    "Addition",
    "Call",
    "Loop",
    "docstring",
    "layout",
]

WIDTH = 88
"""``ruff format``'s line length where nothing else is configured."""


@dataclass(frozen=True, slots=True)
class Call:
    """``head(arguments)``, or a list with ``[`` as its bracket and an empty head."""

    head: str
    arguments: tuple[str | Call | Loop, ...]
    bracket: str = "("
    tail: str = ""

    @property
    def flat(self) -> str:
        """The call on one line."""
        inside = ", ".join(each if isinstance(each, str) else each.flat for each in self.arguments)
        return f"{self.head}{self.bracket}{inside}{_CLOSING[self.bracket]}{self.tail}"


@dataclass(frozen=True, slots=True)
class Loop:
    """``*(element for ...)``: arguments made by a loop."""

    element: Call
    clause: str

    @property
    def flat(self) -> str:
        """The loop on one line."""
        return f"*({self.element.flat} {self.clause})"


@dataclass(frozen=True, slots=True)
class Addition:
    """Operands joined by an operator."""

    operands: tuple[str, ...]
    operator: str = "+"

    @property
    def flat(self) -> str:
        """The sum on one line."""
        return f" {self.operator} ".join(self.operands)


_CLOSING = {"(": ")", "[": "]"}


def layout(
    call: Call | Loop | Addition, indent: int, prefix: str = "", suffix: str = ""
) -> list[str]:
    """The lines of ``prefix`` + ``call`` + ``suffix``.

    On one line if it fits; else a call's arguments on one line of their own; else one line
    each, with a trailing comma: the formatter's own order.
    """
    margin = " " * indent
    line = f"{margin}{prefix}{call.flat}{suffix}"
    if len(line) <= WIDTH:
        return [line]
    if isinstance(call, Addition):
        return _layout_sum(call, indent, prefix, suffix)
    if isinstance(call, Loop):
        inside = layout(call.element, indent + 4)
        return [f"{margin}*(", *inside, f"{margin}    {call.clause}", f"{margin}){suffix}"]
    opening = f"{margin}{prefix}{call.head}{call.bracket}"
    if (not call.arguments or len(opening) > WIDTH) and _may_be_enclosed(call, indent, prefix):
        return [f"{margin}{prefix}(", *layout(call, indent + 4), f"{margin}){suffix}"]
    if not call.arguments:
        return [line]
    closing = f"{margin}{_CLOSING[call.bracket]}{call.tail}{suffix}"
    inner = " " * (indent + 4)
    together = inner + ", ".join(
        each if isinstance(each, str) else each.flat for each in call.arguments
    )
    if call.head and len(together) <= WIDTH:
        return [opening, together, closing]
    lines = [opening]
    for each in call.arguments:
        if isinstance(each, str):
            lines.extend(_argument(each, inner))
        else:
            lines.extend(layout(each, indent + 4, "", ","))
    return [*lines, closing]


def _may_be_enclosed(call: Call, indent: int, prefix: str) -> bool:
    """Whether an assigned call in parentheses begins on lines that are short enough."""
    if not prefix.endswith("= "):
        return False
    opening = indent + 4 + len(f"{call.head}{call.bracket}")
    return max(opening, indent + len(f"{prefix}(")) <= WIDTH


def _argument(text: str, inner: str) -> list[str]:
    """An argument on a line of its own; arithmetic that is too long is split at its operators."""
    if len(inner) + len(text) < WIDTH:
        return [f"{inner}{text},"]
    if re.match(r"\w+: ", text):  # a parameter with its type, which is no expression
        return [f"{inner}{text},"]
    keyword_ = re.fullmatch(r"(\w+)=(.+)", text)
    name, value = keyword_.groups() if keyword_ else ("", text)
    tree = ast.parse(value, mode="eval").body
    indent = len(inner)
    if not (isinstance(tree, ast.BinOp) or _is_choice(tree)):
        return [f"{inner}{text},"]
    if isinstance(tree, ast.BinOp) and name:
        return [f"{inner}{name}=(", *_split(tree, indent + 4), f"{inner}),"]
    lines = _operand(tree, indent, f"{name}=" if name else "")
    return [*lines[:-1], f"{lines[-1]},"]


def _operand(tree: ast.expr, indent: int, prefix: str) -> list[str]:
    """An expression behind ``prefix``, split where it does not fit."""
    line = f"{' ' * indent}{prefix}{ast.unparse(tree)}"
    if isinstance(tree, ast.BinOp) and not prefix:
        return _split(tree, indent)
    if len(line) < WIDTH or not (isinstance(tree, ast.Call) and _is_choice(tree)):
        return [line]
    arguments = tuple(ast.unparse(each) for each in tree.args)
    return layout(Call(ast.unparse(tree.func), arguments), indent, prefix)


def _split(tree: ast.BinOp, indent: int) -> list[str]:
    """Operands of one precedence, each on a line behind its operator."""
    lines: list[str] = []
    for operator, operand in _chain(tree):
        before = f"{operator} " if operator else ""
        bare = ast.unparse(operand)
        loose = isinstance(operand, ast.BinOp) and _is_sum(operand) and not _is_sum(tree)
        line = f"{' ' * indent}{before}{f'({bare})' if loose else bare}"
        if loose and isinstance(operand, ast.BinOp) and len(line) > WIDTH:
            margin = " " * indent
            lines += [f"{margin}{before}(", *_split(operand, indent + 4), f"{margin})"]
        elif loose:
            lines.append(line)
        else:
            lines += _operand(operand, indent, before) if before else [line]
    return lines


def _chain(tree: ast.expr, level: bool | None = None) -> list[tuple[str, ast.expr]]:
    """Left to right, what operators of one precedence join, each with the operator before it."""
    if not isinstance(tree, ast.BinOp) or level not in (None, _is_sum(tree)):
        return [("", tree)]
    before = _chain(tree.left, _is_sum(tree))
    return [*before, (_OPERATORS[type(tree.op)], tree.right)]


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}


def _is_choice(tree: ast.expr) -> bool:
    """Whether it is ``min(...)`` or ``max(...)``."""
    return isinstance(tree, ast.Call) and ast.unparse(tree.func) in ("min", "max")


def _is_sum(tree: ast.BinOp) -> bool:
    return isinstance(tree.op, ast.Add | ast.Sub)


def _layout_sum(call: Addition, indent: int, prefix: str, suffix: str) -> list[str]:
    """In parentheses, on a line of its own or an operand on each line."""
    margin, inner = " " * indent, " " * (indent + 4)
    lines = [inner + call.flat]
    if len(lines[0]) > WIDTH:
        first, *rest = call.operands
        lines = [inner + first, *(f"{inner}{call.operator} {each}" for each in rest)]
    return [f"{margin}{prefix}(", *lines, f"{margin}){suffix}"]


def docstring(summary: str, paragraphs: Sequence[str], indent: int) -> list[str]:
    """A docstring: a summary line, and paragraphs wrapped to the line length."""
    margin = " " * indent
    first = _escape(_sentence(plain_text(summary)))
    paragraphs = [_escape(plain_text(each)) for each in paragraphs if each.strip()]
    if len(first) > WIDTH - indent - (3 if paragraphs else 6):
        first, remainder = _split_summary(first, WIDTH - indent - 4)
        paragraphs.insert(0, remainder)
    if not paragraphs and len(first) + indent + 6 <= WIDTH:
        return [f'{margin}"""{first}"""']
    head, *rest = textwrap.wrap(first, WIDTH - indent - 3) or [""]
    lines = [f'{margin}"""{head}', *(margin + each for each in rest)]
    for paragraph in paragraphs:
        lines.append("")
        lines.extend(margin + each for each in textwrap.wrap(paragraph, WIDTH - indent))
    return [*lines, f'{margin}"""']


def _split_summary(text: str, room: int) -> tuple[str, str]:
    """A first sentence of at most ``room`` characters, and the rest as one of its own."""
    cut = max(text.rfind(mark, 0, room) for mark in (", ", "; ", ": ", ". "))
    if cut < room // 4:
        return textwrap.shorten(text, room, placeholder=" ..."), text
    return _sentence(text[:cut]), _sentence(text[cut + 2 :])


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def _escape(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")
