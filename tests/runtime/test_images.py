"""Images are scaled, cropped and normalised as torchvision does it; hostile ones are refused."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import archc
from archc.diagnostics import ArchcError
from archc.runtime.images import Transform, read_image
from tests.torchvision_ops import declare

SIZES = [(97, 61), (61, 97), (300, 180), (24, 24), (35, 24), (40, 401)]


def picture(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Noise over a gradient, so that every step matters."""
    stream = random.Random(0)
    channels = len(Image.new(mode, (1, 1)).getbands())
    data = bytes(
        (x * 3 + y * 2 + stream.randrange(80)) % 256
        for y in range(size[1])
        for x in range(size[0])
        for _ in range(channels)
    )
    return Image.frombytes(mode, size, data)


def transform(**preprocess: Any) -> Transform:
    spec = str(Path(__file__).parent / "tiny.yaml")
    return Transform(archc.load(spec, preprocess=preprocess).graph)


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_as_torchvision(
    size: tuple[int, int], ending: str, interpolation: str, tmp_path: Path
) -> None:
    declare()
    pytest.importorskip("torchvision")
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms._presets import ImageClassification

    path = tmp_path / f"image.{ending}"
    picture(size).save(path)
    mean, std = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]
    theirs = ImageClassification(
        crop_size=24,
        resize_size=27,
        mean=mean,
        std=std,
        interpolation=InterpolationMode(interpolation),
    )
    ours = transform(resize=27, mean=mean, std=std, interpolation=interpolation)
    assert torch.equal(ours(path), theirs(Image.open(path)))


@pytest.mark.parametrize(
    ("name", "builder", "weights"),
    [
        ("googlenet_torchvision", "googlenet", "GoogLeNet_Weights"),
        ("inception_v3", "inception_v3", "Inception_V3_Weights"),
    ],
)
def test_the_networks_of_torchvision(name: str, builder: str, weights: str, tmp_path: Path) -> None:
    """Its checkpoints go with `transform_input`, which is done to ImageNet's normalisation."""
    declare()
    models = pytest.importorskip("torchvision.models")
    path = tmp_path / "image.png"
    picture((400, 350)).save(path)
    theirs = getattr(models, weights).DEFAULT.transforms()(Image.open(path))
    module = models.googlenet if builder == "googlenet" else models.inception_v3
    with torch.device("meta"):
        model = module(transform_input=True, aux_logits=True, init_weights=False)
    expected = model._transform_input(theirs.unsqueeze(0))[0]
    ours = Transform(archc.load(name).graph)(path)
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


def test_what_is_not_said_is_as_for_imagenet() -> None:
    found = Transform(archc.load("googlenet").graph)
    assert (found.resize, found.mean) == (256, (0.485, 0.456, 0.406))
    assert Transform(archc.load("inception_v3").graph).resize == 342
    assert Transform(archc.load("googlenet", input="224×224×1").graph).mean == (0.0,)


def test_what_does_not_fit_another_input_is_left_out() -> None:
    grey = Transform(archc.load("inception_v3", input="299×299×1").graph)
    assert (grey.mean, grey.std) == ((0.0,), (1.0,))
    large = Transform(archc.load("inception_v4", input="512×512×3").graph)
    assert (large.resize, large.mean) == (round(512 * 8 / 7), (0.5, 0.5, 0.5))


def test_takes_images_only() -> None:
    with pytest.raises(ArchcError, match="takes 5 channels"):
        Transform(archc.load("googlenet", input="224×224×5").graph)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_other_modes_become_rgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tif"
    (picture((30, 30)).convert(mode) if mode != "I;16" else Image.new(mode, (30, 30))).save(path)
    assert read_image(path).mode == "RGB"


def test_turned_as_its_camera_was(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture((40, 30)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").size == (30, 40)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is very large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 99)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no image"),
        (b"network: GoogLeNet\n", "is no image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "is no image"),
        (bomb(60_000, 60_000), "has more than 89,478,485 pixels"),
        (bomb(10_000, 9_500), "has more than 89,478,485 pixels"),
        (bomb(64, 64), "cannot read"),
    ],
    ids=["empty", "text", "postscript", "bomb", "large", "truncated"],
)
def test_hostile_images(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(content)
    with pytest.raises(ArchcError, match=message) as error:
        read_image(path)
    assert "\n" not in str(error.value)


def test_too_narrow(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.new("RGB", (1, 200_000)).save(path)
    with pytest.raises(ArchcError, match="would be scaled to 30×6,000,000"):
        transform(resize=30)(path)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ArchcError, match=r"cannot read .*No such file"):
        read_image(tmp_path / "none.png")
