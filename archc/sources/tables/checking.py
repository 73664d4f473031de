"""A spec's text, checked before it is written to a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archc.diagnostics import Diagnostics, Source
from archc.ir import Network
from archc.spec.document import Document
from archc.spec.files import Files
from archc.spec.network import build_network
from archc.spec.source import parse
from archc.spec.variants import choose, variant_names

__all__ = ["Checked", "check_text"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The networks of a text, one for each variant; none where there are diagnostics."""

    networks: tuple[Network, ...]
    diagnostics: Diagnostics


def check_text(text: str, name: str, folder: Path | None) -> Checked:
    """Check a spec's text as the file ``name`` in ``folder``, every variant of it."""
    source, diagnostics = Source(name, text), Diagnostics()
    root = parse(source, diagnostics)
    assert root is not None, "the text has been read before"
    networks = []
    for variant in variant_names(root) or (None,):
        document = Document(
            root=root,
            edits=[],
            file=source,
            name=name,
            files=Files(folder),
            digest="",
            overridden=False,
            printed_classes=root.value["classes"].value if "classes" in root.value else None,
            variants=variant_names(root),
            variant=choose(root, variant),
        )
        network = build_network(document, diagnostics)
        if network is not None:
            networks.append(network)
    return Checked(() if diagnostics else tuple(networks), diagnostics)
