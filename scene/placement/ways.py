# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of ways to place: each with its names for the artist, and its code.

The form, operators, preferences and panels read the choices from it; `plan` and `place` read the code. A new
way is a member of `PlacementKind`, its target (`jobs.placement`), its module beside this one, a row here, and
its texts in `languages/`. `tests/blender/test_ways.py` and the type checker name what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ...jobs.job import Job
from ...jobs.targets import PlacementKind
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from . import (
    brush_textures,
    camera_backgrounds,
    maps,
    material_sets,
    new_maps,
    new_nodes,
    painted_models,
    planes,
    reference_empties,
    sheets,
    surfaces,
    view_edit,
    worlds,
)
from .way import Choice, Click, Editor, Item, Show, Shown, Way, Words


def _plan_nothing(_click: Click) -> None:
    """Plan nothing: the image is only added to the file."""


def _find_nothing(_job: Job) -> Show:
    return lambda _images: Shown()


def _find_unknown(_job: Job) -> Show:
    raise PlacementImpossible(
        phrase("This version of Easel does not know how it was to be placed. Place the image manually.")
    )


def _find_model(_job: Job) -> Show:
    raise PlacementImpossible(phrase("This is a 3D model: place it with the buttons below Result."))


_ALL: Final[tuple[Way, ...]] = (
    Choice(
        kind=PlacementKind.IMAGE,
        number=0,
        words=Words(label="Image Only", hint="Add an image datablock, touch nothing else", icon="IMAGE_DATA"),
        short=phrase("Image"),
        editors=frozenset({"VIEW_3D", "IMAGE_EDITOR", "NODE_EDITOR"}),
        words_of_edit=Words(
            label="New Image",
            hint="Add a new image, and open it in the Image Editor. The edited image stays as it is",
            icon="IMAGE_DATA",
        ),
        fits_tiles=True,
        changes_scene=False,
        plan=_plan_nothing,
        find=_find_nothing,
    ),
    Choice(
        kind=PlacementKind.TEXTURE,
        number=1,
        words=Words(
            label="Texture",
            hint="Use it as the base colour of the selected objects, or in place of the edited texture",
            icon="TEXTURE",
        ),
        short=phrase("Texture"),
        editors=frozenset({"VIEW_3D", "IMAGE_EDITOR"}),
        words_of_edit=Words(
            label="Replace in Nodes",
            hint="Show the result in place of the edited image: in this node, or in the nodes that use it",
            icon="NODE_TEXTURE",
        ),
        fits_tiles=True,
        shows_texture=True,
        foresee=surfaces.foresee,
        plan=surfaces.plan,
        find=surfaces.find,
    ),
    Choice(
        kind=PlacementKind.PLANE,
        number=2,
        words=Words(
            label="Reference Plane",
            hint="Add a plane with the image at the 3D cursor, facing the view",
            icon="IMAGE_REFERENCE",
        ),
        short=phrase("Plane"),
        editors=frozenset({"VIEW_3D"}),
        is_picture=True,
        shows_texture=True,
        plan=planes.plan,
        find=planes.find,
    ),
    Choice(
        kind=PlacementKind.REFERENCE_EMPTY,
        number=4,
        words=Words(
            label="Reference Empty",
            hint="Add an empty with the image at the 3D cursor, facing the view. It is never rendered",
            icon="OUTLINER_OB_IMAGE",
        ),
        short=phrase("Reference"),
        editors=frozenset({"VIEW_3D"}),
        is_picture=True,
        options=reference_empties.OPTIONS,
        plan=reference_empties.plan,
        find=reference_empties.find,
    ),
    Choice(
        kind=PlacementKind.CAMERA_BACKGROUND,
        number=5,
        words=Words(
            label="Camera Background",
            hint="Show the image behind what the selected camera sees, or the scene's. It is never rendered",
            icon="CAMERA_DATA",
        ),
        short=phrase("Camera"),
        editors=frozenset({"VIEW_3D"}),
        is_picture=True,
        options=camera_backgrounds.OPTIONS,
        obstacle=camera_backgrounds.obstacle,
        plan=camera_backgrounds.plan,
        find=camera_backgrounds.find,
    ),
    Choice(
        kind=PlacementKind.WORLD,
        number=6,
        words=Words(
            label="World",
            hint="Surround the scene with the image, in a new world",
            icon="WORLD",
        ),
        short=phrase("World"),
        editors=frozenset({"VIEW_3D"}),
        options=worlds.OPTIONS,
        plan=worlds.plan,
        find=worlds.find,
    ),
    Choice(
        kind=PlacementKind.BRUSH_TEXTURE,
        number=7,
        words=Words(
            label="Brush Texture",
            hint="Use the image as the texture of the active brush",
            icon="BRUSH_DATA",
        ),
        short=phrase("Brush"),
        editors=frozenset({"VIEW_3D", "IMAGE_EDITOR"}),
        options=brush_textures.OPTIONS,
        obstacle=brush_textures.obstacle,
        plan=brush_textures.plan,
        find=brush_textures.find,
    ),
    Choice(
        kind=PlacementKind.MAP,
        number=8,
        words=Words(
            label="Material Map",
            hint="Link the image as roughness, metallic, normal or height in the selected objects' materials",
            icon="NODE_MATERIAL",
        ),
        short=phrase("Map"),
        editors=frozenset({"VIEW_3D"}),
        options=maps.OPTIONS,
        is_version=False,
        foresee=maps.foresee,
        plan=maps.plan,
        find=maps.find,
    ),
    Choice(
        kind=PlacementKind.NODE,
        number=3,
        words=Words(
            label="Node",
            hint="Add an Image Texture node with the first image to the Shader Editor of the click",
            icon="NODE_TEXTURE",
        ),
        short=phrase("Node"),
        editors=frozenset({"NODE_EDITOR"}),
        fits_tiles=True,
        obstacle=new_nodes.obstacle,
        plan=new_nodes.plan,
        find=new_nodes.find,
    ),
    # Projecting changes it, and pushes its own step.
    Way(kind=PlacementKind.VIEW, changes_scene=False, find=view_edit.find),
    # Only for images that this computer made, not for a service's results.
    Way(kind=PlacementKind.MAPS, is_version=False, changes_scene=False, find=_find_nothing),
    Way(kind=PlacementKind.NEW_MAPS, is_version=False, find=new_maps.find),
    Way(kind=PlacementKind.MATERIAL_SET, find=material_sets.find),
    Way(kind=PlacementKind.MODEL, find=_find_model),  # files, no images: `scene.session.model_arrivals`
    Way(kind=PlacementKind.REPAIR, find=sheets.find_rolled),
    Way(kind=PlacementKind.MODEL_MAP, find=sheets.find_drawn_map),
    Way(kind=PlacementKind.SHEET, find=sheets.find_sheet),
    Way(kind=PlacementKind.SHEET_PARTS, find=sheets.find_parts),
    Way(kind=PlacementKind.MODEL_VIEWS, find=painted_models.find_views),
    Way(kind=PlacementKind.PAINTED_MODEL, find=painted_models.find_painted),
    Way(kind=PlacementKind.UNKNOWN, find=_find_unknown),
)

WAYS: Final[Mapping[PlacementKind, Way]] = MappingProxyType({way.kind: way for way in _ALL})
CHOICES: Final[Mapping[PlacementKind, Choice]] = MappingProxyType(
    {way.kind: way for way in _ALL if isinstance(way, Choice)}
)
"""The ways that the artist can choose."""


def offered_in(editor: Editor) -> list[Choice]:
    """List an editor's ways, the most usual first."""
    return [way for way in CHOICES.values() if editor in way.editors]


def items(
    ways: Iterable[Choice], words_of: Callable[[Choice], Words | None] = lambda way: way.words
) -> tuple[Item, ...]:
    """Make the items of an EnumProperty; ways without such words are left out."""
    told = ((way, words_of(way)) for way in ways)
    return tuple(
        (way.kind.value, words.label, words.hint, words.icon, way.number)
        for way, words in told
        if words is not None
    )


OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {name: option for way in CHOICES.values() for name, option in way.options.items()}
)
"""The parameters of all ways."""
ITEMS: Final = items(CHOICES.values())
"""All, for scripts."""
FORM_ITEMS: Final = items(offered_in("VIEW_3D"))
EDIT_ITEMS: Final = items(CHOICES.values(), lambda way: way.words_of_edit)
"""The ways for an edit of an Image Editor's or a Shader Editor's image."""
