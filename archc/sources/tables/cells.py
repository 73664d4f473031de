"""A cell as pasted from a paper, a README or a spreadsheet, made plain."""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["clean"]

_BLANK = frozenset({"", "-", "–", "—", "−", "~", "n/a", "N/A"})
_HIDDEN = ("Cc", "Cf")
_TIMES = "[×xX✕✖⨯]"

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_POWERS = (("3", "K"), ("6", "M"), ("9", "G"))
"""``1.8×10⁹`` is the figure ``1.8G``."""

_NO_POWER = "(?<![×·⋅]10)(?<![×·⋅] 10)"
"""Before a footnote's mark: behind a power of ten it would be the exponent."""


def _power(digit: str) -> str:
    """A pattern for that power of ten behind the number that it multiplies."""
    times = rf"[\s$]*(?:{_TIMES}|[·⋅]|\\times|\\cdot)[\s$]*"
    exponent = rf"\^(?:{digit}(?!\d)|\{{{digit}\}})|{_RAISED[int(digit)]}(?![{_RAISED}])"
    return rf"(?<=\d){times}10[\s$]*(?:{exponent})"


_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        *((_power(digit), suffix) for digit, suffix in _POWERS),
        (rf"(\d+)(?:²|\^2|\^\{{2\}})\s*(?={_TIMES}|\\times)", r"\1×\1"),
        # before LaTeX, to which its circumflex would be a superscript's
        (r"\[\^[^\[\]]*\]", ""),
        # HTML: a line break separates, a superscript is a footnote's mark
        (r"<br\s*/?>", ", "),
        (r"<sup>[^<]*</sup>", ""),
        (r"</?(?:b|i|u|em|strong|code|small|sub|span)\b[^<>]*>", ""),
        # LaTeX
        (r"\\times(?![A-Za-z])", "×"),
        (r"\\(?:text|math)(?:bf|rm|it|tt)?\{([^{}]*)\}", r"\1"),
        (rf"{_NO_POWER}\^(?:\{{[^{{}}]*\}}|\\?[A-Za-z]+|[*\d])", ""),
        (r"\\[,;: ]|\$", " "),
        # Markdown
        (r"\[([^\[\]]*)\]\([^()]*\)", r"\1"),
        (r"\*\*([^*]+)\*\*|__([^_]+)__", r"\1\2"),
        (r"^\s*\*([^*]+)\*\s*$", r"\1"),
        (r"`+", ""),
        (r"\\([#%&_*|~\\])", r"\1"),
        # footnotes, and thousands set apart by a thin space or an apostrophe
        (rf"{_NO_POWER}(?<![{_RAISED}])[†‡§¶ᵃᵇᶜᵈ{_RAISED}]+", ""),
        (r"(?<=\S)\s*(?:\*+|\[[\da-z]{1,3}\])\s*$", ""),
        ("(?<=\\d)[\u00a0\u2009\u202f'’](?=\\d{3}(?!\\d))", ""),
        # one way to write a size, a patch and a repeat
        (rf"(?<=\d)\s*{_TIMES}\s*(?=\d)", "×"),
        (rf"^\s*(\d+)\s*{_TIMES}\s*(?=[^\W\d])", r"\1×"),
        (r"(?<=\w)\s*/\s*(?=\w)", "/"),
    )
)


def clean(raw: str) -> str:
    """The cell without markup, footnote marks and unseen characters; empty for a blank one."""
    if raw.isascii() and raw.isdecimal():
        return raw
    text = html.unescape(raw)
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    visible = (char for char in text if char.isspace() or unicodedata.category(char) not in _HIDDEN)
    text = " ".join("".join(visible).split())
    return "" if text in _BLANK else text
