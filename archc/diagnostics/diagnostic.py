"""One mistake, all that were found, and what is raised for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from archc.diagnostics.codes import Code
from archc.diagnostics.places import Label, Span
from archc.diagnostics.render import render
from archc.diagnostics.words import safe

__all__ = [
    "ArchcError",
    "Diagnostic",
    "Diagnostics",
    "SpecError",
    "TooManyErrorsError",
    "in_order",
]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: what, where, and a way out.

    ``variants`` are those of the spec that have it, where others do not.
    """

    code: Code
    message: str
    span: Span
    help: str | None = None
    labels: tuple[Label, ...] = ()
    variants: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether a spec with it is wrong; a warning lets it pass."""
        return self.code.severity == "error"

    def render(self, color: bool = False, shown: Callable[[str], str] = safe) -> str:
        """The diagnostic as text of several lines, without a final newline.

        ``shown`` makes any text what its reader's screen can show; carets stand below that.
        """
        return render(self, color, shown)


@dataclass
class Diagnostics:
    """Collects what is wrong with a spec, each mistake once, in the order of the text.

    It is true, and iterates, over the errors; ``warnings`` are apart. It takes ``most`` errors.
    """

    most: int | None = None
    _errors: dict[tuple[object, ...], Diagnostic] = field(default_factory=dict)
    _warnings: dict[tuple[object, ...], Diagnostic] = field(default_factory=dict)

    def add(
        self,
        code: Code,
        message: str,
        span: Span,
        *,
        help: str | None = None,
        labels: Iterable[Label] = (),
    ) -> None:
        """Record a mistake, or a warning. The same code at the same place counts once.

        A module's mistake shows up at each of its uses; the reader wants it once. Raises
        `TooManyErrorsError` with the last error that there is room for.
        """
        key = (code, id(span.source), span.line, span.column)
        elsewhere = tuple(label for label in labels if label.span != span)
        found = Diagnostic(code, message, span, help, elsewhere)
        (self._errors if found.is_error else self._warnings).setdefault(key, found)
        if self.most is not None and len(self._errors) >= self.most:
            raise TooManyErrorsError

    def __bool__(self) -> bool:
        return bool(self._errors)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(in_order(self._errors.values()))

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is worth a look in a spec that may be right."""
        return tuple(in_order(self._warnings.values()))

    def raise_if_any(self) -> None:
        """Raise `SpecError` if there is an error."""
        if self:
            raise SpecError(tuple(self))


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics as their places follow one another in the text."""
    return sorted(found, key=lambda d: (d.span.source.name, d.span.line, d.span.column))


class TooManyErrorsError(Exception):
    """So much is wrong that checking on helps nobody."""


class ArchcError(Exception):
    """What archc raises on purpose; its text is for the user."""


class SpecError(ArchcError):
    """A spec is wrong. ``diagnostics`` has every mistake found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__("\n\n".join(d.render() for d in diagnostics))
