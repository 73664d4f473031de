"""Whatever is fed to archc, it gives a network or says what is wrong: no traceback, no hang.

``python -m tests.fuzz`` judges many more inputs, and repeats a single one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from tests.fuzz import limits
from tests.fuzz.judge import judge, write
from tests.fuzz.limits import MEMORY, Broken, bounded
from tests.fuzz.mutate import make_input
from tests.profile import examples, repeatable

_ROOT = Path(__file__).parents[2]

FUZZED = repeatable(200, 2000, phases=(Phase.explicit, Phase.generate, Phase.shrink))


def test_recorded_inputs(tmp_path: Path) -> None:
    """In a process of its own: the memory of one that has imported torch says nothing."""
    command = [sys.executable, "-m", "tests.fuzz", "--json", "--save", str(tmp_path)]
    numbers = ["--inputs", str(examples(1000, 20_000)), "--seed", "1"]
    done = subprocess.run(
        [*command, *numbers], cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    found = json.loads(done.stdout)
    assert not found["failures"], f"{found['groups']}: inputs are in {tmp_path}"
    assert done.returncode == 0
    assert found["inputs"] == found["succeeded"] + found["refused"]
    assert found["peak_memory"] < MEMORY
    assert found["succeeded"] > found["inputs"] // 20, "hardly any input gets past the checks"


def test_the_same_seed_makes_the_same_input() -> None:
    assert make_input(Random("1:7")) == make_input(Random("1:7"))


def work(seconds: float) -> None:
    """Take processor time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_bounds_are_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits and works in turn, as everything does on a busy machine, takes no longer."""
    monkeypatch.setattr(limits, "IDLE", 0.3)
    with bounded("a step", 0.2):
        for _ in range(10):
            work(0.005)
            time.sleep(0.1)
    with pytest.raises(Broken, match="a step takes longer than it may"), bounded("a step", 0.05):
        work(0.1)


def test_what_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GRACE", 0.1)
    with pytest.raises(Broken, match="a step never ends"), bounded("a step", 0.1):
        work(60)


def test_what_waits_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IDLE", 0.2)
    with pytest.raises(Broken, match="a step waits for ever"), bounded("a step", 2):
        time.sleep(60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where examples have folders."""
    return tmp_path_factory.mktemp("fuzz")


@FUZZED
@given(random=st.randoms(use_true_random=False))
def test_random_inputs(folder: Path, random: Random) -> None:
    case = make_input(random)
    here = folder / str(len(list(folder.iterdir())))
    here.mkdir()
    outcome = judge(case, write(case, here))
    assert outcome.failure is None, f"{outcome.failure.detail}{case.settings} {case.files}"
