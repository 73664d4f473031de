"""What a network costs over a range of settings, alone or beside another.

axis = archc.sweep.parse_axis("classes=10:1000:10")
found = archc.sweep.sweep(archc.sweep.Subject("googlenet"), [axis])
found.points[0].figures.params
"""

from __future__ import annotations

from archc.sweep.model import Crossing, Point, PointFigures, Subject, Sweep, crossings
from archc.sweep.ranges import Axis, RangeError, parse_axis
from archc.sweep.run import sweep

__all__ = [
    "Axis",
    "Crossing",
    "Point",
    "PointFigures",
    "RangeError",
    "Subject",
    "Sweep",
    "crossings",
    "parse_axis",
    "sweep",
]
