"""``archc bench``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.console import print_json, progress, show
from archc.cli.options import (
    current_limits,
    force_option,
    load_spec,
    settings_option,
    variant_option,
)
from archc.cli.output import unwinding, write_output
from archc.cli.run_command import DEVICES, DTYPES
from archc.diagnostics import ArchcError
from archc.network import Network
from archc.texts import dump_json

if TYPE_CHECKING:
    from archc.runtime.bench.comparison import Comparison
    from archc.runtime.bench.engines import Job

FORMATS = ("table", "json")
PICTURES = (".svg", ".png")
AGAINST = "eager,compile,onnxruntime,openvino"

_PROFILE_RUNS = 50


@click.command("bench")
@click.argument("spec", metavar="SPEC")
@click.option(
    "--against", default=AGAINST, show_default=True, metavar="NAMES",
    help="Which engines; channels-last and compile-graphs, too.",
)  # fmt: skip
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True)
@click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True)
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, metavar="N")
@click.option(
    "--threads", type=click.IntRange(1), metavar="N", help="Of the CPU.  [default: its cores]"
)
@click.option("--rounds", type=click.IntRange(1), default=15, show_default=True, metavar="N")
@click.option(
    "--seconds", type=click.FloatRange(0, 600, min_open=True), default=0.4, show_default=True,
    help="How long each engine runs in each round.",
)  # fmt: skip
@click.option(
    "--weights", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help="A .safetensors file for the emitted PyTorch module.  [default: random]",
)  # fmt: skip
@click.option("--profile", is_flag=True, help="The executor's layers one by one instead.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write all of it as JSON, too.")
@click.option("--plot", metavar="FILE", help="Draw it, too: FILE.svg or FILE.png.")
@force_option
@settings_option
@variant_option
def command(
    spec: str,
    against: str,
    device: str,
    dtype: str,
    batch: int,
    threads: int | None,
    rounds: int,
    seconds: float,
    weights: str | None,
    profile: bool,
    form: str,
    output: str | None,
    plot: str | None,
    force: bool,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Time archc's executor beside other engines, on the same network and weights.

    Each engine has a process of its own, and they are measured by turns. One that is not
    installed, or cannot, is left out with the reason.
    """
    engines = _engines(against)
    if plot is not None and (profile or Path(plot).suffix not in PICTURES):
        message = (
            "a profile is not drawn" if profile else f"cannot draw {plot}: name it .svg or .png"
        )
        raise click.BadParameter(message, param_hint="--plot")
    network = load_spec(spec, settings, variant)
    from archc.runtime.bench.engines import Job
    from archc.runtime.bench.process import usable_cores

    job = Job(
        spec, _device(device), dtype, batch, threads or usable_cores(), settings, variant,
        _limits(), str(Path(weights).resolve()) if weights else "",
    )  # fmt: skip
    if profile:
        value = _profile(network, job, form)
    else:
        found = _compare(network, job, engines, rounds, seconds)
        value = found.to_dict()
        _show(found, form)
        if plot is not None:
            write_output(_picture(found, Path(plot).suffix), plot, force)
    if output is not None:
        write_output(dump_json(value) + "\n", output, force)


def _engines(names: str) -> tuple[str, ...]:
    from archc.runtime.bench.engines import OTHERS

    chosen = tuple(dict.fromkeys(filter(None, (name.strip() for name in names.split(",")))))
    for name in chosen:
        if name not in OTHERS:
            message = f"there is no engine `{name}`: choose from {', '.join(OTHERS)}"
            raise click.BadParameter(message, param_hint="--against")
    return chosen


def _device(wanted: str) -> str:
    """Choose ``cpu`` or ``cuda``. Raises `ArchcError` where there is none, or no torch."""
    try:
        from archc.runtime.device import choose_device
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[torch]"`') from None

    return choose_device(wanted)


def _limits() -> dict[str, Any]:
    limits = asdict(current_limits())
    return {**limits, "folders": [str(each) for each in limits["folders"]]}


def _compare(
    network: Network, job: Job, engines: tuple[str, ...], rounds: int, seconds: float
) -> Comparison:
    from archc.cli.bench_worker import PROGRAM
    from archc.runtime.bench.comparison import compare

    with unwinding(), progress() as tell:
        return compare(network.graph, job, engines, rounds, seconds, tell, PROGRAM)


def _show(found: Comparison, form: str) -> None:
    if form == "json":
        print_json(found.to_dict())
        return
    from archc.cli.bench_tables import engines_table

    show(engines_table(found))


def _picture(found: Comparison, kind: str) -> bytes:
    from archc.cli.bench_tables import title
    from archc.show.plot import bars
    from archc.show.plot.svg import to_png

    drawn = []
    for each in found.measured:
        ratio, latency = found.ratio(each), each.latency
        faster = "" if ratio is None or each is found.base else f", {ratio.median:.2f}× archc's"
        drawn.append(
            bars.Bar(
                each.engine,
                latency.median * 1e3,
                latency.low * 1e3,
                latency.high * 1e3,
                f"{latency.median * 1e3:.4g} ms{faster}",
            )
        )
    described = "; ".join(f"{bar.name}: {bar.remark}" for bar in drawn)
    label = "milliseconds a batch: the median of rounds, and the 10th to the 90th percentile"
    text = bars.draw(title(found), f"Bars of time. {described}.", label, drawn)
    return to_png(text) if kind == ".png" else text.encode()


def _profile(network: Network, job: Job, form: str) -> dict[str, Any]:
    """Print the profile, and return it as plain data."""
    from archc.cli.bench_worker import PROGRAM
    from archc.runtime.bench.comparison import profiled

    with unwinding():
        found = profiled(network.graph, job, _PROFILE_RUNS, PROGRAM)
    conditions = {"device": job.device, "dtype": job.dtype, "batch": job.batch}
    value = {"name": network.name, "spec": network.graph.spec, **conditions, **found}
    if form == "json":
        print_json(value)
        return value
    from archc.cli.bench_tables import profile_table, where

    name = f"{network.name}, {job.dtype}, batch {job.batch}, on {where(found['machine'])}"
    show(profile_table(name, found))
    return value
