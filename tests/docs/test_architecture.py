"""The page about the architecture names rooms and files that are there, and every room."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PICTURE = (ROOT / "docs" / "assets" / "architecture.svg").read_text(encoding="utf-8")


def layers() -> list[str]:
    """The rooms that the import layers know."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each["id"] == "layers")
    return re.findall(r"\w+", " ".join(contract["layers"]))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:archc|docs)/[\w/.]+)`", PAGE))))
def test_what_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_it_names_every_room() -> None:
    rooms = [room for room in layers() if room != "__main__"]
    missing = [room for room in rooms if not re.search(rf"`archc/{room}(\.py)?`", PAGE)]
    assert missing == []


def test_the_picture_shows_rooms() -> None:
    shown = re.findall(r'font-weight="bold"[^>]*>([^<]+)<', PICTURE)
    names = {name for title in shown for name in title.split(" · ")} - {"text"}
    assert names <= set(layers())
