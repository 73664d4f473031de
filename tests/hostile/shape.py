"""Whether two sources are the same program but for what things are called and texts."""

from __future__ import annotations

import ast
import io
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterator

__all__ = ["comments", "differences", "hidden"]

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def differences(one: str, other: str) -> list[str]:
    """Where the programs differ; names must stand for each other, one for one."""
    trees = ast.parse(one), ast.parse(other)
    if len(trees[0].body) != len(trees[1].body):
        return ["the number of statements"]
    found = []
    for mine, theirs in zip(trees[0].body, trees[1].body, strict=True):
        names: Names = {}
        found += list(_differing(mine, theirs, names))
        pairs = ((kind, name) for (kind, _), name in names.items())
        twice = [name for (_, name), count in Counter(pairs).items() if count > 1]
        found += [f"two names became `{name}`" for name in twice]
    return found


Names = dict[tuple[str, str], str]
"""What a name became; by kind: an attribute, or a variable of one of the functions."""


def _differing(one: object, other: object, names: Names, kind: str = "") -> Iterator[str]:
    if type(one) is not type(other):
        yield f"{_said(one)} became {_said(other)}"
    elif isinstance(one, ast.Constant) and isinstance(other, ast.Constant):
        texts = isinstance(one.value, str) and isinstance(other.value, str)
        if not texts and ast.dump(one) != ast.dump(other):
            yield f"{_said(one)} became {_said(other)}"
    elif isinstance(one, ast.AST) and isinstance(other, ast.AST):
        has_attribute = isinstance(one, ast.Attribute | ast.FunctionDef)
        if isinstance(one, ast.FunctionDef):
            kind = f"in {one.name}"
        for field in one._fields:
            its = "attribute" if has_attribute and field in ("attr", "name") else kind
            yield from _differing(getattr(one, field), getattr(other, field), names, its)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{len(one)} parts became {len(other)}: {_said(one)} and {_said(other)}"
            return
        for each, its in zip(one, other, strict=True):
            yield from _differing(each, its, names, kind)
    elif isinstance(one, str) and isinstance(other, str):
        if names.setdefault((kind, one), other) != other:
            yield f"`{one}` became `{names[kind, one]}` and `{other}`"
    elif one != other:
        yield f"{_said(one)} became {_said(other)}"


def _said(node: object) -> str:
    if isinstance(node, list):
        return "; ".join(map(_said, node))
    return ast.unparse(node) if isinstance(node, ast.AST) else repr(node)


def comments(source: str) -> list[str]:
    """The comments of a source."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def hidden(text: str) -> set[str]:
    """Characters that control, reorder, or are not seen; but for the ends of lines."""
    return {char for char in text if char != "\n" and unicodedata.category(char) in _HIDDEN}
