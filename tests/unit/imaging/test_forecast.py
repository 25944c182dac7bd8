# SPDX-License-Identifier: GPL-3.0-or-later
"""The forecast for a source agrees with the file that is then sent."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from easel.imaging.check import read_header
from easel.imaging.eight_bit import eight_bit
from easel.imaging.fit import plan_fit
from easel.imaging.forecast import Look, Stored, foresee
from easel.imaging.formats import Format
from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.imaging.restore import write_canvas
from easel.imaging.snapshot import FileSnapshot
from easel.imaging.thumbnails import read_thumbnail
from easel.imaging.upload import prepare_upload

RATIOS = ("1:1", "16:9", "9:16", "4:3")


def write(path: Path, mode: str, size: tuple[int, int], alpha: int = 255) -> Path:
    """Write a picture with some detail, and with metadata if it is a PNG."""
    image = Image.effect_noise(size, 40).convert("RGB")
    image.paste(Image.linear_gradient("L").resize((size[0] // 2, size[1])).convert("RGB"))
    if mode == "RGBA":
        image.putalpha(alpha)
    texts = PngInfo()
    texts.add_text("Comment", "where it was made " * 50)
    image.save(path, **({"pnginfo": texts} if path.suffix == ".png" else {}))
    return path


def send(
    path: Path, folder: Path, rule: UploadRule, ratios: tuple[str, ...] | None, *, is_data: bool
) -> Path:
    """Prepare a first source as a job does; return the file that is sent."""
    upload = prepare_upload(FileSnapshot(path=path), folder, "source")
    is_ours, sent = upload.is_ours, upload.path
    if ratios is not None:
        fit = plan_fit((upload.width, upload.height), ratios, max_side=rule.max_side)
        if fit.canvas != fit.source:
            is_ours, sent = True, folder / "canvas.png"
            write_canvas(upload.path, sent, fit, is_data=is_data)
    return make_outgoing(sent, folder, "sent", rule, is_ours=is_ours, is_data=is_data).path


@pytest.mark.parametrize("ratios", [None, RATIOS])
@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("is_data", [False, True])
@pytest.mark.parametrize(
    ("name", "mode", "size", "alpha"),
    [
        ("a.png", "RGB", (600, 600), 255),
        ("b.png", "RGBA", (700, 500), 255),
        ("c.png", "RGBA", (640, 360), 90),
        ("d.jpg", "RGB", (900, 500), 255),
        ("e.tif", "RGB", (512, 700), 255),
        ("f.webp", "RGB", (1400, 500), 255),
        ("g.png", "RGB", (40, 30), 255),
    ],
)
def test_what_is_foreseen_is_sent(
    name: str,
    mode: str,
    size: tuple[int, int],
    alpha: int,
    is_data: bool,
    lossless: bool,
    ratios: tuple[str, ...] | None,
    tmp_path: Path,
) -> None:
    path = write(tmp_path / name, mode, size, alpha)
    rule = UploadRule(max_side=1200, lossless=lossless)
    folder = tmp_path / "job"
    folder.mkdir()
    found = {".png": Format.PNG, ".jpg": Format.JPEG, ".webp": Format.WEBP}.get(path.suffix)
    stored = Stored(
        width=size[0],
        height=size[1],
        format=found,
        byte_count=path.stat().st_size if found else 0,
        is_data=is_data,
        has_alpha=mode == "RGBA",
    )
    told = foresee(stored, read_thumbnail(path, looks=True).look, rule, ratios)
    sent = send(path, folder, rule, ratios, is_data=is_data)
    header = read_header(sent)
    assert (told.width, told.height, told.format) == (header.width, header.height, header.format)
    weight = sent.stat().st_size
    if told.is_about:
        assert told.byte_count == pytest.approx(weight, rel=0.6)
    else:
        assert told.byte_count == weight
    before = foresee(stored, None, rule, ratios)
    assert before.format in (None, header.format), "before anybody has looked, it is not told wrong"
    if before.is_most:
        assert before.byte_count >= weight


def test_bytes_beyond_the_limit_are_told_as_the_limit() -> None:
    stored = Stored(width=1000, height=1000, format=Format.PNG, byte_count=5_000_000, has_alpha=False)
    look = Look(clean_bytes=4_900_000, is_opaque=True, jpeg_rate=2.0, png_rate=4.0)
    told = foresee(stored, look, UploadRule(max_bytes=1_000_000))
    assert (told.format, told.byte_count, told.is_about) == (Format.JPEG, 1_000_000, True)


def test_a_look_does_not_mind_any_mode(tmp_path: Path) -> None:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"):
        path = tmp_path / f"{mode.replace(';', '')}.tif"
        Image.new(mode, (20, 10)).save(path)
        look = read_thumbnail(path, looks=True).look
        assert look is not None
        assert look.jpeg_rate > 0
        assert look.png_rate > 0
        assert eight_bit(Image.open(path)).shape[:2] == (10, 20)


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(16, 16), (16, 2000), (900, 700)])
def test_what_nobody_has_looked_into_is_never_more_than_told(
    size: tuple[int, int], mode: str, lossless: bool, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], len(mode)), np.uint8)
    path = tmp_path / "noise.tif"
    Image.fromarray(noise, mode).save(path)
    rule = UploadRule(lossless=lossless)
    told = foresee(Stored(width=size[0], height=size[1]), None, rule)
    assert told.is_most
    sent = send(path, tmp_path, rule, None, is_data=False)
    assert sent.stat().st_size <= told.byte_count
    assert foresee(Stored(width=4096, height=4096), None, rule).byte_count == rule.max_bytes
