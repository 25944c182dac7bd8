# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker with a 4K picture: the longest hold of the interpreter lock in each of its steps."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from bench import pictures
from bench.holds import watched
from bench.table import Row
from easel.imaging import check, mask_making
from easel.imaging.fit import Fit, plan_fit
from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.imaging.snapshot import FileSnapshot, UVShapes
from easel.imaging.thumbnails import read_thumbnail
from easel.imaging.upload import prepare_upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

SIZE = 4096
TINY = {"size": 64}
PROMISED_MS = 10.0


def rows(size: int = SIZE) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known. The note has the duration."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photograph = pictures.photograph(size)
        painted = folder / "painted.png"
        PIL.Image.fromarray(pictures.painted(size)).save(painted, compress_level=1)
        opaque = folder / "opaque.png"
        PIL.Image.fromarray(photograph[..., :3]).save(opaque, compress_level=1)
        jpeg = folder / "photograph.jpg"
        PIL.Image.fromarray(photograph[..., :3]).save(jpeg, quality=95, comment="where and when")
        tiff = folder / "scan.tif"
        PIL.Image.fromarray(photograph[..., :3]).save(tiff)
        yield from _uploads(folder, size, painted, opaque, jpeg, tiff)
        yield from _masks(folder, size, opaque, painted)
        yield _held("a result is checked, with its thumbnail", partial(_checked, jpeg, folder / "small.png"))


def _uploads(folder: Path, size: int, painted: Path, opaque: Path, jpeg: Path, tiff: Path) -> Iterator[Row]:
    half = UploadRule(max_side=size // 2)
    for what, work in (
        ("a file is copied", partial(prepare_upload, FileSnapshot(path=jpeg), folder, "copied")),
        ("a TIFF becomes PNG", partial(prepare_upload, FileSnapshot(path=tiff), folder, "converted")),
        ("metadata leaves a JPEG", partial(_outgoing, jpeg, folder, UploadRule(), is_ours=False)),
        ("metadata leaves a PNG", partial(_outgoing, painted, folder, UploadRule(), is_ours=False)),
        ("our opaque PNG becomes JPEG", partial(_outgoing, opaque, folder, UploadRule(), is_ours=True)),
        ("a PNG with alpha at half its size", partial(_outgoing, painted, folder, half, is_ours=False)),
        ("a JPEG at half its size", partial(_outgoing, jpeg, folder, half, is_ours=False)),
        ("a source's thumbnail", partial(read_thumbnail, opaque, looks=True)),
    ):
        yield _held(what, work)


def _masks(folder: Path, size: int, opaque: Path, painted: Path) -> Iterator[Row]:
    corners = np.random.default_rng(1).random((50_000, 1, 2), np.float32)
    small = corners + np.array(((0, 0), (0.004, 0), (0, 0.004)), np.float32)
    sixteenths = np.stack(np.meshgrid(np.arange(16), np.arange(16)), 2).reshape(-1, 1, 2) / 16
    large = sixteenths + np.array(((0, 0), (1 / 16, 0), (0, 1 / 16)))
    lasso = tuple(
        (0.5 + 0.4 * float(np.cos(angle)), 0.5 + 0.4 * float(np.sin(angle)))
        for angle in np.linspace(0, 2 * np.pi, 200)
    )
    area = np.zeros((size, size), np.uint8)
    area[size // 4 : size // 2] = 255
    fit = plan_fit((size, size), ("3:2",))
    for what, work in (
        ("a mask of 50,000 faces", partial(_area, UVShapes(triangles=small), size)),
        ("a mask of large faces", partial(_area, UVShapes(triangles=large.astype(np.float32)), size)),
        ("a mask of a lasso", partial(_area, UVShapes(polygons=(lasso,)), size)),
        ("a mask of another image", partial(mask_making.area_of_image, opaque, (size, size), 8)),
        ("a mask of an image's alpha", partial(mask_making.area_of_alpha, painted, 8)),
        ("a mask is written", partial(mask_making.write_mask, area, folder / "mask.png", inverts=True)),
        ("a mask is read", partial(mask_making.read_mask, folder / "mask.png")),
        ("the marked copy", partial(_marked, opaque, folder / "marked.png", fit, area)),
    ):
        yield _held(what, work)


def _held(what: str, work: Callable[[], object]) -> Row:
    """Measure the best of three, because other programs affect the longest."""
    seen = [watched(work)[1] for _ in range(3)]
    return Row(
        what=what,
        naive=None,
        ours=1000 * min(held.longest_s for held in seen),
        promised=PROMISED_MS,
        unit="ms",
        note=f"takes {min(held.seconds for held in seen):.2f} s",
    )


def _outgoing(path: Path, folder: Path, rule: UploadRule, *, is_ours: bool) -> None:
    make_outgoing(path, folder, "outgoing", rule, is_ours=is_ours)


def _area(shapes: UVShapes, size: int) -> NDArray[np.uint8]:
    return mask_making.area_of_shapes(shapes, (size, size), 8)


def _marked(source: Path, to: Path, fit: Fit, area: NDArray[np.uint8]) -> None:
    mask_making.write_marked(source, to, fit, mask=area, places=[(0.5, 0.5)])


def _checked(path: Path, small: Path) -> None:
    check.check_image(path, thumbnail=small)
