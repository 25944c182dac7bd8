# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to place, and the target of each: what it has to know, decided at the click.

Datablocks are named by name and `session_uid`, never held: they may be gone, renamed or of another file
by the time the image is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias, get_args

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
