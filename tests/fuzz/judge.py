"""What archc makes of an input: a network, or diagnostics, and nothing else.

An input is opened as ``archc check`` does it, all variants included. What is accepted is
written in every form that needs nothing installed; what is refused must say why, at places
that exist, in characters that can be printed.
"""

from __future__ import annotations

import re
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from archc.diagnostics import ArchcError, Diagnostic, SpecError
from archc.ir.verify import verify
from archc.network import Network, open_network
from archc.show.diagram import draw, to_dot, to_mermaid
from tests.fuzz.limits import (
    MEMORY,
    OPEN_SECONDS,
    Broken,
    bounded,
    output_seconds,
    peak_memory,
)
from tests.fuzz.mutate import SPEC, Input
from tests.positions import is_inside

__all__ = ["Failure", "Outcome", "judge", "write"]

VARIANTS = 12
"""So many variants of a spec are opened; ``archc check`` opens all, one after the other."""

_COLOR = re.compile("\033\\[[0-9]*m")
_ARCHC = "/archc/"


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that is broken or an exception, and where it came from."""

    what: str
    where: str
    detail: str

    @property
    def group(self) -> str:
        """What failures of one cause have in common."""
        return f"{self.what} at {self.where}"


@dataclass(slots=True)
class Outcome:
    """What became of an input: a failure, or else diagnostics' codes, or else a network."""

    codes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    failure: Failure | None = None

    @property
    def succeeded(self) -> bool:
        """Whether all variants are right."""
        return not self.codes and self.failure is None


def write(case: Input, folder: Path) -> Path:
    """Write the input's files into an empty folder; the path of the spec."""
    for name, data in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / SPEC


def judge(case: Input, spec: Path) -> Outcome:
    """Open the input that was written to ``spec``, and write what can be written of it."""
    outcome = Outcome()
    start, memory = time.process_time(), peak_memory()
    try:
        networks, found = _open(case, spec)
        outcome.seconds = time.process_time() - start
        outcome.codes = [each.code.code for each in found]
        with bounded("rendering diagnostics", OPEN_SECONDS):
            for each in (*found, *(warning for net in networks for warning in net.warnings)):
                _check(each)
        for network in networks:
            _write_out(network)
        if peak_memory() - memory > MEMORY:  # pytest's own process may have torch in it
            raise Broken(f"takes more than {MEMORY // 10**6} MB")
    except Exception as error:  # noqa: BLE001 - any other exception is what is looked for
        outcome.failure = _failure(error)
    return outcome


def _open(case: Input, spec: Path) -> tuple[list[Network], list[Diagnostic]]:
    """The networks of a spec, or what is wrong with it."""
    networks: list[Network] = []
    found: list[Diagnostic] = []
    variants: list[str | None] = [None]
    with bounded("opening", OPEN_SECONDS):
        while variants:
            variant = variants.pop(0)
            try:
                network = open_network(spec, case.settings, variant)
            except SpecError as error:
                found += error.diagnostics
                if not error.diagnostics:
                    raise Broken("refused without a diagnostic") from None
                continue
            networks.append(network)
            variants += network.graph.variants[1:VARIANTS] if variant is None else ()
    return networks, found


def _check(diagnostic: Diagnostic) -> None:
    """A diagnostic says something, at places that exist, and can be printed."""
    if not diagnostic.message:
        raise Broken(f"{diagnostic.code.name} says nothing")
    for span in (diagnostic.span, *(label.span for label in diagnostic.labels)):
        if not is_inside(span):
            where = (span.line, span.column, span.end_line, span.end_column)
            raise Broken(f"{diagnostic.code.name} is at no place") from IndexError(where)
    text = diagnostic.render()
    for char in text:
        if not (char.isprintable() or char == "\n"):
            raise Broken("a rendered diagnostic has what cannot be printed") from ValueError(
                ascii(char)
            )
    if _COLOR.sub("", diagnostic.render(color=True)) != text:
        raise Broken("a diagnostic says something else in colour")


def _write_out(network: Network) -> None:
    """Every output of a network is made in time, is text, and where it is code compiles."""
    operations = sum(1 for _ in network.graph.operations(heads=True))
    seconds = output_seconds(operations)
    with bounded("verifying", seconds):
        verify(network.graph)
    with bounded("report", seconds):
        report = network.report()
        texts = [report.to_json(), report.to_markdown(), report.to_csv(), report.to_latex()]
    with bounded("diagram", seconds):
        drawn = draw(network.graph, "ops")
        texts += (to_dot(draw(network.graph)), to_dot(drawn), to_mermaid(drawn))
    with bounded("PyTorch source", seconds):
        torch = network.emit("torch")
    with bounded("Keras source", seconds):
        keras = _keras(network)
    for text in (*texts, torch, keras):
        text.encode()
    with warnings.catch_warnings(), bounded("compiling", seconds):
        warnings.simplefilter("error")
        compile(torch, "<PyTorch source>", "exec")
        compile(keras, "<Keras source>", "exec")


def _keras(network: Network) -> str:
    """The Keras source; empty where that target cannot have an operation, and says so."""
    try:
        source = network.emit("keras")
    except SpecError:
        raise
    except ArchcError:
        return ""
    assert isinstance(source, str)
    return source


def _failure(error: Exception) -> Failure:
    frames = traceback.extract_tb(error.__traceback__)
    detail = "".join(traceback.format_exception(error, limit=-12))
    if isinstance(error, Broken):
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        return Failure(f"{error}", "the rules", f"{error}{cause}\n")
    inside = [frame for frame in frames if _ARCHC in frame.filename] or frames
    last = inside[-1]
    where = f"{last.filename.rpartition(_ARCHC)[2]}:{last.lineno} ({last.name})"
    return Failure(type(error).__name__, where, detail)
