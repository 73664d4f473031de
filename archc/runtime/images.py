"""Image files: as the input (C, H, W) of a network, and their most probable classes.

Images are transformed as torchvision does it: the shorter side is scaled with antialiasing, the
middle is cut out, and the channels are normalised; in the image's own 8 bits until that last step.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from archc import ir
from archc.diagnostics import ArchcError, safe

__all__ = ["Guess", "Transform", "classify", "most_probable", "read_image"]

_MODES = {1: "L", 3: "RGB"}
"""Pillow's modes by number of channels."""

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, of red, green and blue between 0 and 1."""

_MARGIN = Fraction(8, 7)
"""Of the shorter side over what is cut out of it, as 256 over 224."""

_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")
"""What is read. Other formats hold no photographs, and for some Pillow runs other programs."""


class Transform:
    """Makes an image file the input that a spec's ``preprocess`` section describes."""

    def __init__(self, network: ir.Network) -> None:
        """Raises `ArchcError` for a network that takes no images of one or three channels."""
        section, shape = network.preprocess, network.input.shape
        self.channels, self.height, self.width = shape
        if self.channels not in _MODES:
            raise ArchcError(
                f"{network.name} takes {self.channels} channels: images have 1 (grey) or 3"
            )
        colored = self.channels == len(_MEAN)
        self.mean = section.mean or (_MEAN if colored else (0.0,))
        self.std = section.std or (_STD if colored else (1.0,))
        self.resize = section.resize or round(max(self.height, self.width) * _MARGIN)
        self.interpolation = section.interpolation

    def __call__(self, path: Path) -> Tensor:
        """Read an image file as a sample (C, H, W). Raises `ArchcError` where it cannot be read."""
        image = read_image(path, _MODES[self.channels])
        return self.normalized(self.cropped(self.resized(image, path)))

    def resized(self, image: Any, path: Path) -> Any:
        """Scale an image so that its shorter side has ``resize`` pixels."""
        from PIL import Image

        short, long = sorted(image.size)
        longer = self.resize * long // short
        if Image.MAX_IMAGE_PIXELS is not None and self.resize * longer > Image.MAX_IMAGE_PIXELS:
            raise ArchcError(
                f"{safe(str(path))} is {image.width}×{image.height} and would be scaled to "
                f"{self.resize:,}×{longer:,}, which is too large"
            )
        size = (self.resize, longer) if image.width <= image.height else (longer, self.resize)
        return image if size == image.size else image.resize(size, self._filter())

    def _filter(self) -> Any:
        from PIL import Image

        return Image.Resampling[self.interpolation.upper()]

    def cropped(self, image: Any) -> Any:
        """Cut the middle out of an image, as large as the network's input."""
        left = round((image.width - self.width) / 2)
        top = round((image.height - self.height) / 2)
        return image.crop((left, top, left + self.width, top + self.height))

    def normalized(self, image: Any) -> Tensor:
        """Scale pixels to 0 to 1, subtract the mean, divide by the deviation: (C, H, W)."""
        pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
        shaped = pixels.reshape(self.height, self.width, self.channels).permute(2, 0, 1)
        mean, std = (torch.tensor(values).reshape(-1, 1, 1) for values in (self.mean, self.std))
        return (shaped.contiguous().to(torch.float32).div(255) - mean) / std


def read_image(path: Path, mode: str = "RGB") -> Any:
    """Read a Pillow image, turned as its camera was.

    Raises `ArchcError` where it cannot be read; an image of more pixels than Pillow thinks safe
    is refused before it is decoded.
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[run]"`') from None
    shown = safe(str(path))
    Image.init()
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])
            image.load()
            return ImageOps.exif_transpose(image).convert(mode)
    except UnidentifiedImageError:
        raise ArchcError(f"{shown} is no image that can be read") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ArchcError(
            f"{shown} has more than {Image.MAX_IMAGE_PIXELS:,} pixels: make it smaller first"
        ) from None
    except OSError as error:
        raise ArchcError(f"cannot read {shown}: {error.strerror or error}") from None
    except Exception as error:  # noqa: BLE001 (decoders raise anything on damaged files)
        raise ArchcError(f"cannot read {shown}: it is damaged ({error})") from None


# Classes


@dataclass(frozen=True, slots=True)
class Guess:
    """A class, counted from 0, and its probability."""

    number: int
    probability: float


class _Classifier(Protocol):
    """An executor: a function of images (N, C, H, W), with N fixed."""

    @property
    def batch(self) -> int: ...

    def __call__(self, images: Tensor) -> Tensor: ...


def classify(
    executor: _Classifier, transform: Callable[[Path], Tensor], paths: Sequence[Path], top: int
) -> Iterator[tuple[Path, list[Guess]]]:
    """Yield each image with its ``top`` classes; a last batch that is not full gets zeros."""
    for start in range(0, len(paths), executor.batch):
        batch = paths[start : start + executor.batch]
        images = torch.stack([transform(path) for path in batch])
        missing = executor.batch - len(batch)
        full = torch.cat([images, images.new_zeros(missing, *images.shape[1:])])
        logits = executor(full)[: len(batch)]
        yield from zip(batch, most_probable(logits, top), strict=True)


def most_probable(logits: Tensor, top: int) -> list[list[Guess]]:
    """List the ``top`` classes of each sample, the most probable first; softmax in float32."""
    probabilities = logits.detach().to("cpu", torch.float32).softmax(1)
    best = probabilities.topk(min(top, probabilities.shape[1]), dim=1)
    return [
        [Guess(number, probability) for number, probability in zip(numbers, shares, strict=True)]
        for numbers, shares in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]
