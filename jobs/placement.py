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
    """The ways to place. What each is to the artist, and how it is done: `scene.placement.ways`."""

    IMAGE = "IMAGE"
    """An image datablock, nothing else."""
    TEXTURE = "TEXTURE"
    """Base colour of the targets' material, or the image node that was edited."""
    PLANE = "PLANE"
    """A reference plane at the 3D cursor."""
    NODE = "NODE"
    """A new Image Texture node."""
    VIEW = "VIEW"
    """Projected through the view that was edited, into the texture being painted. Only for such an edit."""
    REFERENCE_EMPTY = "REFERENCE_EMPTY"
    """An empty that shows the image."""
    CAMERA_BACKGROUND = "CAMERA_BACKGROUND"
    """What is seen behind the scene through a camera."""
    WORLD = "WORLD"
    """What surrounds the scene."""
    BRUSH_TEXTURE = "BRUSH_TEXTURE"
    """What a brush paints with."""
    MAP = "MAP"
    """Another input of the targets' material than its colour: roughness, normal…"""
    MAPS = "MAPS"
    """Maps that this computer has made of an image: added beside it."""
    NEW_MAPS = "NEW_MAPS"
    """Likewise, in place of maps that were made of it before."""
    MATERIAL_SET = "MATERIAL_SET"
    """A new material of an image and its maps, at its real size."""
    MODEL = "MODEL"
    """A 3D model, as an object. Only for what makes one."""
    REPAIR = "REPAIR"
    """A texture whose seam was repaired, rolled by half: rolled back before anything of it is placed."""
    MODEL_MAP = "MODEL_MAP"
    """A map of a texture, drawn by a model: made data before anything of it is placed."""
    SHEET = "SHEET"
    """Several textures on one sheet: taken apart before anything of it is placed."""
    SHEET_PARTS = "SHEET_PARTS"
    """Textures off a sheet, each in the place of what it was made of."""
    MODEL_VIEWS = "MODEL_VIEWS"
    """Views of a model on one sheet: projected onto its textures before anything is placed."""
    PAINTED_MODEL = "PAINTED_MODEL"
    """Textures that views were projected onto, each as the base colour of its material."""
    UNKNOWN = "UNKNOWN"
    """A way of another Easel that has written into the same ledger."""


WORKED_ON_FIRST: Final = frozenset(
    {PlacementKind.SHEET, PlacementKind.REPAIR, PlacementKind.MODEL_MAP, PlacementKind.MODEL_VIEWS}
)
"""What comes of these is no picture to be placed yet: this computer makes that of it."""


class EditScope(StrEnum):
    """How far an edit spreads that takes the place of the edited image."""

    NODE = "NODE"
    """One node: the active one, or the one that is nearest to the output."""
    MATERIAL = "MATERIAL"
    """All nodes of the material at hand, in the 3D View of the materials of the object at hand."""
    EVERYWHERE = "EVERYWHERE"
    """All that shows the image in the file, also what comes to show it until the result is there."""


@dataclass(frozen=True, kw_only=True)
class DatablockRef:
    """One datablock, as it was called at the click."""

    name: str
    session_uid: int
    """Valid only in the session of the file named by `Placement.session`."""

    def by_name(self) -> DatablockRef:
        """The same for another session, in which the number may be any other datablock's."""
        return replace(self, session_uid=-1)


@dataclass(frozen=True, kw_only=True)
class FaceSelection:
    """The faces selected in Edit Mode at the click, valid while the mesh has as many faces."""

    face_count: int
    packed_bits: str
    """base64 of zlib of one bit per face (numpy.packbits order)."""


@dataclass(frozen=True, kw_only=True)
class TextureTarget:
    """One mesh object that gets the image as its base colour."""

    object: DatablockRef
    slot: int
    """Index of the material slot; -1 where the object has none yet."""
    faces: FaceSelection | None = None


@dataclass(frozen=True, kw_only=True)
class NodeTarget:
    """The image node whose picture was edited. `tree` names the material (or node group)."""

    tree: DatablockRef
    is_group: bool
    node: str


@dataclass(frozen=True, kw_only=True)
class Surfaces:
    """What shows the image as its texture: objects, or the nodes that show the image that is edited."""

    kind: ClassVar = PlacementKind.TEXTURE
    objects: tuple[TextureTarget, ...] = ()
    nodes: tuple[NodeTarget, ...] = ()
    scope: EditScope = EditScope.MATERIAL
    """`nodes` are what it means at the click."""
    seen_from: tuple[Viewpoint, ...] = ()
    """For a tile that was painted from views: as `PaintedModel.seen_from`."""


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
    """An empty that shows the image; what it is set to, in Blender's own words."""

    kind: ClassVar = PlacementKind.REFERENCE_EMPTY
    pose: PlanePose
    depth: str
    side: str
    opacity: float
    """0–1."""


@dataclass(frozen=True, kw_only=True)
class CameraBackground:
    """The background of a camera; what it is set to, in Blender's own words."""

    kind: ClassVar = PlacementKind.CAMERA_BACKGROUND
    camera: DatablockRef
    """The object."""
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
    """Name of Blender's settings of what it paints in: `tool_settings.image_paint` …"""
    mapping: str
    """STENCIL or TILED."""
    room: tuple[int, int]
    """The view's size in pixels, for a stencil that fits."""


@dataclass(frozen=True, kw_only=True)
class MaterialMap:
    """Materials that get the image as a map: data, no colour."""

    kind: ClassVar = PlacementKind.MAP
    materials: tuple[DatablockRef, ...]
    input: str
    """ROUGHNESS, METALLIC, NORMAL or HEIGHT."""
    engine: str = "ALL"
    """The click's render engine: it decides which output of a material counts. Jobs of before have none."""


@dataclass(frozen=True, kw_only=True)
class MaterialSet:
    """A material of a picture and its maps, on objects. What the job makes comes before what is named."""

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
    """From the lowest to the highest place, of the texture's width."""
    hides_repetition: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What lies on a sheet."""

    kind: ClassVar = PlacementKind.SHEET
    images: tuple[DatablockRef, ...]
    side: int
    """Pixels of its longer side."""
    tiles: tuple[int, ...] = ()
    """Which UDIM tile of its image each is, 0 for an image without tiles. Empty: none has any."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """Whose seam is repaired."""

    kind: ClassVar = PlacementKind.REPAIR
    image: DatablockRef
    round: int = 1
    """Which one it is, of at most `rounds` that the click has consented to."""
    rounds: int = 1


@dataclass(frozen=True, kw_only=True)
class ModelMap:
    """Which map a model draws, and of which texture."""

    kind: ClassVar = PlacementKind.MODEL_MAP
    image: DatablockRef
    part: str
    """Name of `imaging.tiling.settings.Map`."""


@dataclass(frozen=True, kw_only=True)
class SheetParts:
    """Which images are edited by which result, in the order of the results' numbers."""

    kind: ClassVar = PlacementKind.SHEET_PARTS
    images: tuple[DatablockRef, ...]


class PaintRound(StrEnum):
    """What the views of a sheet paint."""

    WHOLE = "WHOLE"
    """New textures."""
    UNSEEN = "UNSEEN"
    """What earlier views have not seen."""
    VIEW = "VIEW"
    """What they see well, over what was there."""


@dataclass(frozen=True, kw_only=True)
class ShownTexture:
    """A texture of a surface that is painted."""

    part: int
    """Index of the surface."""
    tile: int
    """1001 … of a UDIM texture, which is one for each; 0 for any other."""
    image: DatablockRef
    size: tuple[int, int] = (0, 0)
    """Texels (width, height) of the new one in its place; 0 where that has the size of all."""


@dataclass(frozen=True, kw_only=True)
class ModelViews:
    """What the views on a sheet show."""

    kind: ClassVar = PlacementKind.MODEL_VIEWS
    objects: tuple[DatablockRef, ...]
    """All that is seen."""
    surfaces: tuple[TextureTarget, ...]
    """One for each texture, in their order: an object and the slot of its material."""
    views: int
    """How many are on the sheet."""
    side: int
    """Pixels of the sheet's longer side."""
    size: int
    """Pixels of a texture's side; 0: each has its own, and those of a later round keep theirs."""
    stamp: int
    """A stamp of the meshes at the click. It differs if they have changed."""
    viewpoints: tuple[Viewpoint, ...] = ()
    """In the sheet's order. None in jobs of before: `views` around the model."""
    look: str = "CLAY"
    """What the sheet shows: of `imaging.surface.draw.Look`."""
    is_deep: bool = False
    """16 bits instead of 8."""
    margin: int = 0
    """Texels that islands bleed; 0: a part of the texture's side."""
    shown: tuple[ShownTexture, ...] = ()
    """The textures at the click that the sheet shows, or that a later round goes on."""
    round: str = PaintRound.WHOLE
    """A value of `PaintRound`."""
    earlier: tuple[Viewpoint, ...] = ()
    """From where the textures were painted before: of a later round."""

    @property
    def plan(self) -> SheetPlan:
        """What is drawn on the sheet."""
        return SheetPlan(viewpoints=self.viewpoints or around(self.views), side=self.side, look=self.look)

    def texture_of(self, part: int, tile: int = 0) -> DatablockRef | None:
        """Return the texture of a surface at the click; None if it had none."""
        return next((one.image for one in self.shown if (one.part, one.tile) == (part, tile)), None)

    def tiles_of(self, part: int) -> tuple[int, ...]:
        """List the UDIM tiles of a surface's texture; empty if it has none."""
        return tuple(one.tile for one in self.shown if one.part == part and one.tile)


@dataclass(frozen=True, kw_only=True)
class PaintedModel:
    """Whose base colour each result is, in the order of the results' numbers."""

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
"""What a way to place needs to know, each of its own kind. A way that needs nothing has none."""
TARGETS: Final[Mapping[PlacementKind, type[Target]]] = {target.kind: target for target in get_args(Target)}


@dataclass(frozen=True, kw_only=True)
class TileTarget:
    """The tile of a tiled (UDIM) image that was edited."""

    image: DatablockRef
    number: int
    """1001 …"""
    batch: str
    """The same for all jobs of one click: their results become one new tiled image."""


@dataclass(frozen=True, kw_only=True)
class ImageLook:
    """How Blender is to read the files of an edit: as it read the image that was edited."""

    colour_space: str
    """Empty where the pixels were made sRGB to be sent."""
    alpha_mode: str
    use_view_as_render: bool = False


@dataclass(frozen=True, kw_only=True)
class PaintedView:
    """The view whose picture was edited, as it was then: the artist may turn it while the job runs."""

    object: DatablockRef
    """The mesh object whose texture is painted."""
    matrix: tuple[float, ...]
    """That object's world matrix at the click, 16 values by columns: it may be moved meanwhile too."""
    view_data: tuple[float, ...]
    """What Blender's `paint.project_image` reads, 35 values: projection and view matrix by columns, clip
    start and end, 1 for an orthographic view."""
    size: tuple[int, int]
    """The picture's size in pixels."""

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture has the view's shape, so that it can be projected whatever its resolution."""
        return abs(width * self.size[1] - height * self.size[0]) <= max(self.size) + max(width, height)


@dataclass(frozen=True, kw_only=True)
class ModelPose:
    """Where a 3D model stands, and how large it is: world space, metres (Blender units)."""

    location: tuple[float, float, float]
    """The location of the middle of its bottom."""
    height: float
    replaces: DatablockRef | None = None
    """The mesh object that gets the model in place of its own mesh, at its own height."""


@dataclass(frozen=True, kw_only=True)
class OfBatch:
    """The rows of a batch that a job is for."""

    id: str
    """The batch's."""
    rows: tuple[int, ...]
    """Their numbers."""
    firsts: tuple[int, ...]
    """The first image of each among the job's results."""
    one_step: bool = False
    """What is placed joins the undo step of what the batch has placed just before."""


@dataclass(frozen=True, kw_only=True)
class TexturedObject:
    """The object that was sent to be textured, and how."""

    object: DatablockRef
    matrix: tuple[float, ...]
    """By which its points were turned and scaled to be sent, 9 values by rows."""
    has_modifiers: bool
    """With its modifiers, as the viewport shows them."""
    uv_map: str = ""
    """Name of the UV map that was sent; empty if it has none."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The artist's choice with all it needs."""

    kind: PlacementKind = PlacementKind.IMAGE
    target: Target | None = None
    """The target, of that kind."""
    session: str = ""
    """Which opened file of which Blender it was made in. A result is placed by itself only there;
    anywhere else it waits in the list."""
    scene: DatablockRef | None = None
    open_for: DatablockRef | None = None
    """Image Editors that still show this image then show the result."""
    look: ImageLook | None = None
    """None: sRGB with straight alpha, as the service makes them."""
    tile: TileTarget | None = None
    made_from: DatablockRef | None = None
    """The image that is edited: what the result can be reverted to."""
    view: PaintedView | None = None
    model: ModelPose | None = None
    textured: TexturedObject | None = None
    """The model comes back to this one, as its material where it still fits."""
    as_it_came: bool = False
    """The image as the model made it, where it was brought to its source's size and place."""
    makes_copy: bool = False
    """Images that are in the file already are added once more, not used again."""
    sent: tuple[DatablockRef, ...] = ()
    """The images whose pixels are sent: all sources, and the mask's. Jobs of before know only names."""
    sent_files: tuple[str, ...] = ()
    """Absolute paths of the sources that are files, and of the files of `sent`."""
    shown_scenes: tuple[DatablockRef, ...] = ()
    """Those of which pictures are among them."""
    click: str = ""
    """The same for all jobs of one click, where there were several."""
    project: str = ""
    """Name of the .blend that was open, without its folder."""
    blender_project: str = ""
    """Name of Blender's own project that was open (from 5.3 on)."""
    budget: str = ""
    """Folder of the project that it is paid for: Blender's, else that of the .blend; empty if it was never
    saved."""
    batch: OfBatch | None = None
    objects: tuple[str, ...] = ()
    """Names of what it was made for, of a job of which only a recipe tells; so `materials`."""
    materials: tuple[str, ...] = ()

    @property
    def is_premultiplied(self) -> bool:
        """Whether a file that is put into its source holds colours multiplied by alpha, as that does."""
        return self.look is not None and self.look.alpha_mode == "PREMUL"

    def in_session(self, session: str) -> Placement:
        """The same for the file that is open now: of another session, only names tell the datablocks."""
        return self if session == self.session else replace(_by_name(self), session=session)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the ledger's JSON; `stored_placement.placement_from_dict` is the way back."""
        return asdict(self)


def _by_name(value: Any) -> Any:
    """The same with all datablocks that are named in it told by their names alone."""
    if isinstance(value, DatablockRef):
        return value.by_name()
    if isinstance(value, tuple):
        return tuple(map(_by_name, cast(tuple[Any, ...], value)))
    if is_dataclass(value):
        parts = {field.name: _by_name(getattr(value, field.name)) for field in fields(value)}
        return replace(cast(Any, value), **parts)
    return value
