"""Images as a network takes them, as torchvision's transforms make them.

The shorter side is scaled with antialiasing, the middle cut out, and the channels normalised;
all on the image's own 8 bits until the last step, as torchvision does it.
"""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from archc import ir
from archc.diagnostics import ArchcError, safe

__all__ = ["Transform", "read_image"]

_MODES = {1: "L", 3: "RGB"}
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_MARGIN = Fraction(8, 7)

_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")
"""What is read. Others are no photographs, and Pillow runs other programs for some of them."""


class Transform:
    """What a spec's ``preprocess`` makes of an image."""

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
        """An image file as a sample (C, H, W). Raises `ArchcError` where it cannot be read."""
        image = read_image(path, _MODES[self.channels])
        return self.normalized(self.cropped(self.resized(image, path)))

    def resized(self, image: Any, path: Path) -> Any:
        """The shorter side as long as it should be."""
        from PIL import Image

        short, long = sorted(image.size)
        other = self.resize * long // short
        if Image.MAX_IMAGE_PIXELS is not None and self.resize * other > Image.MAX_IMAGE_PIXELS:
            raise ArchcError(
                f"{safe(str(path))} is {image.width}×{image.height} and would be scaled to "
                f"{self.resize:,}×{other:,}, which is too large"
            )
        size = (self.resize, other) if image.width <= image.height else (other, self.resize)
        return image if size == image.size else image.resize(size, self._filter())

    def _filter(self) -> Any:
        from PIL import Image

        return Image.Resampling[self.interpolation.upper()]

    def cropped(self, image: Any) -> Any:
        """The middle, as large as the network's input."""
        left = round((image.width - self.width) / 2)
        top = round((image.height - self.height) / 2)
        return image.crop((left, top, left + self.width, top + self.height))

    def normalized(self, image: Any) -> Tensor:
        """Channels first, 0 to 1, the mean subtracted, divided by the standard deviation."""
        pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
        shaped = pixels.reshape(self.height, self.width, self.channels).permute(2, 0, 1)
        mean, std = (torch.tensor(each).reshape(-1, 1, 1) for each in (self.mean, self.std))
        return (shaped.contiguous().to(torch.float32).div(255) - mean) / std


def read_image(path: Path, mode: str = "RGB") -> Any:
    """A Pillow image, turned as its camera was. Raises `ArchcError` where it cannot be read.

    One of more pixels than Pillow thinks safe is refused before they are decoded.
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
            image = Image.open(file, formats=[each for each in _FORMATS if each in Image.OPEN])
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
