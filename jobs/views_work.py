# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the sheet of a model's views while its job waits, and paint the answer onto textures. Worker only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .chores import Outcome
from .taken import keep_promise, read_all
from .targets import PaintRound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.resample import Pixels
    from ..imaging.sheets import Layout
    from ..imaging.snapshot import PendingPixels, Snapshot
    from ..imaging.surface.aligned import AlignedView
    from ..imaging.surface.cameras import Camera
    from ..imaging.surface.mesh import Mesh
    from ..imaging.surface.pieces import Piece
    from ..imaging.surface.project import ViewPicture
    from ..imaging.surface.viewpoints import SheetPlan, Viewpoint
    from ..imaging.surface.views import View
    from ..threads.pace import Pace

    TextureKey = tuple[int, int]
    """A surface, and its UDIM tile or 0."""

_UNMADE: Final = phrase("The sheet could not be made.")
_DRAWN_SIDE: Final = 2048
"""Texels of a side of a texture drawn on a sheet: no view shows more."""
_LITTLE: Final = 0.02
"""The share of a view below which it may see nothing but edges."""
_EARLIER_SIDE: Final = 1024
"""Pixels of an earlier view that is only drawn to know which places it saw."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheets:
    """What to draw for a request."""

    pieces: Sequence[Piece]
    """The objects. Their parts number the textures from 0."""
    plan: SheetPlan
    textures: Mapping[TextureKey, Snapshot | PendingPixels] = field(
        default_factory=dict["TextureKey", "Snapshot | PendingPixels"]
    )
    """What the sheets show."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Painting(Sheets):
    """What to paint from an answer."""

    round: str
    """A value of `PaintRound`."""
    size: int
    """Texels of a side of each new texture; textures of a later round keep their size."""
    sizes: Mapping[TextureKey, tuple[int, int]] = field(default_factory=dict["TextureKey", tuple[int, int]])
    """Texels (width, height) of textures with a size of their own."""
    margin: int | None = None
    """How many texels islands bleed; None: a fraction of the texture's side."""
    wanted: Sequence[TextureKey]
    """In the order of the results."""
    is_deep: bool = False
    earlier: tuple[Viewpoint, ...] = ()
    """The viewpoints that they were painted from before."""
    weights: Mapping[int, float] = field(default_factory=dict[int, float])
    """The weights of views, 0–1, by their numbers from 0. A missing view has 1."""
    is_even: bool = False
    """All views that see a place contribute to it, not only the best one."""
    takes_reframed: bool = False
    """A view that is not found on the answer is taken from its original place."""
    told: str = ""
    """A text to add to what is said about the textures."""
    now: Sequence[Piece] | None = None
    """The objects as they are now, to report changes. None: they are not compared."""


class Texture(NamedTuple):
    """One painted texture."""

    number: int
    """Its position among the wanted textures."""
    pixels: NDArray[Any]
    """(height, width, 3), uint8 or uint16, sRGB."""
    note: str


class _Sheet(NamedTuple):
    mesh: Mesh
    cameras: list[Camera]
    layout: Layout
    pictures: list[NDArray[np.uint8]]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        from ..imaging.surface.layout import compose

        return compose(self.pictures, self.layout)


def fulfil_views(promised: Mapping[str, PendingPixels], wanted: Sheets, pace: Pace) -> Outcome:
    """Draw the sheets and pass them on as files' bytes; if that fails, give the waiting job the reason.

    Args:
        promised: the sheets by what they show: the plan's look, and others of `Look`.
        wanted: what to draw.
    """
    try:
        pictures = _read(wanted.textures, pace)
    except Exception as error:
        failure = str(error) if isinstance(error, (Refusal, OSError)) else _UNMADE
        for sheet in promised.values():
            sheet.fail(failure)
        if isinstance(error, (Refusal, OSError)):
            return Outcome(text="")
        raise
    for look, sheet in promised.items():
        keep_promise(sheet, lambda look=look: _checked(_sheet_of(wanted, look, pictures)).pixels, _UNMADE)
    return Outcome(text="")


def _checked(sheet: _Sheet) -> _Sheet:
    """Return a sheet that something can be painted from. Raises SurfaceUnusable: before it is paid for."""
    from ..imaging.errors import SurfaceUnusable
    from ..imaging.surface.mesh import refuse_too_small, refuse_without_texels

    refuse_too_small(sheet.mesh)
    refuse_without_texels(sheet.mesh)
    if all(_sees_nothing(sheet)):
        raise SurfaceUnusable(phrase("None of the views sees the surface: choose other views."))
    return sheet


def _sees_nothing(sheet: _Sheet) -> list[bool]:
    """Tell which views show nothing of the surface: a plane from its side, or a point."""
    from ..imaging.surface.coverage import coverage, samples_of
    from ..imaging.surface.views import views_of

    few = [number for number, picture in enumerate(sheet.pictures) if _share_drawn(picture) < _LITTLE]
    found = [False] * len(sheet.pictures)
    if few:
        samples = samples_of(sheet.mesh)
        for number, view in zip(
            few, views_of(sheet.mesh, [sheet.cameras[each] for each in few]), strict=True
        ):
            found[number] = coverage([view], samples) == 0
    return found


def _share_drawn(picture: NDArray[np.uint8]) -> float:
    """Return about which share of a view shows something, by a few of its pixels."""
    return float((picture[::4, ::4] != picture[:1, :1]).any(2).mean())


def painted_textures(answer: NDArray[np.uint8], wanted: Painting, pace: Pace) -> Iterator[Texture]:
    """Yield each painted texture, and a text about it. Ends early if it is stopped.

    Args:
        answer: the returned sheet, of any size with the same shape.
        wanted: what to paint from it.

    Raises:
        SurfaceUnusable: no view is found, or nothing of the mesh lies on a texture.
        Refusal: a texture to paint over can't be read.
    """
    from ..imaging.surface.aligned import views_off
    from ..imaging.surface.mesh import nothing_on_texture, on_texture

    pictures = _read(wanted.textures, pace)
    sheet = _sheet_of(wanted, wanted.plan.look, pictures)
    found = views_off(answer, sheet.pixels, sheet.layout)
    views, told = _views_of(sheet, found, wanted)
    for number, (part, tile) in enumerate(wanted.wanted):
        if pace.stop.is_set():
            return
        if not len(on_texture(sheet.mesh, part, tile or None).triangles):
            raise nothing_on_texture()
        yield _texture(sheet, views, wanted, number, pictures.get((part, tile)), told)


def _views_of(sheet: _Sheet, found: Sequence[AlignedView], wanted: Painting) -> tuple[list[ViewPicture], str]:
    """Return the views to project, and a text about them. Raises SurfaceUnusable."""
    from ..imaging.errors import SurfaceUnusable
    from ..imaging.surface.pieces import stamp_of
    from ..imaging.surface.project import ViewPicture
    from ..imaging.surface.rounds import evened
    from ..imaging.surface.views import views_of

    kept = [
        (number, off)
        for number, off in enumerate(found)
        if (off.is_found or wanted.takes_reframed) and wanted.weights.get(number, 1.0) > 0
    ]
    if not kept:
        raise SurfaceUnusable(
            phrase("The model re-framed all views, so none fits the mesh. The sheet is in the library.")
        )
    earlier = _earlier(sheet.mesh, wanted) if wanted.round == PaintRound.UNSEEN else []
    views: list[ViewPicture] = []
    seen = views_of(sheet.mesh, [sheet.cameras[number] for number, _off in kept])
    for view, (number, off) in zip(seen, kept, strict=True):
        pixels = off.pixels
        if earlier:
            pixels = evened(pixels, sheet.pictures[number], view, earlier)
        weight = off.confidence * wanted.weights.get(number, 1.0)
        views.append(ViewPicture(view=view, pixels=pixels, confidence=weight))
    empty = _sees_nothing(sheet)
    lost = [number for number, off in enumerate(found) if not (off.is_found or empty[number])]
    told = wanted.told
    if wanted.now is not None and stamp_of(wanted.now) != stamp_of(wanted.pieces):
        told = phrase("Painted as the model was at the click: it has changed since")
    if lost and not wanted.takes_reframed:
        left = phrase("{count} of {views} views left out: re-framed", count=len(lost), views=len(found))
        told = joined(*filter(None, (told, left)), by=" · ")
    return views, told


def _earlier(mesh: Mesh, wanted: Painting) -> list[View]:
    from ..imaging.surface.cameras import cameras_from
    from ..imaging.surface.views import views_of

    return views_of(mesh, cameras_from(mesh, wanted.earlier, (_EARLIER_SIDE, _EARLIER_SIDE)))


def _texture(
    sheet: _Sheet,
    views: Sequence[ViewPicture],
    wanted: Painting,
    number: int,
    base: Pixels | None,
    told: str,
) -> Texture:
    from ..imaging.surface.layout import is_fine_enough
    from ..imaging.surface.mesh import on_texture
    from ..imaging.surface.painted import paint_texture
    from ..imaging.surface.project import EVEN, SHARP
    from ..imaging.surface.rounds import paint_over

    part, tile = wanted.wanted[number]
    is_later = wanted.round != PaintRound.WHOLE
    if is_later:
        if base is None:
            raise Refusal(phrase("The texture that was painted before is gone. The sheet is in the library."))
        earlier = _earlier(sheet.mesh, wanted) if wanted.round == PaintRound.UNSEEN else None
        made = paint_over(
            sheet.mesh, part, tile or None, _colours(base), views, earlier, margin=wanted.margin
        )
        size = made.pixels.shape[1], made.pixels.shape[0]
    else:
        size = wanted.sizes.get((part, tile), (wanted.size, wanted.size))
        made = paint_texture(
            sheet.mesh,
            part,
            tile or None,
            size,
            views,
            margin=wanted.margin,
            is_deep=wanted.is_deep,
            power=EVEN if wanted.is_even else SHARP,
        )
    if wanted.round == PaintRound.VIEW:
        seen = phrase("{share:.0%} of the surface seen by this view", share=made.coverage)
    else:
        seen = phrase("{share:.0%} of the surface seen, the rest filled", share=made.coverage)
    enough = is_fine_enough(
        sheet.mesh, on_texture(sheet.mesh, part, tile or None), size, [one.view.camera for one in views]
    )
    coarse = "" if enough.is_enough else phrase("as fine as {side} × {side}", side=enough.side)
    shared = phrase("faces that share texels look alike") if made.is_overlapping else ""
    return Texture(number, made.pixels, joined(*filter(None, (told, seen, coarse, shared)), by=" · "))


def _sheet_of(wanted: Sheets, look: str, pictures: Mapping[TextureKey, Pixels]) -> _Sheet:
    """Draw the views of objects. Equal objects give equal views. Raises SurfaceUnusable."""
    from ..imaging.surface.cameras import cameras_from
    from ..imaging.surface.draw import Look, draw
    from ..imaging.surface.layout import grid_of
    from ..imaging.surface.pieces import assembled

    mesh, plan = assembled(wanted.pieces), wanted.plan
    layout = grid_of(len(plan.viewpoints), plan.size)
    cell = layout.cells[0]
    cameras = cameras_from(mesh, plan.viewpoints, (cell.width, cell.height))
    textures = (
        {(part, tile or None): _drawable(pixels) for (part, tile), pixels in pictures.items()}
        if look in (Look.TEXTURE.value, Look.LIT.value)
        else None
    )
    return _Sheet(mesh, cameras, layout, [draw(mesh, one, Look(look), textures) for one in cameras])


def _read(textures: Mapping[TextureKey, Snapshot | PendingPixels], pace: Pace) -> dict[TextureKey, Pixels]:
    """Read textures at their full depth. Raises Refusal, OSError."""
    return dict(zip(textures, read_all(list(textures.values()), pace), strict=True))


def _drawable(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a texture in the form for drawing: (height, width, 3), 8 bits sRGB."""
    import numpy as np

    from ..imaging.bands import in_three
    from ..imaging.tiling.views import reduced, within

    small = reduced(pixels, within(pixels.shape, _DRAWN_SIDE))[..., :3]
    found = (np.clip(small, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return in_three(found[..., 0]) if found.shape[2] < 3 else found


def _colours(pixels: Pixels) -> NDArray[Any]:
    """Return a texture in the form for painting over: (height, width, 3), 8 or 16 bits sRGB."""
    import numpy as np

    from ..imaging.bands import in_three
    from ..imaging.restore import storable_in_png

    stored = storable_in_png(pixels, is_data=False)
    if stored.ndim == 2:
        stored = stored[..., np.newaxis]
    return in_three(stored[..., 0]) if stored.shape[2] < 3 else stored[..., :3]
