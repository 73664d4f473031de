"""The emitted PyTorch class as a live object."""

from __future__ import annotations

import copyreg
import hashlib
import linecache
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch.nn import Module as Module

from archc.plan.names import identifier

__all__ = ["Module", "instantiate"]


@dataclass(frozen=True, slots=True)
class _Emitted:
    """Emitted source, and what to call it in tracebacks."""

    source: str
    spec: str
    digest: str

    @property
    def name(self) -> str:
        """A module's name; no other source has it, whatever else the spec was built as."""
        content = hashlib.sha256(self.source.encode()).hexdigest()
        return f"archc_{identifier(self.spec.partition('.')[0])}_{content[:16]}"


def instantiate(source: str, spec: str, digest: str, arguments: Mapping[str, Any]) -> Module:
    """Execute archc's own emitted source and construct its network class.

    Tracebacks and ``inspect.getsource`` show the emitted lines. The same source is executed
    once and stays, as an imported module does: its classes are found by name, by pickle too.
    A pickled network carries its source, so another process needs archc to read it, no spec.
    """
    module = _imported(_Emitted(source, spec, digest))
    network: type[Module] = getattr(module, module.__dict__["__all__"][0])
    return network(**arguments)


def _imported(emitted: _Emitted) -> types.ModuleType:
    """The source as a module among those that are imported."""
    name = emitted.name
    if name in sys.modules:
        return sys.modules[name]
    module = types.ModuleType(name)
    file = f"<archc {emitted.spec} {emitted.digest[:12]} {name[-16:]}>"
    module.__file__ = file
    lines = emitted.source.splitlines(keepends=True)
    linecache.cache[file] = (len(emitted.source), None, lines, file)
    exec(compile(emitted.source, file, "exec"), module.__dict__)
    for each in list(vars(module).values()):
        if isinstance(each, type) and issubclass(each, Module) and each.__module__ == name:
            # Not by the class's name alone, which no other process knows.
            copyreg.pickle(each, partial(_reduced, emitted))
    return sys.modules.setdefault(name, module)


def _reduced(emitted: _Emitted, module: Module) -> tuple[Any, ...]:
    """How to pickle a layer: as its class's source, which is pickled once, and its state."""
    reduced = module.__reduce_ex__(2)
    assert isinstance(reduced, tuple)
    _, _, *state = reduced
    return (_blank, (emitted, type(module).__name__), *state)


def _blank(emitted: _Emitted, name: str) -> Module:
    """A layer of a class in the source, before its state is set."""
    layer: type[Module] = getattr(_imported(emitted), name)
    return layer.__new__(layer)
