"""A function of one tensor, recorded as a CUDA graph and replayed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["captured"]

_WARM_UP = 3  # runs in which cuDNN chooses its algorithms


def captured(run: Callable[[Tensor], Tensor], example: Tensor) -> Callable[[Tensor], Tensor]:
    """``run`` as one launch: inputs are copied into a buffer, the result's buffer is reused.

    Its memory is a pool of the graph's own, in which a tensor's space is used again once it
    has been read for the last time.
    """
    buffer = example.clone()
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # float32 is float32
        return _captured(run, buffer)


def _captured(run: Callable[[Tensor], Tensor], buffer: Tensor) -> Callable[[Tensor], Tensor]:
    stream = torch.cuda.Stream(buffer.device)  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream(buffer.device))
    with torch.inference_mode(), torch.cuda.stream(stream):
        for _ in range(_WARM_UP):
            run(buffer)
    torch.cuda.current_stream(buffer.device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.inference_mode(), torch.cuda.graph(graph, stream=stream):
        result = run(buffer)

    def replay(images: Tensor) -> Tensor:
        buffer.copy_(images)
        graph.replay()
        return result

    return replay
