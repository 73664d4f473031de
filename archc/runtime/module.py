"""The emitted PyTorch source as a module in memory, and its network class as an object."""

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
    """Emitted source, with the spec's name and digest for tracebacks."""

    source: str
    spec: str
    digest: str

    @property
    def name(self) -> str:
        """Make the module's name of the source's digest, so that no other source has the same."""
        content = hashlib.sha256(self.source.encode()).hexdigest()
        return f"archc_{identifier(self.spec.partition('.')[0])}_{content[:16]}"


def instantiate(source: str, spec: str, digest: str, arguments: Mapping[str, Any]) -> Module:
    """Execute archc's own emitted source and call its network class with ``arguments``.

    Tracebacks and ``inspect.getsource`` show the emitted lines. The same source is executed only
    once in a process and stays there, as an imported module does. A pickled network carries its
    source: to read it, another process needs archc, but no spec.
    """
    module = _imported(_Emitted(source, spec, digest))
    network: type[Module] = getattr(module, module.__dict__["__all__"][0])
    return network(**arguments)


def _imported(emitted: _Emitted) -> types.ModuleType:
    """Execute the source as a module in ``sys.modules``, or return the one that is there.

    Two threads may execute it at once; both get the module that came first.
    """
    name = emitted.name
    if name in sys.modules:
        return sys.modules[name]
    module = types.ModuleType(name)
    file = f"<archc {emitted.spec} {emitted.digest[:12]} {name[-16:]}>"
    module.__file__ = file
    lines = emitted.source.splitlines(keepends=True)
    linecache.cache[file] = (len(emitted.source), None, lines, file)
    exec(compile(emitted.source, file, "exec"), module.__dict__)
    for member in list(vars(module).values()):
        if isinstance(member, type) and issubclass(member, Module) and member.__module__ == name:
            # Not by the class's name alone, which no other process knows.
            copyreg.pickle(member, partial(_reduced, emitted))
    return sys.modules.setdefault(name, module)


def _reduced(emitted: _Emitted, module: Module) -> tuple[Any, ...]:
    """Pickle a layer as its class's source, which pickle stores once, and its state."""
    reduced = module.__reduce_ex__(2)
    assert isinstance(reduced, tuple)
    _, _, *state = reduced
    return (_blank, (emitted, type(module).__name__), *state)


def _blank(emitted: _Emitted, name: str) -> Module:
    """Make a layer of a class in the source, whose state pickle sets afterwards."""
    layer: type[Module] = getattr(_imported(emitted), name)
    return layer.__new__(layer)
