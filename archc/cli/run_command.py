"""``archc run``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.console import print_json, progress
from archc.cli.options import load_spec, settings_option, variant_option
from archc.diagnostics import ArchcError, safe
from archc.network import Network
from archc.texts import one_line

if TYPE_CHECKING:
    from archc.runtime.device import Memory
    from archc.runtime.executor import Executor
    from archc.runtime.images import Guess
    from archc.runtime.timing import Spread

DEVICES = ("auto", "cpu", "cuda")
DTYPES = ("float32", "bfloat16", "float16")
FORMATS = ("table", "json")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("run")
@click.argument("spec", metavar="SPEC")
@click.option(
    "--image", "images", multiple=True, type=_FILE, metavar="FILE", help="What to classify."
)
@click.option(
    "--weights", type=_FILE, metavar="FILE",
    help="A .safetensors file for the emitted PyTorch module.  [default: as initialised]",
)  # fmt: skip
@click.option("--labels", type=_FILE, metavar="FILE", help="The classes' names, one on a line.")
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, metavar="K")
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True)
@click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True)
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, metavar="N")
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Of the CPU.")
@click.option(
    "--seconds", type=click.FloatRange(0, 3600, min_open=True), default=2.0, show_default=True,
    help="How long to measure, without --image.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@settings_option
@variant_option
def command(
    spec: str,
    images: tuple[Path, ...],
    weights: Path | None,
    labels: Path | None,
    top: int,
    device: str,
    dtype: str,
    batch: int,
    threads: int | None,
    seconds: float,
    form: str,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Run a network on the CPU or on a CUDA GPU.

    With --image it prints the most probable classes of each image, which is scaled, cropped and
    normalised as the spec's `preprocess` says. Without, it times batches of random numbers.
    """
    network = load_spec(spec, settings, variant)
    names = read_labels(labels, network) if labels is not None else None
    if images:
        check_classes(network)
    ready = prepare(network, device, dtype, batch, threads, weights)
    if images:
        if weights is None:
            click.echo("note: without --weights the network knows nothing", err=True)
        guesses = classified(network, ready.executor, images, top)
        show_classes(network, guesses, names, form)
    else:
        show_times(ready, weights, timed(ready, seconds), form)


@dataclass(frozen=True, slots=True)
class ReadyExecutor:
    """An executor, and where it runs."""

    network: Network
    executor: Executor
    device: str
    place: str
    dtype: str
    batch: int
    memory: Memory


def prepare(
    network: Network, device: str, dtype: str, batch: int, threads: int | None, weights: Path | None
) -> ReadyExecutor:
    """Make the executor, once its memory is told and found to be there. Raises `ArchcError`."""
    try:
        from archc.runtime import device as devices
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[torch]"`') from None

    device = devices.choose_device(device)
    if threads is not None:
        devices.use_threads(threads)
    memory = devices.planned_memory(network.graph, device, dtype, batch)
    if not memory.fits:
        raise ArchcError(f"{network.name} does not fit: it {memory}")
    click.echo(str(memory), err=True)
    executor = network.executor(device, dtype, batch, weights)
    return ReadyExecutor(
        network, executor, device, devices.describe_device(device), dtype, batch, memory
    )


# Images


def check_classes(network: Network) -> None:
    """Raise `ArchcError` for a network that gives no classes."""
    if len(network.output) != 1:
        shape = "×".join(map(str, network.output))
        raise ArchcError(f"{network.name} gives {shape}, no classes")


def read_labels(path: Path, network: Network) -> list[str]:
    """Read one name for each class. Raises `ArchcError` for more or fewer."""
    check_classes(network)
    shown = safe(str(path))
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ArchcError(f"{shown} is no text in UTF-8") from None
    except OSError as error:
        raise ArchcError(f"cannot read {shown}: {error.strerror}") from None
    labels = [one_line(line) for line in text.rstrip().split("\n")]
    if len(labels) != network.output[0]:
        raise ArchcError(
            f"{shown} has {len(labels):,} labels, {network.name} {network.output[0]:,} classes"
        )
    return labels


def classified(
    network: Network, executor: Executor, images: Sequence[Path], top: int
) -> list[tuple[Path, list[Guess]]]:
    """Classify the images: each with its most probable classes."""
    from archc.runtime.images import Transform, classify

    transform = Transform(network.graph)
    found = []
    with progress() as tell:
        for each in classify(executor, transform, images, top):
            found.append(each)
            tell("images", len(found) / len(images))
    return found


def show_classes(
    network: Network,
    found: Sequence[tuple[Path, list[Guess]]],
    names: Sequence[str] | None,
    form: str,
) -> None:
    """Print the classes of each image."""
    if form == "json":
        images = [
            {"file": str(path), "classes": [_to_dict(each, names) for each in guesses]}
            for path, guesses in found
        ]
        value = {"name": network.name, "spec": network.graph.spec, "images": images}
        print_json(value)
        return
    width = len(str(network.output[0] - 1))
    for path, guesses in found:
        click.echo(safe(str(path)))
        for each in guesses:
            name = f"  {names[each.number]}" if names is not None else ""
            click.echo(f"  {each.probability:6.1%}  {each.number:>{width}}{name}")


def _to_dict(guess: Guess, names: Sequence[str] | None) -> dict[str, Any]:
    label = {} if names is None else {"label": names[guess.number]}
    return {"class": guess.number, **label, "probability": guess.probability}


# Times


def timed(ready: ReadyExecutor, seconds: float) -> Spread:
    """Measure the seconds of a batch."""
    from archc.runtime.device import synchronize
    from archc.runtime.timing import Spread, time_after_warm_up

    images = ready.executor.example()

    def run() -> None:
        ready.executor(images)
        synchronize(ready.device)

    with progress() as tell:
        times = time_after_warm_up(run, seconds, progress=lambda share: tell("runs", share))
    return Spread.of(times)


def show_times(ready: ReadyExecutor, weights: Path | None, spread: Spread, form: str) -> None:
    """Print latency and throughput."""
    throughput = ready.batch / spread.median
    network = ready.network
    if form == "json":
        memory = {"weights": ready.memory.weights, "activations": ready.memory.activations}
        value = {
            "name": network.name,
            "spec": network.graph.spec,
            "device": ready.device,
            "hardware": ready.place,
            "dtype": ready.dtype,
            "batch": ready.batch,
            "weights": None if weights is None else str(weights),
            "memory": {**memory, "free": ready.memory.free},
            "latency_ms": spread.to_dict(1e3),
            "images_per_second": round(throughput, 3),
        }
        print_json(value)
        return
    low, median, high = (f"{1e3 * each:.4g}" for each in (spread.low, spread.median, spread.high))
    click.echo(one_line(f"{network.name}, {ready.dtype}, batch {ready.batch}, on {ready.place}"))
    click.echo(f"latency     {median} ms a batch ({low} to {high} ms, {spread.count} runs)")
    click.echo(f"throughput  {throughput:.4g} images/s")
