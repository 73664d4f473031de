"""``archc run``: classes of images, times, and what it says where it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image
from safetensors.torch import load_file, save_file

import archc
from archc.cli import main
from archc.runtime import device
from archc.runtime.images import Transform, most_probable

TINY = str(Path(__file__).parent / "tiny.yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", TINY, "--device", "cpu", *arguments])


@pytest.fixture
def image(tmp_path: Path) -> str:
    path = tmp_path / "image.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return str(path)


@pytest.fixture
def weights(tmp_path: Path) -> str:
    torch.manual_seed(0)
    module = archc.load(TINY).module()
    path = tmp_path / "weights.safetensors"
    save_file(module.state_dict(), path)
    return str(path)


@pytest.mark.parametrize("batch", ["1", "2", "4"])
def test_classes(batch: str, image: str, weights: str, tmp_path: Path) -> None:
    """They are those of the emitted module, whatever the batch, the last one filled up."""
    other = tmp_path / "other.png"
    Image.radial_gradient("L").convert("RGB").save(other)
    result = run(
        "--image", image, "--image", str(other), "--image", image, "--weights", weights,
        "--batch", batch, "--format", "json", "--top", "3",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    network = archc.load(TINY)
    module = network.module().eval()
    module.load_state_dict(load_file(weights))
    transform = Transform(network.graph)
    paths = [Path(image), other, Path(image)]
    with torch.inference_mode():
        logits = module(torch.stack([transform(path) for path in paths]))
    found = json.loads(result.stdout)["images"]
    assert [each["file"] for each in found] == [str(path) for path in paths]
    for index, each in enumerate(found):
        share = logits.softmax(1)[index].topk(3)
        assert [guess["class"] for guess in each["classes"]] == share.indices.tolist()
        numbers = [guess["probability"] for guess in each["classes"]]
        assert numbers == pytest.approx(share.values.tolist(), rel=1e-4)


def test_most_probable() -> None:
    found = most_probable(torch.tensor([[0.0, 2.0, 1.0]], dtype=torch.bfloat16), 9)
    assert [each.number for each in found[0]] == [1, 2, 0]
    assert sum(each.probability for each in found[0]) == pytest.approx(1)


def test_labels(image: str, weights: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("".join(f"kind {each}\x1b[31m\n" for each in range(7)))
    result = run("--image", image, "--weights", weights, "--labels", str(labels), "--top", "2")
    assert result.exit_code == 0, result.output
    heading, first, second = result.stdout.splitlines()
    assert heading == image
    assert "kind" in first
    assert "\x1b" not in first
    assert float(first.split("%")[0]) >= float(second.split("%")[0])


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"a\nb\n", "has 2 labels, Tiny 7 classes"), (b"\xff\xfe", "is no text in UTF-8")],
    ids=["count", "bytes"],
)
def test_bad_labels(content: bytes, message: str, image: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_bytes(content)
    result = run("--image", image, "--labels", str(labels))
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_weights_it_says_so(image: str) -> None:
    assert "note: without --weights" in run("--image", image).stderr


@pytest.mark.parametrize("form", ["table", "json"])
def test_times(form: str) -> None:
    result = run("--seconds", "0.05", "--batch", "2", "--threads", "1", "--format", form)
    assert result.exit_code == 0, result.output
    assert "of weights" in result.stderr
    if form == "table":
        assert "images/s" in result.stdout
        assert "ms a batch" in result.stdout
        return
    found = json.loads(result.stdout)
    latency = found["latency_ms"]
    assert 0 < latency["p10"] <= latency["median"] <= latency["p90"]
    assert latency["count"] >= 10
    assert found["images_per_second"] == pytest.approx(2e3 / latency["median"], rel=1e-3)
    assert found["dtype"] == "float32"


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_dtypes(dtype: str) -> None:
    result = run("--seconds", "0.01", "--dtype", dtype)
    assert result.exit_code == 0, result.output
    assert dtype in result.stdout


def test_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    network = archc.load(TINY).graph
    one, four = (device.planned_memory(network, "cpu", "float32", batch) for batch in (1, 4))
    assert one.weights == four.weights
    assert four.activations == 4 * one.activations
    half = device.planned_memory(network, "cpu", "bfloat16", 1)
    assert (2 * half.weights, 2 * half.activations) == (one.weights, one.activations)
    monkeypatch.setattr(device, "_free_memory", lambda name: 1000)
    result = run("--seconds", "0.01")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: Tiny does not fit: it needs ")
    assert result.stderr.endswith("the CPU has 1 KB free\n")
    monkeypatch.setattr(device, "_free_memory", lambda name: None)
    assert "how much the CPU has is unknown" in run("--seconds", "0.01").stderr


@pytest.mark.parametrize(
    ("count", "shown"),
    [(999, "999 B"), (45_000_000, "45 MB"), (27_940_000, "27.9 MB"), (20_000_000_000, "20 GB"),
     (999_900_000, "1,000 MB"), (7 * 10**15, "7,000 TB")],
)  # fmt: skip
def test_sizes(count: int, shown: str) -> None:
    assert device.byte_size(count) == shown


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu() -> None:
    result = CliRunner().invoke(main, ["run", TINY, "--device", "cuda"])
    assert result.exit_code == 1
    assert result.stderr == "error: this torch finds no CUDA device: choose --device cpu\n"


@pytest.mark.parametrize("command", ["run", "bench"])
def test_without_torch(command: str) -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        f"from archc.cli import main; main(['{command}', {TINY!r}])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.returncode == 1
    assert 'run `pip install "archc[torch]"`' in found.stderr
    assert found.stderr.count("\n") == 1


def test_without_pillow(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    result = run("--image", image)
    assert result.exit_code == 1
    assert 'run `pip install "archc[run]"`' in result.stderr


def test_a_network_without_classes(image: str, tmp_path: Path) -> None:
    spec = tmp_path / "map.yaml"
    spec.write_text("network: Map\ninput: 8×8×3\nrows:\n  - [convolution, 3×3, 4]\n")
    text = "columns: [type, patch, filters]\n" + spec.read_text()
    spec.write_text(text)
    result = CliRunner().invoke(main, ["run", str(spec), "--image", image])
    assert result.exit_code == 1
    assert "Map gives 4×6×6, no classes" in result.stderr


def test_bad_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"other": torch.zeros(1)}, path)
    result = run("--weights", str(path))
    assert result.exit_code == 1
    assert "the weights lack" in result.stderr
    path.write_bytes(b"nothing")
    assert "is no safetensors file" in run("--weights", str(path)).stderr
