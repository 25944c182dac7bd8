# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with a finished image, decided at the click and kept with the job.

Datablocks are named by name and `session_uid`, never held: they may be gone, renamed or of another file
by the time the image is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, Final, TypeAlias, cast, get_args

from ..imaging.surface.viewpoints import SheetPlan, Viewpoint, around


class PlacementKind(StrEnum):
    """The ways to place. `scene.placement.ways` has their names for the artist, and their code."""

    IMAGE = "IMAGE"
    """An image datablock, nothing else."""
    TEXTURE = "TEXTURE"
    """Base colour of the targets' material, or the image node that was edited."""
    PLANE = "PLANE"
    """A reference plane at the 3D cursor."""
    NODE = "NODE"
    """A new Image Texture node."""
    VIEW = "VIEW"
    """Projected through the edited view, into the texture being painted. Only for an edit of a view."""
    REFERENCE_EMPTY = "REFERENCE_EMPTY"
    """An empty that shows the image."""
    CAMERA_BACKGROUND = "CAMERA_BACKGROUND"
    """The background of a camera."""
    WORLD = "WORLD"
    """The world around the scene."""
    BRUSH_TEXTURE = "BRUSH_TEXTURE"
    """The texture of a brush."""
    MAP = "MAP"
    """Another input of the targets' material than its colour: roughness, normal…"""
    MAPS = "MAPS"
    """Maps that this computer made from an image: added beside it."""
    NEW_MAPS = "NEW_MAPS"
    """Maps that this computer made from an image: they replace those made from it before."""
    MATERIAL_SET = "MATERIAL_SET"
    """A new material of an image and its maps, at its real size."""
    MODEL = "MODEL"
    """A 3D model, as an object. Only for jobs that make one."""
    REPAIR = "REPAIR"
    """A texture whose seam was repaired, rolled by half: rolled back before it is placed."""
    MODEL_MAP = "MODEL_MAP"
    """A map of a texture, drawn by a model: turned into data before it is placed."""
    SHEET = "SHEET"
    """Several textures on one sheet: taken apart before they are placed."""
    SHEET_PARTS = "SHEET_PARTS"
    """Textures from a sheet; each replaces the texture that it was made from."""
    MODEL_VIEWS = "MODEL_VIEWS"
    """Views of a model on one sheet: projected onto its textures before they are placed."""
    PAINTED_MODEL = "PAINTED_MODEL"
    """Textures with projected views, each as the base colour of its material."""
    UNKNOWN = "UNKNOWN"
    """A way of another version of Easel that has written into the same ledger."""


WORKED_ON_FIRST: Final = frozenset(
    {PlacementKind.SHEET, PlacementKind.REPAIR, PlacementKind.MODEL_MAP, PlacementKind.MODEL_VIEWS}
)
"""Results of these ways can't be placed yet: this computer first makes pictures from them."""


class EditScope(StrEnum):
    """How far an edit spreads when it replaces the edited image."""

    NODE = "NODE"
    """One node: the active one, or the one nearest to the output."""
    MATERIAL = "MATERIAL"
    """All nodes of the current material; in the 3D View, of the current object's materials."""
    EVERYWHERE = "EVERYWHERE"
    """Everything in the file that shows the image, also what starts to show it before the result is here."""


@dataclass(frozen=True, kw_only=True)
class DatablockRef:
    """One datablock, by its name at the click."""

    name: str
    session_uid: int
    """Valid only in the session of the file named by `Placement.session`."""

    def by_name(self) -> DatablockRef:
        """Return the reference for another session, in which the number may belong to any other datablock."""
        return replace(self, session_uid=-1)


@dataclass(frozen=True, kw_only=True)
class FaceSelection:
    """The faces selected in Edit Mode at the click. Valid as long as the mesh has as many faces."""

    face_count: int
    packed_bits: str
    """base64 of zlib of one bit per face (numpy.packbits order)."""


@dataclass(frozen=True, kw_only=True)
class TextureTarget:
    """One mesh object that gets the image as its base colour."""

    object: DatablockRef
    slot: int
    """Index of the material slot; -1 if the object has none yet."""
    faces: FaceSelection | None = None


@dataclass(frozen=True, kw_only=True)
class NodeTarget:
    """The image node whose picture was edited. `tree` names the material (or node group)."""

    tree: DatablockRef
    is_group: bool
    node: str


@dataclass(frozen=True, kw_only=True)
class Surfaces:
    """The users of the image as a texture: objects, or the nodes that show the edited image."""

    kind: ClassVar = PlacementKind.TEXTURE
    objects: tuple[TextureTarget, ...] = ()
    nodes: tuple[NodeTarget, ...] = ()
    scope: EditScope = EditScope.MATERIAL
    """`nodes` are its meaning at the click."""
    seen_from: tuple[Viewpoint, ...] = ()
    """For a tile that was painted from views: as in `PaintedModel.seen_from`."""


@dataclass(frozen=True, kw_only=True)
class NewNode:
    """Where a new Image Texture node goes. `tree` names the material (or node group)."""

    kind: ClassVar = PlacementKind.NODE
    tree: DatablockRef
    is_group: bool
    location: tuple[float, float]
    """In the tree's own units."""


@dataclass(frozen=True, kw_only=True)
class PlanePose:
    """Where a reference plane goes: world space, metres (Blender units)."""

    kind: ClassVar = PlacementKind.PLANE
    location: tuple[float, float, float]
    rotation: tuple[float, float, float, float]
    """Quaternion w, x, y, z of the view, so that the plane faces it."""
    height: float = 1.0


@dataclass(frozen=True, kw_only=True)
class ImageEmpty:
    """An empty that shows the image, with its settings in Blender's own words."""

    kind: ClassVar = PlacementKind.REFERENCE_EMPTY
    pose: PlanePose
    depth: str
    side: str
    opacity: float
    """0–1."""


@dataclass(frozen=True, kw_only=True)
class CameraBackground:
    """The background of a camera, with its settings in Blender's own words."""

    kind: ClassVar = PlacementKind.CAMERA_BACKGROUND
    camera: DatablockRef
    """The camera's object."""
    opacity: float
    """0–1."""
    depth: str
    frame: str


@dataclass(frozen=True, kw_only=True)
class WorldImage:
    """How the image surrounds the scene."""

    kind: ClassVar = PlacementKind.WORLD
    mapping: str
    """AUTO, PANORAMA or DOME."""


@dataclass(frozen=True, kw_only=True)
class BrushTexture:
    """The texture of a brush."""

    kind: ClassVar = PlacementKind.BRUSH_TEXTURE
    brush: DatablockRef
    paint: str
    """Name of Blender's settings of the paint mode: `tool_settings.image_paint` …"""
    mapping: str
    """STENCIL or TILED."""
    room: tuple[int, int]
    """The view's size in pixels, so that a stencil fits."""


@dataclass(frozen=True, kw_only=True)
class MaterialMap:
    """Materials that get the image as a map: data, not colour."""

    kind: ClassVar = PlacementKind.MAP
    materials: tuple[DatablockRef, ...]
    input: str
    """ROUGHNESS, METALLIC, NORMAL or HEIGHT."""
    engine: str = "ALL"
    """The click's render engine, which decides which output of a material counts. Empty in older jobs."""


@dataclass(frozen=True, kw_only=True)
class MaterialSet:
    """A material of a picture and its maps, on objects. The job's results take precedence over named ones."""

    kind: ClassVar = PlacementKind.MATERIAL_SET
    objects: tuple[TextureTarget, ...]
    name: str
    """The name of the material."""
    size: float
    """How wide the texture is, metres."""
    mapping: str
    """UV or BOX."""
    base: DatablockRef
    """The picture."""
    maps: tuple[tuple[str, DatablockRef], ...] = ()
    """Maps of it that are in the file, by the names of `imaging.tiling.settings.Map`."""
    height_as: str = "BUMP"
    """BUMP or DISPLACEMENT."""
    depth: float = 0.02
    """The height from the lowest to the highest place, as a fraction of the texture's width."""
    hides_repetition: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The textures on a sheet."""

    kind: ClassVar = PlacementKind.SHEET
    images: tuple[DatablockRef, ...]
    side: int
    """Pixels of its longer side."""
    tiles: tuple[int, ...] = ()
    """The UDIM tile of each image, 0 for an image without tiles. Empty: none has tiles."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """The texture whose seam is repaired."""

    kind: ClassVar = PlacementKind.REPAIR
    image: DatablockRef
    round: int = 1
    """The number of this round, of at most `rounds` that the click has consented to."""
    rounds: int = 1


@dataclass(frozen=True, kw_only=True)
class ModelMap:
    """The map that a model draws, and its texture."""

    kind: ClassVar = PlacementKind.MODEL_MAP
    image: DatablockRef
    part: str
    """Name of `imaging.tiling.settings.Map`."""


@dataclass(frozen=True, kw_only=True)
class SheetParts:
    """The images that each result edits, in the order of the results' numbers."""

    kind: ClassVar = PlacementKind.SHEET_PARTS
    images: tuple[DatablockRef, ...]


class PaintRound(StrEnum):
    """What the views of a sheet paint."""

    WHOLE = "WHOLE"
    """New textures."""
    UNSEEN = "UNSEEN"
    """Places that earlier views have not seen."""
    VIEW = "VIEW"
    """Places that they see well, over the earlier texture."""


@dataclass(frozen=True, kw_only=True)
class ShownTexture:
    """The texture of a surface that is painted."""

    part: int
    """Index of the surface."""
    tile: int
    """1001 … for a UDIM texture, with one entry for each tile; 0 for any other."""
    image: DatablockRef
    size: tuple[int, int] = (0, 0)
    """Texels (width, height) of the new texture that replaces it; 0: the common size."""


@dataclass(frozen=True, kw_only=True)
class ModelViews:
    """What the views on a sheet show."""

    kind: ClassVar = PlacementKind.MODEL_VIEWS
    objects: tuple[DatablockRef, ...]
    """The objects that are seen."""
    surfaces: tuple[TextureTarget, ...]
    """One for each texture, in their order: an object and the slot of its material."""
    views: int
    """How many views are on the sheet."""
    side: int
    """Pixels of the sheet's longer side."""
    size: int
    """Pixels of a texture's side; 0: each texture keeps its size. In later rounds all keep their size."""
    stamp: int
    """A stamp of the meshes at the click. It differs if the meshes have changed."""
    viewpoints: tuple[Viewpoint, ...] = ()
    """The views in the sheet's order. None in older jobs: `views` around the model."""
    look: str = "CLAY"
    """What the sheet shows: a value of `imaging.surface.draw.Look`."""
    is_deep: bool = False
    """16 bits instead of 8."""
    margin: int = 0
    """How many texels islands bleed; 0: a fraction of the texture's side."""
    shown: tuple[ShownTexture, ...] = ()
    """The textures at the click that the sheet shows, or that a later round continues."""
    round: str = PaintRound.WHOLE
    """A value of `PaintRound`."""
    earlier: tuple[Viewpoint, ...] = ()
    """The earlier viewpoints that the textures were painted from, in a later round."""

    @property
    def plan(self) -> SheetPlan:
        """Return what is drawn on the sheet."""
        return SheetPlan(viewpoints=self.viewpoints or around(self.views), side=self.side, look=self.look)

    def texture_of(self, part: int, tile: int = 0) -> DatablockRef | None:
        """Return the texture of a surface at the click; None if it had none."""
        return next((one.image for one in self.shown if (one.part, one.tile) == (part, tile)), None)

    def tiles_of(self, part: int) -> tuple[int, ...]:
        """List the UDIM tiles of a surface's texture; empty if it has none."""
        return tuple(one.tile for one in self.shown if one.part == part and one.tile)


@dataclass(frozen=True, kw_only=True)
class PaintedModel:
    """The materials whose base colours the results are, in the order of the results' numbers."""

    kind: ClassVar = PlacementKind.PAINTED_MODEL
    surfaces: tuple[TextureTarget, ...]
    seen_from: tuple[Viewpoint, ...] = ()
    """All views that the textures are painted from by now."""


Target: TypeAlias = (
    Surfaces
    | PlanePose
    | NewNode
    | ImageEmpty
    | CameraBackground
    | WorldImage
    | BrushTexture
    | MaterialMap
    | MaterialSet
    | Sheet
    | SheetParts
    | ModelViews
    | PaintedModel
    | Repair
    | ModelMap
)
"""What each way to place needs to know. A way that needs nothing has no entry."""
TARGETS: Final[Mapping[PlacementKind, type[Target]]] = {target.kind: target for target in get_args(Target)}


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
