# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with a finished image, decided at the click and kept with the job."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any, Final, cast

from .targets import DatablockRef, PlacementKind, Target

WORKED_ON_FIRST: Final = frozenset(
    {PlacementKind.SHEET, PlacementKind.REPAIR, PlacementKind.MODEL_MAP, PlacementKind.MODEL_VIEWS}
)
"""Results of these ways can't be placed yet: this computer first makes pictures from them."""


@dataclass(frozen=True, kw_only=True)
class TileTarget:
    """The tile of a tiled (UDIM) image that was edited."""

    image: DatablockRef
    number: int
    """1001 …"""
    batch: str
    """The same for all jobs of one click. Their results become one new tiled image."""


@dataclass(frozen=True, kw_only=True)
class ImageLook:
    """How Blender must read the files of an edit: as it read the edited image."""

    colour_space: str
    """Empty if the pixels were converted to sRGB to be sent."""
    alpha_mode: str
    use_view_as_render: bool = False


@dataclass(frozen=True, kw_only=True)
class PaintedView:
    """The view whose picture was edited, as it was then: the artist may turn it while the job runs."""

    object: DatablockRef
    """The mesh object whose texture is painted."""
    matrix: tuple[float, ...]
    """That object's world matrix at the click, 16 values by columns, because it may be moved meanwhile
    too."""
    view_data: tuple[float, ...]
    """The 35 values that Blender's `paint.project_image` reads: projection and view matrix by columns, clip
    start and end, 1 for an orthographic view."""
    size: tuple[int, int]
    """The picture's size in pixels."""

    def fits(self, width: int, height: int) -> bool:
        """Return whether a picture has the view's shape, so that it can be projected at any resolution."""
        return abs(width * self.size[1] - height * self.size[0]) <= max(self.size) + max(width, height)


@dataclass(frozen=True, kw_only=True)
class ModelPose:
    """The place and size of a 3D model: world space, metres (Blender units)."""

    location: tuple[float, float, float]
    """The location of the centre of its bottom."""
    height: float
    replaces: DatablockRef | None = None
    """The mesh object whose mesh the model replaces, at the object's height."""


@dataclass(frozen=True, kw_only=True)
class OfBatch:
    """The rows of a batch that a job serves."""

    id: str
    """The batch's id."""
    rows: tuple[int, ...]
    """The rows' numbers."""
    firsts: tuple[int, ...]
    """The number of each row's first image among the job's results."""
    one_step: bool = False
    """The result joins the undo step of what the batch placed just before."""


@dataclass(frozen=True, kw_only=True)
class TexturedObject:
    """The object that was sent to be textured, and how it was sent."""

    object: DatablockRef
    matrix: tuple[float, ...]
    """The matrix that turned and scaled its points to be sent, 9 values by rows."""
    has_modifiers: bool
    """It was sent with its modifiers, as the viewport shows them."""
    uv_map: str = ""
    """Name of the UV map that was sent; empty if it has none."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The artist's choice, with everything that placing needs."""

    kind: PlacementKind = PlacementKind.IMAGE
    target: Target | None = None
    """The target; its type depends on `kind`."""
    session: str = ""
    """The opened file and the Blender in which it was made. A result is placed by itself only there; anywhere
    else it waits in the list."""
    scene: DatablockRef | None = None
    open_for: DatablockRef | None = None
    """Image Editors that still show this image then show the result."""
    look: ImageLook | None = None
    """None: sRGB with straight alpha, as the service makes them."""
    tile: TileTarget | None = None
    made_from: DatablockRef | None = None
    """The edited image, which the result can be reverted to."""
    view: PaintedView | None = None
    model: ModelPose | None = None
    textured: TexturedObject | None = None
    """The model replaces this object's, and keeps its material where it fits."""
    as_it_came: bool = False
    """Place the image as the model made it, even if it was brought to its source's size and place."""
    makes_copy: bool = False
    """Add images again that are in the file already, instead of using them."""
    sent: tuple[DatablockRef, ...] = ()
    """The images whose pixels are sent: all sources, and the mask's image. Older jobs only recorded names."""
    sent_files: tuple[str, ...] = ()
    """Absolute paths of the sources that are files, and of the files of `sent`."""
    shown_scenes: tuple[DatablockRef, ...] = ()
    """The scenes whose pictures are among them."""
    click: str = ""
    """The same for all jobs of one click, if there were several."""
    project: str = ""
    """Name of the .blend that was open, without its folder."""
    blender_project: str = ""
    """Name of Blender's own project that was open (from 5.3 on)."""
    budget: str = ""
    """Folder of the project that pays: Blender's, else the .blend's; empty if it was never saved."""
    batch: OfBatch | None = None
    objects: tuple[str, ...] = ()
    """Names of the objects that it was made for, if only a recipe tells of the job; likewise `materials`."""
    materials: tuple[str, ...] = ()

    @property
    def is_premultiplied(self) -> bool:
        """Whether files to put into its source have premultiplied colours, as the source has."""
        return self.look is not None and self.look.alpha_mode == "PREMUL"

    def in_session(self, session: str) -> Placement:
        """Return the placement for the file that is open now.

        In another session, only names identify datablocks.
        """
        return self if session == self.session else replace(_by_name(self), session=session)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the ledger's JSON; `stored_placement.placement_from_dict` reads them."""
        return asdict(self)


def _by_name(value: Any) -> Any:
    """Return a value in which all datablocks are identified by their names alone."""
    if isinstance(value, DatablockRef):
        return value.by_name()
    if isinstance(value, tuple):
        return tuple(map(_by_name, cast(tuple[Any, ...], value)))
    if is_dataclass(value):
        parts = {field.name: _by_name(getattr(value, field.name)) for field in fields(value)}
        return replace(cast(Any, value), **parts)
    return value
