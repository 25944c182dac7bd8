# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with a finished image, decided at the click and kept with the job.

Datablocks are named by name and `session_uid`, never held: they may be gone, renamed or of another file
by the time the image is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class PlacementKind(StrEnum):
    """The choices of "When Finished"."""

    IMAGE = "IMAGE"
    """An image datablock, nothing else."""
    TEXTURE = "TEXTURE"
    """Base colour of the targets' material, or the image node that was edited."""
    PLANE = "PLANE"
    """A reference plane at the 3D cursor."""
    NODE = "NODE"
    """A new Image Texture node. Asked for in the Shader Editor, so not among the form's choices."""
    VIEW = "VIEW"
    """Projected through the view that was edited, into the texture being painted. Only for such an edit."""


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
class NewNode:
    """Where a new Image Texture node goes. `tree` names the material (or node group)."""

    tree: DatablockRef
    is_group: bool
    location: tuple[float, float]
    """In the tree's own units."""


@dataclass(frozen=True, kw_only=True)
class PlanePose:
    """Where a reference plane goes: world space, metres (Blender units)."""

    location: tuple[float, float, float]
    rotation: tuple[float, float, float, float]
    """Quaternion w, x, y, z of the view, so that the plane faces it."""
    height: float = 1.0


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
    """Of the picture, in pixels."""

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture has the view's shape, so that it can be projected whatever its resolution."""
        return abs(width * self.size[1] - height * self.size[0]) <= max(self.size) + max(width, height)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The artist's choice with all it needs; only what belongs to `kind` is filled in."""

    kind: PlacementKind = PlacementKind.IMAGE
    session: str = ""
    """Which opened file of which Blender it was made in. A result is placed by itself only there;
    anywhere else it waits in the list."""
    scene: DatablockRef | None = None
    textures: tuple[TextureTarget, ...] = ()
    nodes: tuple[NodeTarget, ...] = ()
    plane: PlanePose | None = None
    new_node: NewNode | None = None
    open_for: DatablockRef | None = None
    """Image Editors that still show this image then show the result."""
    look: ImageLook | None = None
    """None: sRGB with straight alpha, as the service makes them."""
    tile: TileTarget | None = None
    made_from: DatablockRef | None = None
    """The image that is edited: what the result can be reverted to."""
    scope: EditScope = EditScope.MATERIAL
    """`nodes` are what it means at the click."""
    view: PaintedView | None = None
    as_it_came: bool = False
    """The image as the model made it, where it was brought to its source's size and place."""
    sent: tuple[DatablockRef, ...] = ()
    """The images whose pixels are sent: all sources, and the mask's. Jobs of before know only names."""
    sent_files: tuple[str, ...] = ()
    """Absolute paths of the sources that are files, and of the files of `sent`."""
    shown_scenes: tuple[DatablockRef, ...] = ()
    """Those of which pictures are among them."""

    @property
    def is_premultiplied(self) -> bool:
        """Whether a file that is put into its source holds colours multiplied by alpha, as that does."""
        return self.look is not None and self.look.alpha_mode == "PREMUL"

    def in_session(self, session: str) -> Placement:
        """The same for the file that is open now: of another session, only names tell the datablocks."""
        if session == self.session:
            return self
        return replace(
            self,
            session=session,
            scene=self.scene and self.scene.by_name(),
            textures=tuple(replace(target, object=target.object.by_name()) for target in self.textures),
            nodes=tuple(replace(target, tree=target.tree.by_name()) for target in self.nodes),
            new_node=self.new_node and replace(self.new_node, tree=self.new_node.tree.by_name()),
            open_for=self.open_for and self.open_for.by_name(),
            made_from=self.made_from and self.made_from.by_name(),
            tile=self.tile and replace(self.tile, image=self.tile.image.by_name()),
            view=self.view and replace(self.view, object=self.view.object.by_name()),
            sent=tuple(ref.by_name() for ref in self.sent),
            shown_scenes=tuple(ref.by_name() for ref in self.shown_scenes),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the ledger's JSON; `placement_from_dict` is the way back."""
        return asdict(self)


def placement_from_dict(values: Mapping[str, Any]) -> Placement:
    """Rebuild a placement from `to_dict`'s values.

    Raises:
        ValueError, KeyError, TypeError: the values are not a placement's.
    """
    scene = values.get("scene")
    plane = values.get("plane")
    new_node = values.get("new_node")
    open_for = values.get("open_for")
    made_from = values.get("made_from")
    look = values.get("look")
    tile = values.get("tile")
    view = values.get("view")
    return Placement(
        kind=PlacementKind(values["kind"]),
        session=values.get("session", ""),
        scene=DatablockRef(**scene) if scene else None,
        textures=tuple(
            TextureTarget(
                object=DatablockRef(**target["object"]),
                slot=target["slot"],
                faces=FaceSelection(**target["faces"]) if target.get("faces") else None,
            )
            for target in values.get("textures", ())
        ),
        nodes=tuple(
            NodeTarget(tree=DatablockRef(**target["tree"]), is_group=target["is_group"], node=target["node"])
            for target in values.get("nodes", ())
        ),
        plane=PlanePose(
            location=_triple(plane["location"]),
            rotation=_quaternion(plane["rotation"]),
            height=plane["height"],
        )
        if plane
        else None,
        new_node=NewNode(
            tree=DatablockRef(**new_node["tree"]),
            is_group=new_node["is_group"],
            location=_pair(new_node["location"]),
        )
        if new_node
        else None,
        open_for=DatablockRef(**open_for) if open_for else None,
        made_from=DatablockRef(**made_from) if made_from else None,
        scope=EditScope(values.get("scope", EditScope.MATERIAL)),
        look=ImageLook(**look) if look else None,
        tile=TileTarget(image=DatablockRef(**tile["image"]), number=tile["number"], batch=tile["batch"])
        if tile
        else None,
        view=_view(view) if view else None,
        as_it_came=values.get("as_it_came", False),
        sent=tuple(DatablockRef(**ref) for ref in values.get("sent", ())),
        sent_files=tuple(values.get("sent_files", ())),
        shown_scenes=tuple(DatablockRef(**ref) for ref in values.get("shown_scenes", ())),
    )


def _view(values: Mapping[str, Any]) -> PaintedView:
    width, height = values["size"]
    return PaintedView(
        object=DatablockRef(**values["object"]),
        matrix=tuple(values["matrix"]),
        view_data=tuple(values["view_data"]),
        size=(width, height),
    )


def _pair(values: Any) -> tuple[float, float]:
    x, y = values
    return (x, y)


def _triple(values: Any) -> tuple[float, float, float]:
    x, y, z = values
    return (x, y, z)


def _quaternion(values: Any) -> tuple[float, float, float, float]:
    w, x, y, z = values
    return (w, x, y, z)
