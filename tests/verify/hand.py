"""The network of `small.yaml` as somebody would write it by hand: layers and functions mixed.

Each part is a method, so that a test changes one and leaves the others.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Hand", "Mixed", "Residual", "Unit"]


class Unit(nn.Module):
    """Convolution, norm and activation."""

    def __init__(self, channels: int, filters: int, kernel: int, **arguments: Any) -> None:
        super().__init__()
        arguments = {"padding": kernel // 2, "bias": False, **arguments}
        self.conv = nn.Conv2d(channels, filters, kernel, **arguments)
        self.bn = nn.BatchNorm2d(filters)

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.bn(self.conv(x)))

    def activation(self, x: Tensor) -> Tensor:
        return F.relu(x, inplace=True)


class Mixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = Unit(24, 8, 1)
        self.reduce = Unit(24, 4, 1)
        self.three = Unit(4, 12, 3)
        self.project = Unit(24, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = F.max_pool2d(x, 3, 1, 1)
        return torch.cat([self.one(x), self.three(self.reduce(x)), self.project(pooled)], 1)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = Unit(24, 8, 3)
        self.second = nn.Sequential(nn.Conv2d(8, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + 0.2 * self.second(self.first(x)))


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = Unit(24, 6, 1)
        self.fc = nn.Linear(96, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(F.adaptive_avg_pool2d(x, 4))
        found: Tensor = self.fc(x.view(x.size(0), -1))
        return found


class Hand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = Unit(3, 24, 5, stride=2)
        self.a = Mixed()
        self.b = Mixed()
        self.body = nn.Sequential(Residual(), Residual())
        self.aux = Head()
        self.fc = nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Any:
        x = self.stem(x)
        a = self.a(x)
        b = self.b(a)
        out = self.end(self.body(b))
        return (out, self.aux(self.read_by_head(a, b))) if self.training else out

    def read_by_head(self, a: Tensor, b: Tensor) -> Tensor:
        return a

    def end(self, x: Tensor) -> Tensor:
        x = self.normalise(F.max_pool2d(x, 2))
        x = F.dropout(x.mean([2, 3]), 0.4, self.training)
        found: Tensor = self.fc(x)
        return found

    def normalise(self, x: Tensor) -> Tensor:
        return F.local_response_norm(x, 5)
