# SPDX-License-Identifier: GPL-3.0-or-later
"""References for modelling: the views of a turnaround sheet around the place of the model.

They are image empties or backgrounds of cameras, in a separate collection. Each is behind the model as
seen from the drawing's side, with its feet on the floor, and all have one height. Each is only visible from
its own side, and can't be selected.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Euler

from ...imaging.files import slug
from ...imaging.turnaround.sides import AZIMUTHS, Side, usual_sides
from ...jobs.targets import DatablockRef
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..history.lineage import note_part
from ..pictures.colours import set_colour_space
from ..pictures.packing import FOLDER, name_packed
from ..refs import find
from . import reference_shapes as shapes

if TYPE_CHECKING:
    from ...imaging.turnaround.cutting import CutSheet, CutView

COLLECTION: Final = "References"
_NAME: Final = "Reference"
_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".exr", ".tif", ".tiff")
_BEHIND: Final = 0.6
"""The least distance of a reference behind the middle, in heights."""
_ROOM: Final = 0.1
"""The least gap between the model and a reference behind it, in heights."""


@dataclass(frozen=True, kw_only=True)
class ReferencesPlan:
    """The references to make from a sheet, as the artist chose at the click."""

    sheet: DatablockRef
    """The image."""
    scene: DatablockRef
    height: float
    """Metres (Blender units)."""
    count: int = 0
    """The number of views; 0: as many as are found."""
    borders: tuple[float, ...] = ()
    """The divisions, as fractions of the width; empty: at the gutters that are found."""
    sides: tuple[Side, ...] = ()
    """The side of each view; empty: as before, or as the template asks for."""
    shape: str = ""
    """`reference_shapes.EMPTIES` or `CAMERAS`; empty: as before, or empties."""


def is_set(collection: bpy.types.Collection) -> bool:
    """Return whether a collection has references from a sheet."""
    settings: Any = collection.easel_references
    return len(settings.views) > 0


def sets_of(layer: bpy.types.LayerCollection) -> list[bpy.types.LayerCollection]:
    """List the references of a view layer with its root collection, without excluded ones."""
    found = [] if layer.exclude or not is_set(layer.collection) else [layer]
    for child in layer.children:
        found += sets_of(child)
    return found


def find_set(sheet: bpy.types.Image, scene: bpy.types.Scene) -> bpy.types.Collection | None:
    """Find the collection of a scene with a sheet's earlier references."""
    known = (collection for collection in scene.collection.children_recursive if is_set(collection))
    return next((it for it in known if it.easel_references.sheet == sheet and it.library is None), None)


def holder_of(name: str, scene: bpy.types.Scene) -> tuple[bpy.types.Object, bpy.types.Collection] | None:
    """Find a reference of a scene by the name of its object, and its collection."""
    for collection in scene.collection.children_recursive:
        settings: Any = collection.easel_references
        for view in settings.views:
            if view.empty is not None and view.empty.name == name:
                return view.empty, collection
    return None


def images_of(collection: bpy.types.Collection) -> dict[Side, bpy.types.Image]:
    """Return the images of references by their sides; the first one of several."""
    found: dict[Side, bpy.types.Image] = {}
    settings: Any = collection.easel_references
    for view in settings.views:
        image = shapes.image_of(view.empty)
        if image is not None:
            found.setdefault(Side(view.side), image)
    return found


def file_stem(sheet: str) -> str:
    """Return the beginning of the names of a sheet's view files."""
    return f"{slug(_title_of(sheet))}-view"


def _title_of(sheet: str) -> str:
    """Return a sheet's name without a file's suffix."""
    path = Path(sheet)
    return path.stem if path.suffix.lower() in _SUFFIXES else sheet


def find_targets(plan: ReferencesPlan) -> tuple[bpy.types.Image, bpy.types.Scene]:
    """Find the sheet and the scene again.

    Raises:
        PlacementImpossible: one of them is gone, or linked.
    """
    sheet = find(plan.sheet, bpy.data.images)
    scene = find(plan.scene, bpy.data.scenes)
    if sheet is None:
        raise PlacementImpossible(phrase("“{name}” is no longer in this file.", name=plan.sheet.name))
    if scene is None:
        raise PlacementImpossible(phrase("The scene of the click is gone. Split the sheet again."))
    if scene.library is not None:
        raise PlacementImpossible(
            phrase("The scene {scene} is linked from another file and can't be changed.", scene=scene.name)
        )
    return sheet, scene


def set_up(plan: ReferencesPlan, cut: CutSheet, copies: Sequence[Path]) -> str:
    """Add the views of a sheet to the scene, replacing those that were cut from it before. Main thread.

    Returns what was done. The caller pushes the undo step.

    Args:
        copies: the views' files in `//textures`; empty if they must be packed.

    Raises:
        PlacementImpossible: nothing was changed.
    """
    sheet, scene = find_targets(plan)
    collection = find_set(sheet, scene)
    kept: list[str] = []
    if collection is None:
        collection = bpy.data.collections.new(COLLECTION)
        scene.collection.children.link(collection)
    else:
        kept = [view.side for view in collection.easel_references.views]
        _clear(collection)
    count = len(cut.views)
    sides = next((it for it in (plan.sides, kept) if len(it) == count), usual_sides(count))
    settings: Any = collection.easel_references
    settings.sheet = sheet
    settings.shape = plan.shape or settings.shape
    settings.view_count = len(cut.views)
    settings.figure_height = plan.height
    for index, border in enumerate(cut.sheet.borders):
        settings.borders[index] = border
    files = copies or [view.path for view in cut.views]
    for view, path, side in zip(cut.views, files, sides, strict=True):
        image = _add_image(sheet, path, is_packed=not copies, side=Side(side))
        _add_view(collection, image, view, side=Side(side), has_alpha=cut.has_alpha)
    arrange(collection)
    return phrase("{count} references in {scene}", count=len(cut.views), scene=scene.name)


def arrange(collection: bpy.types.Collection) -> None:
    """Move the references of a collection to the places of its settings."""
    settings: Any = collection.easel_references
    behind = max((_BEHIND, *(view.reach + _ROOM for view in settings.views))) * settings.figure_height
    for view in settings.views:
        obj = view.empty
        if obj is None or obj.library is not None:
            continue
        side = Side(view.side)
        view.side_before = view.side
        is_top = side is Side.TOP
        turn = Euler((0.0, 0.0, 0.0) if is_top else (math.pi / 2, 0.0, math.radians(AZIMUTHS[side])))
        shapes.stand(obj, view, turn=turn, behind=behind, height=settings.figure_height, is_top=is_top)
    _name_anew(settings)


def reshape(collection: bpy.types.Collection) -> None:
    """Show the references of a collection in their chosen form: as empties or cameras' backgrounds."""
    settings: Any = collection.easel_references
    for view in settings.views:
        obj = view.empty
        image = shapes.image_of(obj)
        if image is None or obj.library is not None or shapes.shape_of(obj) == settings.shape:
            continue
        if shapes.shape_of(obj) == shapes.EMPTIES:
            view.has_alpha = obj.use_empty_image_alpha
        name = obj.name
        shapes.remove(obj)
        view.empty = shapes.add(collection, image, name, settings.shape, has_alpha=view.has_alpha)
    arrange(collection)


def toggle(layers: Sequence[bpy.types.LayerCollection]) -> None:
    """Hide all references of these collections if one is visible, else show them."""
    is_shown = any(layer.is_visible for layer in layers)
    for layer in layers:
        layer.hide_viewport = is_shown
        settings: Any = layer.collection.easel_references
        for view in settings.views:  # a view through a hidden camera still shows its background
            camera: Any = view.empty.data if view.empty is not None else None
            if isinstance(camera, bpy.types.Camera) and camera.library is None:
                camera.show_background_images = not is_shown


def _name_anew(settings: Any) -> None:
    """Rename the objects after their sides, except those that the artist has renamed."""
    wrong = [
        (view.empty, _name_of(Side(view.side)))
        for view in settings.views
        if view.empty is not None
        and view.empty.library is None
        and view.empty.name.startswith(_NAME)
        and not view.empty.name.startswith(_name_of(Side(view.side)))
    ]
    for obj, _name in wrong:  # first: two may have swapped their names
        obj.name = _NAME
    for obj, name in wrong:
        obj.name = name


def _name_of(side: Side) -> str:
    return f"{_NAME} {side.value.replace('_', ' ').title()}"


def _clear(collection: bpy.types.Collection) -> None:
    """Remove earlier references; an image that something else shows stays."""
    settings: Any = collection.easel_references
    for view in settings.views:
        obj = view.empty
        if obj is None or obj.library is not None:
            continue
        image = shapes.image_of(obj)
        shapes.remove(obj)
        if image is not None and image.users == 0:
            bpy.data.images.remove(image)
    settings.views.clear()


def _add_image(sheet: bpy.types.Image, path: Path, *, is_packed: bool, side: Side) -> bpy.types.Image:
    # Images made from a view are named after it without anything like a suffix, as for the sheet.
    name = f"{_title_of(sheet.name)}.{side.value.replace('_', ' ').title()}"
    if is_packed:
        image = bpy.data.images.load(str(path))
        image.pack()
        name_packed(image, path.name)
    else:
        image = bpy.data.images.load(f"//{FOLDER}/{path.name}")
    image.name = name
    if sheet.colorspace_settings.is_data:
        set_colour_space(image, sheet.colorspace_settings.name)
    note_part(image, sheet)
    return image


def _add_view(
    collection: bpy.types.Collection, image: bpy.types.Image, view: CutView, *, side: Side, has_alpha: bool
) -> None:
    settings: Any = collection.easel_references
    item = settings.views.add()
    item.empty = shapes.add(collection, image, _name_of(side), settings.shape, has_alpha=has_alpha)
    item.has_alpha, item.aspect = has_alpha, view.width / view.height
    item.size = max(view.width, view.height) / view.unit
    item.reach = view.figure.width / view.unit / 2
    item.middle = (view.figure.left + view.figure.right) / 2 / view.width
    item.feet = 1.0 - view.figure.bottom / view.height
    item.centre = 1.0 - (view.figure.top + view.figure.bottom) / 2 / view.height
    item.side = side.value  # last: this moves it to its place
