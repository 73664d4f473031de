"""Specs: YAML text to a checked graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from archc.diagnostics import Diagnostics
from archc.ir import Network
from archc.spec.document import find_spec, open_document
from archc.spec.network import build_network

__all__ = ["load_network"]


def load_network(
    spec: str | Path, settings: Mapping[str, object] | Sequence[str], diagnostics: Diagnostics
) -> Network | None:
    """The network of a path or a bundled spec; None when ``diagnostics`` has errors.

    Raises FileNotFoundError when there is neither.
    """
    path = find_spec(spec)
    if path is None:
        raise FileNotFoundError(str(spec))
    document = open_document(path, settings, diagnostics)
    return build_network(document, diagnostics) if document else None
