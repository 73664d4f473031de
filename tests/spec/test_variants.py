"""Specs that extend others."""

from __future__ import annotations

from pathlib import Path

import archc


def test_a_variant_with_other_classes_has_a_classifier_as_wide(tmp_path: Path) -> None:
    path = tmp_path / "ten.yaml"
    path.write_text("extends: googlenet\nnetwork: Ten\nclasses: 10\n")
    network = archc.load(path)
    assert network.output == (10,)
    assert network.params == archc.load("googlenet", classes=10).params
    assert not network.report().verdicts()
    assert archc.load(path, classes=20).output == (20,)
