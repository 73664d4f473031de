"""Specs: YAML text to a checked graph."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from archc.diagnostics import Diagnostics, TooManyErrorsError
from archc.ir import Network
from archc.limits import DEFAULT, Limits
from archc.spec.document import find_spec, open_document
from archc.spec.network import build_network
from archc.spec.variants import UnknownVariantError

__all__ = ["UnknownVariantError", "load_network", "variants_of"]


def load_network(
    spec: str | Path,
    settings: Mapping[str, object] | Sequence[str],
    variant: str | None,
    diagnostics: Diagnostics,
    limits: Limits = DEFAULT,
) -> Network | None:
    """Load the network of a path or a bundled spec; None when ``diagnostics`` has errors.

    Raises FileNotFoundError when there is neither, and `UnknownVariantError`.
    """
    path = find_spec(spec)
    if path is None:
        raise FileNotFoundError(str(spec))
    with _collector_paused(), suppress(TooManyErrorsError):
        document = open_document(path, settings, variant, diagnostics, limits)
        return build_network(document, diagnostics) if document else None
    return None


def variants_of(
    spec: str | Path,
    settings: Mapping[str, object] | Sequence[str],
    limits: Limits = DEFAULT,
) -> tuple[str, ...]:
    """Return the names of a spec's variants, whether it is right or wrong.

    None where there are none, and where they cannot be read.
    """
    path = find_spec(spec)
    if path is None:
        return ()
    with _collector_paused(), suppress(TooManyErrorsError):
        document = open_document(path, settings, None, Diagnostics(limits.errors), limits)
        return document.variants if document else ()
    return ()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Build without garbage collection: a long table makes objects, hardly any garbage.

    With it, 20,000 rows take more than twice the time, and not twice that of 10,000.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
