# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of a mesh projected back on its texture: error, predicted coverage, time, and longest freeze.

The "model" returns the sheet unchanged, but shifted by up to 12 pixels, scaled by up to 2 % and as a JPEG of
quality 90. The backdrop is magenta, so that bleeding is found. The naive way is the obvious one: a depth
buffer by `np.minimum.at`, all texels at once in float64, one thread. Takes three minutes.
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import PIL.Image
import surface_meshes

from bench.holds import watched
from bench.table import Row
from easel.imaging.resample import Box, resample
from easel.imaging.surface.aligned import views_off
from easel.imaging.surface.cameras import cameras_around
from easel.imaging.surface.coverage import coverage, samples_of
from easel.imaging.surface.draw import Look, draw
from easel.imaging.surface.filling import bleed
from easel.imaging.surface.layout import compose, grid_of
from easel.imaging.surface.mesh import on_texture, tiles_of
from easel.imaging.surface.painted import Painted, paint_texture
from easel.imaging.surface.project import Kind, ViewPicture
from easel.imaging.surface.raster import Outlines
from easel.imaging.surface.texels import Texels
from easel.imaging.surface.views import views_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from easel.imaging.surface.cameras import Camera
    from easel.imaging.surface.mesh import Mesh

VIEW, TEXTURE = 1024, 2048
TINY = {"view": 96, "texture": 128, "is_small": True}
VIEWS = 6
MAGENTA = (255, 0, 255)
MAX_SHIFT, MAX_GROWTH = 12.0, 0.02  # pixels of the sheet, share
PITCH = 0.24  # of the pattern, for a mesh of size 2: its finest waves are 90 pixels long in a 1K view
OFF = 12  # of 255
PROMISED_MEAN, PROMISED_OFF, PROMISED_FORETOLD = 2.0, 1.0, 1.0  # of 255, %, %
PROMISED_S, PROMISED_LARGE_S = 3.0, 12.0
PROMISED_HOLD_MS = 10.0
PROMISED_MIB = 1229.0


def rows(view: int = VIEW, texture: int = TEXTURE, is_small: bool = False) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    rng = np.random.default_rng(2026)
    for name, make in surface_meshes.MESHES.items():
        mesh = make(8) if is_small else make()  # type: ignore[call-arg]
        yield from _there_and_back(name, mesh, view, texture, rng)
    yield from _there_and_back("Suzanne", surface_meshes.suzanne(1 if is_small else 3), view, texture, rng)
    scan = surface_meshes.scan(8 if is_small else 388)
    yield from _speed(scan, view, texture)
    yield from _large(scan, 2 * view, 2 * texture)


def _there_and_back(
    name: str, mesh: Mesh, view: int, texture: int, rng: np.random.Generator
) -> Iterator[Row]:
    tiles: list[int | None] = [*tiles_of(mesh, 0)] if "tiles" in name else [None]
    known = {(0, tile): _known(mesh, tile, texture) for tile in tiles}
    layout = grid_of(VIEWS, (3 * view, 2 * view))
    cell = layout.cells[0]
    cameras = cameras_around(mesh, VIEWS, (cell.width, cell.height))
    sent = compose([draw(mesh, camera, Look.TEXTURE, known, MAGENTA) for camera in cameras], layout)
    answer = _answered(sent, rng)
    found, seconds = _timed(lambda: views_off(answer, sent, layout))
    views = views_of(mesh, cameras)
    pictures = [
        ViewPicture(view=one, pixels=off.pixels, confidence=off.confidence)
        for one, off in zip(views, found, strict=True)
    ]
    errors: list[NDArray[Any]] = []
    bled, seen, whole = 0, 0.0, 0.0
    for tile in tiles:
        made = paint_texture(mesh, 0, tile, (texture, texture), pictures)
        errors.append(_errors(made, known[0, tile]))
        bled += _magenta(made)
        seen += made.coverage
        whole += 1
    error = np.concatenate(errors)
    foretold = coverage(views, samples_of(mesh))
    lined_up = sum(one.is_found for one in found)
    yield Row(
        what=f"{name}, {len(mesh):,} triangles: mean error where seen",
        naive=None,
        ours=float(error.mean()),
        promised=PROMISED_MEAN,
        unit="/255",
        note=f"{lined_up} of {VIEWS} views found, in {seconds:.1f} s",
    )
    yield Row(
        what=f"- texels off by more than {OFF}/255",
        naive=None,
        ours=100 * float((error.max(1) > OFF).mean()),
        promised=PROMISED_OFF,
        unit="%",
    )
    yield Row(
        what="- coverage, and as it was foretold: apart",
        naive=None,
        ours=100 * abs(seen / whole - foretold),
        promised=PROMISED_FORETOLD,
        unit="%",
        note=f"{100 * seen / whole:.1f} % seen",
    )
    yield Row(
        what="- texels of the backdrop's colour", naive=None, ours=float(bled), promised=0.0, unit="texels"
    )


def _speed(mesh: Mesh, view: int, texture: int) -> Iterator[Row]:
    cameras = cameras_around(mesh, VIEWS, (view, view))
    known = {(0, None): _known(mesh, None, texture)}
    drawn, draw_s = _timed(lambda: [draw(mesh, camera, Look.LIT, known) for camera in cameras])
    naive = _timed(lambda: _naive(mesh, cameras, drawn, texture))[1]
    measured = _measured(lambda: _painted(mesh, cameras, drawn, texture), 3)
    yield Row(
        what=f"six views of {view} px onto {texture} px, {len(mesh):,} triangles",
        naive=naive,
        ours=measured.seconds,
        promised=PROMISED_S,
        unit="s",
        note=f"{measured.cpu_s:.1f} s of processors",
    )
    yield Row(
        what="- longest freeze",
        naive=None,
        ours=1000 * measured.hold_s,
        promised=PROMISED_HOLD_MS,
        unit="ms",
        note="of a thread that ticks each ms",
    )
    yield Row(what="- drawing the six views before", naive=None, ours=draw_s, unit="s", note="smooth edges")


def _large(mesh: Mesh, view: int, texture: int) -> Iterator[Row]:
    cameras = cameras_around(mesh, VIEWS, (view, view))
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, 256, (view, view, 3), np.uint8) for _ in cameras]
    before = _memory_mib("VmRSS")
    _forget_peak()
    measured = _measured(lambda: _painted(mesh, cameras, drawn, texture), 2)
    extra = _memory_mib("VmHWM") - before
    yield Row(
        what=f"six views of {view} px onto {texture} px",
        naive=None,
        ours=measured.seconds,
        promised=PROMISED_LARGE_S,
        unit="s",
        note=f"{measured.cpu_s:.1f} s of processors",
    )
    yield Row(
        what="- longest freeze",
        naive=None,
        ours=1000 * measured.hold_s,
        promised=PROMISED_HOLD_MS,
        unit="ms",
    )
    yield Row(
        what="- extra memory at most",
        naive=None,
        ours=extra,
        promised=PROMISED_MIB,
        unit="MiB",
        note="the views' pictures were there before",
    )


def _painted(mesh: Mesh, cameras: Sequence[Camera], drawn: Sequence[NDArray[np.uint8]], side: int) -> Painted:
    """Do everything after the registration of the answer."""
    pictures = [
        ViewPicture(view=view, pixels=pixels)
        for view, pixels in zip(views_of(mesh, cameras), drawn, strict=True)
    ]
    return paint_texture(mesh, 0, None, (side, side), pictures)


def _known(mesh: Mesh, tile: int | None, side: int) -> NDArray[np.uint8]:
    """Return the texture of a pattern in space."""
    texels = Texels(mesh, on_texture(mesh, 0, tile), (side, side))
    pixels = np.zeros((side, side, 3), np.uint8)
    for band in texels.bands():
        for points in texels.points(band):
            pixels.reshape(-1, 3)[points.texel] = surface_meshes.pattern(points.place, PITCH) + 0.5
    bleed(pixels, texels.triangles >= 0, 8)
    return pixels


def _answered(sent: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the sheet of a model that changes nothing but drifts like models do."""
    height, width = sent.shape[:2]
    scale = rng.uniform(1 - MAX_GROWTH, 1 + MAX_GROWTH)
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0, MAX_SHIFT) * width / (3 * VIEW)
    dx, dy = distance * np.cos(angle), distance * np.sin(angle)
    middle_x, middle_y = width / 2 - dx / scale, height / 2 - dy / scale
    half_x, half_y = width / 2 / scale, height / 2 / scale
    box = Box(middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)
    file = io.BytesIO()
    drifted = resample(sent, box, (width, height), is_data=False)
    PIL.Image.fromarray(drifted).save(file, "JPEG", quality=90)
    return np.asarray(PIL.Image.open(file)).copy()


def _errors(made: Painted, known: NDArray[np.uint8]) -> NDArray[np.int16]:
    is_seen = made.kinds == Kind.SEEN
    return np.abs(made.pixels[is_seen].astype(np.int16) - known[is_seen])


def _magenta(made: Painted) -> int:
    """Count texels of islands that are nearer to magenta than any colour of the pattern."""
    red, green, blue = np.moveaxis(made.pixels[made.kinds != Kind.EMPTY].astype(np.int16), -1, 0)
    return int(((red - green > 100) & (blue - green > 100)).sum())


def _naive(
    mesh: Mesh, cameras: Sequence[Camera], drawn: Sequence[NDArray[np.uint8]], side: int
) -> NDArray[np.float64]:
    """Return the texture by the obvious implementation."""
    texels = Texels(mesh, on_texture(mesh, 0), (side, side))
    points = [one for band in texels.bands() for one in texels.points(band)]
    place = np.concatenate([one.place for one in points]).astype(np.float64)
    triangle = np.concatenate([one.triangle for one in points])
    texel = np.concatenate([one.texel for one in points])
    total, weights = np.zeros((len(place), 3)), np.zeros(len(place))
    for camera, picture in zip(cameras, drawn, strict=True):
        width, height = camera.width, camera.height
        seen = camera.project(mesh.corners)
        outlines = Outlines(
            lambda some, seen=seen: tuple(each[some] for each in seen), len(mesh), (width, height)
        )
        depth = np.full(width * height, np.inf)
        every = outlines.fragments(slice(0, height))
        np.minimum.at(depth, every.pixel, every.depth.astype(np.float64))
        x, y, z = camera.project(place)
        facing = mesh.faces[triangle].astype(np.float64) @ camera.towards
        column, row = np.clip(x.astype(int), 0, width - 2), np.clip(y.astype(int), 0, height - 2)
        seen = (facing > 0.17) & (z <= depth[row * width + column] + 0.01)
        weight = np.where(seen, facing**4, 0)
        right, down = (x - column)[:, None], (y - row)[:, None]
        upper = picture[row, column] * (1 - right) + picture[row, column + 1] * right
        lower = picture[row + 1, column] * (1 - right) + picture[row + 1, column + 1] * right
        total += (upper * (1 - down) + lower * down) * weight[:, None]
        weights += weight
    result = np.zeros((side * side, 3))
    result[texel] = total / np.maximum(weights, 1e-9)[:, None]
    return result


class _Measured(NamedTuple):
    """The best of some runs."""

    seconds: float
    cpu_s: float
    hold_s: float


def _measured(work: Callable[[], object], times: int) -> _Measured:
    """Measure the time of some runs, and the freezes of as many others, because ticking takes time."""
    seconds, cpu_s = [], []
    for _ in range(times):
        before = time.process_time()
        seconds.append(_timed(work)[1])
        cpu_s.append(time.process_time() - before)
    return _Measured(min(seconds), min(cpu_s), min(watched(work)[1].longest_s for _ in range(times)))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _memory_mib(field: str) -> float:
    """Return `VmRSS` (the current memory) or `VmHWM` (the peak since `_forget_peak`); 0 if unknown."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":")), 0.0)


def _forget_peak() -> None:
    """Reset Linux's peak of memory."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return
