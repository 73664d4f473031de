"""``archc bench``: every engine runs the same network, and what cannot is named."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.cli.bench_tables import engines_table, profile_table
from archc.cli.bench_worker import PROGRAM
from archc.runtime.bench import comparison, engines
from archc.runtime.bench.comparison import Comparison, EngineTimes
from archc.runtime.bench.engines import Job
from archc.runtime.bench.process import EngineProcess
from archc.runtime.timing import Spread, quantile
from archc.show.terminal import Screen, to_text

TINY = str(Path(__file__).parent / "tiny.yaml")
FAST = ("--device", "cpu", "--threads", "1", "--rounds", "3", "--seconds", "0.02")


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["bench", TINY, *FAST, *arguments])


def test_side_by_side(tmp_path: Path) -> None:
    """One run of several engines, as a table, a file and a picture."""
    file, plot = tmp_path / "bench.json", tmp_path / "bench.svg"
    result = bench(
        "--against", "eager,onnxruntime,compile-graphs", "--batch", "2",
        "-o", str(file), "--plot", str(plot),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "compile-graphs: left out, no cpu" in result.stdout
    found = json.loads(file.read_text())
    assert [each["engine"] for each in found["engines"]] == [
        "archc", "eager", "onnxruntime", "compile-graphs",
    ]  # fmt: skip
    assert found["engines"][3] == {
        "engine": "compile-graphs",
        "version": "",
        "skipped": "no cpu",
    }
    assert found["machine"]["threads"] == 1
    assert {"processor", "capability", "versions", "cores"} <= set(found["machine"])
    for each in found["engines"][:3]:
        assert each["version"] in result.stdout
        assert each["first_result_seconds"] > 0
        assert each["difference"] < 1e-5
        assert len(each["rounds_ms"]) == 3
        assert all(one["count"] >= 3 for one in each["rounds_ms"])
        assert each["ratio"]["count"] == 3
    assert found["engines"][0]["ratio"]["median"] == 1
    drawn = ElementTree.parse(plot).getroot()
    assert [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}title")]
    words = {each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"archc", "eager", "onnxruntime"} <= words


def test_weights_and_bfloat16(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "weights.safetensors"
    save_file(archc.load(TINY).module().state_dict(), path)
    result = bench(
        "--against", "eager,onnxruntime", "--dtype", "bfloat16", "--format", "json",
        "--weights", str(path), "--rounds", "1",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    ours, eager, left_out = json.loads(result.stdout)["engines"]
    assert left_out["skipped"] == "no bfloat16"
    assert 0 < ours["difference"] < 0.05
    assert 0 < eager["difference"] < 0.05


@pytest.mark.parametrize("engine", ["channels-last", "compile", "openvino"])
def test_other_engines(engine: str) -> None:
    package = engines.ENGINES[engine].package
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    if engine == "compile" and not shutil.which("c++"):
        pytest.skip("there is no C++ compiler")
    result = bench("--against", engine, "--format", "json", "--rounds", "1")
    assert result.exit_code == 0, result.output
    _, other = json.loads(result.stdout)["engines"]
    assert "skipped" not in other
    assert other["difference"] < 1e-5


def test_profile() -> None:
    result = bench("--profile", "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["flops"] > 1e8
    assert found["bandwidth"] > 1e8
    assert found["whole"] > 0
    macs = sum(each["macs"] for each in found["layers"])
    assert macs == archc.load(TINY).macs
    assert all(each["seconds"] >= 0 for each in found["layers"])
    kinds = {each["op"]: each["bound_by"] for each in found["layers"]}
    assert kinds["flatten"] == ""
    shown = to_text(profile_table("Tiny", found))
    assert all(each["name"] in shown for each in found["layers"])
    assert "…" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--against", "tensorflow"), "there is no engine `tensorflow`"),
        (("--plot", "bench.gif"), "name it .svg or .png"),
        (("--profile", "--plot", "bench.svg"), "a profile is not drawn"),
        (("--rounds", "0"), "--rounds"),
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    result = bench(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_an_engine_that_breaks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process ends, and the others go on."""

    class Broken(EngineProcess):
        def ask(self, request: dict[str, object]) -> dict[str, object]:
            if self.engine == "onnxruntime" and request["do"] == "first":
                self.process.kill()
            return super().ask(request)

    monkeypatch.setattr(comparison, "EngineProcess", Broken)
    network, job = archc.load(TINY).graph, Job(TINY)
    found = comparison.compare(
        network, job, ["onnxruntime"], 2, 0.01, lambda what, share: None, PROGRAM
    )
    assert found.engines[1].skipped == "failed: ended by signal 9"
    assert len(found.base.rounds) == 2


def test_archc_is_the_first_engine() -> None:
    assert tuple(engines.ENGINES) == (engines.BASE, *engines.OTHERS)


def test_ratios_are_taken_within_rounds() -> None:
    def spread(*values: float) -> list[Spread]:
        return [Spread.of([value]) for value in values]

    base = EngineTimes("archc", rounds=spread(1, 2, 4))
    other = EngineTimes("eager", rounds=spread(2, 4, 8))
    found = Comparison("Tiny", "tiny.yaml", "cpu", "float32", 8, {}, [base, other])
    assert found.ratio(other) == Spread(2, 2, 2, 3)
    assert found.throughput(base) == 4
    assert found.ratio(EngineTimes("x", skipped="not installed")) is None


def test_quantiles() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert [quantile(values, share) for share in (0, 0.1, 0.5, 1)] == [1, 1.4, 3, 5]
    assert quantile([7.0], 0.9) == 7


@pytest.mark.parametrize(
    ("dtype", "difference", "wrong"),
    [
        ("float32", 1e-6, False), ("float32", 0.28, True), ("float32", float("nan"), True),
        ("bfloat16", 0.02, False), ("bfloat16", 0.3, True),
    ],
)  # fmt: skip
def test_an_engine_that_computes_something_else(dtype: str, difference: float, wrong: bool) -> None:
    spread = Spread.of([0.1, 0.2])
    engine = EngineTimes("fast", "1", 0.1, 0.2, difference, [spread])
    machine = {"processor": "a CPU", "threads": 2}
    found = Comparison("net", "net.yaml", "cpu", dtype, 1, machine, [engine])
    assert (
        "fast computes something else" in to_text(engines_table(found), screen=Screen(100, "ascii"))
    ) == wrong
