"""The plan of a network's code: made once for each network, and asked by all who need names."""

from __future__ import annotations

from dataclasses import dataclass, field

from archc.ir import Network, Operation
from archc.passes import pipeline
from archc.plan.hierarchy import Hierarchy
from archc.plan.members import Layouts, NetworkLayout

__all__ = ["Plan", "plan_of", "source_plan"]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What the code of a network has: its classes' members, and the path of every layer.

    ``network`` is the one that is planned, after the passes for source.
    """

    network: Network
    layouts: Layouts
    layout: NetworkLayout
    paths: dict[Operation, str] = field(repr=False)
    """Where each layer is in the emitted module, in the order of its ``state_dict()``.

    With ``.weight`` and the like these are the names in it. Operations that are written as
    formulas (sums, concatenations) have no layer.
    """


def source_plan(network: Network) -> Plan:
    """Return the plan of a network as it is written as source; made once, and kept with it."""
    if network.plan is None:
        network.plan = plan_of(pipeline.run(network, pipeline.FOR_SOURCE))
    assert isinstance(network.plan, Plan)
    return network.plan


def plan_of(network: Network) -> Plan:
    """Plan a network that has been through the passes of `archc.passes.pipeline.FOR_SOURCE`."""
    layouts = Layouts(Hierarchy(network))
    layout = layouts.of_network()
    paths = {
        operation: path
        for name, member in layout.members
        for operation, path in layouts.paths(member, name)
    }
    return Plan(network, layouts, layout, paths)
