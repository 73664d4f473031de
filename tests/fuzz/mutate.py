"""Inputs for archc: files and settings, made of what is in the repository by mutation.

All choices come from the ``random.Random`` that is handed in, so that a seed makes the same
input again, and hypothesis can choose instead and shrink.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from random import Random

from tests.fuzz import seeds, values
from tests.fuzz.byte_level import mutate_bytes
from tests.fuzz.growing import grown
from tests.fuzz.seeds import Seed
from tests.fuzz.token_level import mutate_tokens
from tests.fuzz.tree_level import as_yaml, mutate_tree

__all__ = ["SPEC", "Input", "make_input"]

SPEC = "spec.yaml"
"""The file of an input that archc is called with."""

LARGEST = 300_000
"""Bytes of a file: mutations of mutations may not make inputs that are slow by size alone."""


@dataclass(frozen=True, slots=True)
class Input:
    """Files by path, with the spec among them, and what ``--set`` says."""

    files: dict[str, bytes]
    settings: tuple[str, ...] = ()


def make_input(random: Random) -> Input:
    """A spec, a spec with a module beside it, or one that extends another."""
    kind = random.randrange(12)
    settings = _settings(random) if random.randrange(8) == 0 else ()
    if kind == 0:
        data = grown(random).encode()
        if random.randrange(3) == 0:
            data = mutate_bytes(random, data, data)
        return Input({SPEC: data[:LARGEST]}, settings)
    if kind == 1:
        return Input(_with_module(random), settings)
    if kind == 2:
        return Input(_with_base(random), settings)
    return Input({SPEC: _mutated(random, seeds.any_spec(random), seeds.specs())}, settings)


def _mutated(random: Random, seed: Seed, others: tuple[Seed, ...]) -> bytes:
    """A seed after one to five mutations, of values, then words, then bytes."""
    kinds = sorted(random.choice(_LEVELS) for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5))))
    text = seed.text
    if "1 tree" in kinds and seed.tree is not None:
        tree = copy.deepcopy(seed.tree)
        if isinstance(tree, dict) and random.randrange(2):
            tree["claims"] = False  # or the first size that changes is all there is to say
        for _ in range(kinds.count("1 tree")):
            mutate_tree(random, tree, random.choice(others).tree)
        text = as_yaml(random, tree) or text
    for _ in range(kinds.count("2 tokens")):
        text = mutate_tokens(random, text, random.choice(others).text)
    data = text.encode(errors="surrogatepass")
    for _ in range(kinds.count("3 bytes")):
        data = mutate_bytes(random, data, random.choice(others).text.encode())
    return data[:LARGEST]


_LEVELS = ("1 tree", "1 tree", "1 tree", "2 tokens", "2 tokens", "3 bytes")


def _with_module(random: Random) -> dict[str, bytes]:
    """A spec with a mutated module of the library beside it, which comes first."""
    module = random.choice(seeds.modules())
    name = module.path.stem.replace("_", " ")
    users = [each for each in seeds.specs() if name in each.text.casefold()]
    spec = random.choice(users or seeds.specs())
    folder = random.choice(("modules/", "modules/", ""))
    changed = _mutated(random, module, (*seeds.modules(), spec))
    text = spec.text.encode() if random.randrange(3) else _mutated(random, spec, seeds.specs())
    return {f"{folder}{module.path.name}": changed, SPEC: text}


def _with_base(random: Random) -> dict[str, bytes]:
    """A spec that extends a mutated one, or itself, or what is no spec."""
    base, above = seeds.any_spec(random), seeds.any_spec(random)
    name = random.choice(("base", "base", "base", "base", "spec", values.text(random)))
    tree = copy.deepcopy(above.tree) if isinstance(above.tree, dict) else {}
    tree["extends"] = name
    for key in list(tree):
        if key not in ("extends", "network") and random.randrange(2):
            del tree[key]
    if random.randrange(2):
        mutate_tree(random, tree, base.tree)
    return {
        "base.yaml": _mutated(random, base, seeds.specs()),
        SPEC: as_yaml(random, tree).encode(),
    }


_KEYS = (
    "classes", "input", "network", "source", "notes", "extends", "variants", "columns", "rows",
    "rows.inception_3a.#1×1", "rows.inception (3a).output size", "rows.convolution.patch",
    "rows.max_pool.stride", "rows.linear.filters", "rows.softmax", "rows.a.b.c", "rows.x.name",
    "defaults.convolution.bias", "defaults.convolution.activation", "defaults.max pool.ceil",
    "heads", "heads.aux1", "heads.aux1.after", "units", "units.K", "units.params", "published.ops",
    "names", "names.convolution", "stages.features", "modules.inception", "modules.x.rows",
    "claims", "variants.A.input", "", ".", "a..b", ".a", "a.", "\udc80", "\0", "\u202e",
)  # fmt: skip


def _settings(random: Random) -> tuple[str, ...]:
    """Texts of ``--set``, right and wrong."""
    found = []
    for _ in range(random.choice((1, 1, 2, 3))):
        key = random.choice(_KEYS) if random.randrange(4) else values.text(random)
        if random.randrange(30) == 0:
            key = ".".join(["a"] * random.choice((59, 61, 2000)))
        value = random.choice(
            (
                values.text(random), str(values.number(random)), values.expression(random),
                "[" * 50, "{a: 1}", "[1, 2]", "~", "null", "*a", "&a 1", "", " ", "=", "\udcff",
                "10", "256×256×3", "true", "relu", "3×3/2", "[[convolution, 1×1, 4]]",
            )
        )  # fmt: skip
        found.append(f"{key}{random.choice(('=', '=', '=', '=', '', ' = ', '=='))}{value}")
    return tuple(found)
