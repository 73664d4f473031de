"""No text of a spec becomes code: sources are the same program, whatever the texts say."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import archc
from tests.hostile.shape import comments, differences, hidden
from tests.hostile.spec import (
    LETTERS,
    NAMES,
    NASTY,
    PROSE,
    PYTHON,
    SLOTS,
    UNSEEN,
    Text,
    each_slot,
    harmless,
    like,
    load,
    rotated,
)

targets = pytest.mark.parametrize("target", ["torch", "keras"])


@contextmanager
def long_lines() -> Iterator[None]:
    """Let lines be of any length: a name that is wrapped may take a statement more."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("archc.targets.") and hasattr(module, "WIDTH"):
                patch.setattr(module, "WIDTH", 1_000_000)
        yield


def source(text: Text, target: str, file: str = "small.yaml", **changes: object) -> str:
    with TemporaryDirectory() as folder:
        found = load(text, Path(folder), file, **changes).emit(target)
    assert isinstance(found, str)
    return found


def check(text: Text, target: str, file: str = "small.yaml", **changes: object) -> None:
    """The source is the same program as with harmless texts, and its lines can be wrapped."""
    wrapped = source(text, target, file, **changes)
    with long_lines():
        expected, found = source(like(text), target), source(text, target, file, **changes)
    assert differences(expected, found) == []
    assert comments(found) == comments(expected)
    compile(wrapped, "small.py", "exec")
    assert hidden(found + wrapped) == set()


@targets
def test_every_text_everywhere(target: str) -> None:
    for texts in rotated(NASTY):
        check(texts, target)


@targets
@pytest.mark.parametrize("nasty", [*PYTHON, *UNSEEN, *LETTERS])
def test_all_slots_at_once(nasty: str, target: str) -> None:
    """Each with a number, as names must differ; without what no name can hold, few do."""
    text = nasty.replace("(", "[").replace(")", "]")
    check(lambda slot: f"{text} {SLOTS.index(slot)}", target)


@pytest.mark.parametrize("slot", PROSE)
def test_anything_goes_in_prose(slot: str, tmp_path: Path) -> None:
    for text in NASTY:
        load(each_slot(slot, text), tmp_path)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.lists(
    st.sampled_from([*NASTY, *"\"'\\\n{}#()[]"]), max_size=4
).map("".join)


@targets
@settings(deadline=None)
@given(texts=st.dictionaries(st.sampled_from(SLOTS), TEXT, min_size=1))
def test_any_texts(target: str, texts: dict[str, str]) -> None:
    names = [text for slot, text in texts.items() if slot in NAMES]
    assume(len(set(names)) == len(names))
    try:
        check(lambda slot: texts.get(slot, harmless(slot)), target)
    except archc.SpecError as error:
        refusal = str(error)
    else:
        return
    assert hidden(refusal) == set()


@targets
@pytest.mark.parametrize(
    "file", ['"""; import os #.yaml', "a\nimport os.yaml", "\\.yaml", "é.yaml", "\udcff.yaml"]
)
def test_the_files_own_name(file: str, target: str) -> None:
    check(harmless, target, file)


@targets
def test_texts_of_settings(target: str) -> None:
    check(harmless, target, network='"""\nimport os\n"""', source="\\\u202e", notes=['"""'])


def test_names_that_code_has_already(tmp_path: Path) -> None:
    """The module still runs when rows, branches and columns are called as what it is made of."""
    import torch

    words = [*keyword.softkwlist, "class", "None", "torch", "nn", "Tensor", "NamedTuple", "self"]
    words += ["super", "x", "forward", "train", "logits", "in_channels", "num_classes", "int"]
    words += ["Conv2d", "Sequential", "children", "weight", "min", "dim", "return", "training"]
    for text in rotated(words):
        module = load(text, tmp_path).module().eval()
        assert module(torch.zeros(1, 3, 32, 32)).shape == (1, 5)
