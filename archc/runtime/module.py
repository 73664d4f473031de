"""The emitted PyTorch class as a live object."""

from __future__ import annotations

import linecache
import types
from collections.abc import Mapping
from typing import Any

from torch.nn import Module as Module

__all__ = ["Module", "instantiate"]


def instantiate(source: str, spec: str, digest: str, arguments: Mapping[str, Any]) -> Module:
    """Execute archc's own emitted source and construct its network class.

    Tracebacks and ``inspect.getsource`` show the emitted lines.
    """
    name = f"<archc {spec} {digest[:12]}>"
    module = types.ModuleType(f"archc_{spec.partition('.')[0]}")
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), module.__dict__)
    network: type[Module] = getattr(module, module.__dict__["__all__"][0])
    return network(**arguments)
