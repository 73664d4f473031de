"""What is mutated: every spec and module in the repository, right ones and wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from archc import library

__all__ = ["Seed", "any_spec", "modules", "specs"]

_CASES = Path(__file__).parents[1] / "diagnostics" / "cases"


@dataclass(frozen=True, slots=True)
class Seed:
    """A file to start from, its text, and its values where it is YAML."""

    path: Path
    text: str
    tree: Any


@cache
def right() -> tuple[Seed, ...]:
    """The bundled specs and studies."""
    names = [*library.spec_names(), *library.study_names()]
    return tuple(_seed(path) for name in names if (path := library.spec_path(name)) is not None)


@cache
def specs() -> tuple[Seed, ...]:
    """All specs: also the wrong ones of the diagnostics' tests."""
    return (*right(), *map(_seed, sorted(_CASES.glob("*.yaml"))))


def any_spec(random: Random) -> Seed:
    """A spec, mostly a right one: what is wrong already hides what else is."""
    return random.choice(right() if random.randrange(4) else specs())


@cache
def modules() -> tuple[Seed, ...]:
    """The library's modules, and those of the diagnostics' tests."""
    stems = [name.replace(" ", "_") for name in library.module_names()]
    paths = [path for stem in stems if (path := library.module_path(stem)) is not None]
    return tuple(map(_seed, [*paths, *sorted((_CASES / "modules").glob("*.yaml"))]))


def _seed(path: Path) -> Seed:
    text = path.read_bytes().decode(errors="replace")
    try:
        tree = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, RecursionError):
        tree = None
    return Seed(path, text, tree)


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
