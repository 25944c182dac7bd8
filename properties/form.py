# SPDX-License-Identifier: GPL-3.0-or-later
"""The form in the sidebar. It is on the scene, saved in the .blend, and written by the artist alone."""

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..client.models import DEFAULT_MODEL, ModelId
from ..client.requests import Sizing
from ..imaging.looks import COLOUR_LOOK_ITEMS
from ..jobs.targets import EditScope
from ..scene.placement.ways import EDIT_ITEMS, FORM_ITEMS
from .mask import EASEL_PG_mask
from .model_form import EASEL_PG_model_form
from .options import MODEL_ITEMS, OPTION_GROUPS, options_attribute
from .paint_form import EASEL_PG_paint_form
from .prompts import chosen_template_property, template_property
from .texture_form import EASEL_PG_texture_form
from .tiling import EASEL_PG_tiling
from .ways import EASEL_PG_ways

SCOPE_ITEMS = (
    (EditScope.NODE.value, "This Node", "Only one node: the active one, or the one nearest to the output"),
    (
        EditScope.MATERIAL.value,
        "This Material",
        "All nodes of the material that show the image, in the 3D View of all materials of the object",
    ),
    (
        EditScope.EVERYWHERE.value,
        "Everywhere",
        (
            "Everything that shows the image in this file: nodes, empties, "
            "camera backgrounds, brushes and modifiers"
        ),
    ),
)
"""Which of the nodes that show the edited image get the result."""

SIZING_ITEMS = (
    (
        Sizing.KEEP_SIZE.value,
        "Keep Size and Place",
        "Lined up with the first source, at its pixel size",
    ),
    (
        Sizing.NEW_SIZE.value,
        "Keep Place, New Size",
        "Lined up with the first source, in its shape, and as large as the model's answer if that is larger",
    ),
    (
        Sizing.AS_IT_CAME.value,
        "As Generated",
        "As the model made it: in its own size and shape, and not lined up",
    ),
)
"""At which size and place an edit comes back."""

ROLE_SUGGESTIONS = (
    "the image to edit",
    "a style reference",
    "a material reference",
    "a composition reference",
    "a colour reference",
)


def _suggest_roles(_self: object, _context: bpy.types.Context, text: str) -> list[str]:
    return [role for role in ROLE_SUGGESTIONS if text.lower() in role]


def _look_at_source() -> None:
    from ..scene.session import pump

    pump.wake()


def _change_image(source: Any, _context: bpy.types.Context) -> None:
    source.tiles = ""  # of the image before
    _look_at_source()


def _change_file(source: Any, _context: bpy.types.Context) -> None:
    source.shows_scene = False  # the one before did
    _look_at_source()


class EASEL_PG_source(bpy.types.PropertyGroup):
    """One source image of an edit: a datablock, or a file on disk."""

    image: PointerProperty(
        type=bpy.types.Image,
        name="Image",
        description="The image to send",
        update=_change_image,
    )
    filepath: StringProperty(
        name="File",
        description="The file to send",
        subtype="FILE_PATH",
        update=_change_file,
    )
    shows_scene: BoolProperty()
    shown_scene: PointerProperty(type=bpy.types.Scene)
    """The file is a picture that Easel took, of this scene unless it was deleted."""
    role: StringProperty(
        name="Role",
        description="What this image is for. It is told to the model as “image 2 is …”",
        search=_suggest_roles,
        search_options={"SUGGESTION"},
    )
    tiles: StringProperty(
        name="Tiles",
        description="Numbers of the UDIM tiles to send, separated by commas; empty means the active one",
        update=lambda _self, _context: _look_at_source(),
    )

    @property
    def label(self) -> str:
        """The artist's name for it."""
        return self.image.name if self.image else bpy.path.basename(self.filepath)


class EASEL_PG_form(bpy.types.PropertyGroup):
    """The form in the sidebar."""

    mode: EnumProperty(
        name="Mode",
        items=(
            ("GENERATE", "Generate", "Make new images from a prompt"),
            ("EDIT", "Edit", "Change images by a prompt"),
        ),
    )
    prompt: StringProperty(
        name="Prompt", description="What the image should show", options={"TEXTEDIT_UPDATE"}
    )
    edit_prompt: StringProperty(
        name="Prompt", description="What should change in the image", options={"TEXTEDIT_UPDATE"}
    )
    template: template_property()
    chosen_template: chosen_template_property()
    brought: StringProperty()
    """Settings that a template has set (`scene.prompts.template_settings`)."""
    prompt_text: PointerProperty(
        type=bpy.types.Text, name="Prompt's Text", description="Text datablock kept in step with the prompt"
    )
    edit_prompt_text: PointerProperty(
        type=bpy.types.Text, name="Prompt's Text", description="Text datablock kept in step with the prompt"
    )
    model: EnumProperty(
        name="Model", description="Which model to use", items=MODEL_ITEMS, default=DEFAULT_MODEL.value
    )
    placement: EnumProperty(
        name="When Finished", description="What to do with the finished image", items=FORM_ITEMS
    )
    ways: PointerProperty(type=EASEL_PG_ways)
    tiling: PointerProperty(type=EASEL_PG_tiling)
    sizing: EnumProperty(
        name="Comes Back",
        description="At which size and place the edit comes back",
        items=SIZING_ITEMS,
        default=Sizing.NEW_SIZE.value,
    )
    editor_placement: EnumProperty(
        name="When Finished",
        description="What to do with the edit of the image that is open",
        items=EDIT_ITEMS,
    )
    mask: PointerProperty(type=EASEL_PG_mask)
    edit_scope: EnumProperty(
        name="Replace In",
        description="Where the result takes the place of the edited image",
        items=SCOPE_ITEMS,
        default=EditScope.MATERIAL.value,
    )
    subject: EnumProperty(
        name="Subject",
        description="What is edited in Texture Paint mode",
        items=(
            ("VIEW", "The View", "What this view shows; the result is painted onto the active object"),
            ("SOURCES", "Images", "The images of a list"),
        ),
    )
    view_look: EnumProperty(name="Look", description="What is sent of the view", items=COLOUR_LOOK_ITEMS)
    sources: CollectionProperty(type=EASEL_PG_source)
    to_paint: PointerProperty(type=EASEL_PG_paint_form)
    to_model: PointerProperty(type=EASEL_PG_model_form)
    to_texture: PointerProperty(type=EASEL_PG_texture_form)
    is_following: BoolProperty(default=True)
    """The sources follow the active object's picture, until the artist changes them."""
    followed_image: PointerProperty(type=bpy.types.Image)
    """The source that was set this way."""
    followed_object: StringProperty()
    """Name of the object whose picture it is."""
    active_source: IntProperty(name="Source", update=lambda _self, _context: _look_at_source())

    @property
    def model_id(self) -> ModelId:
        """The chosen model; the default one if it is a newer Easel's, which `scene.choices` refuses."""
        return ModelId(self.model or DEFAULT_MODEL)

    @property
    def comes_back(self) -> Sizing:
        """The choice of size and place, as far as the mask allows one.

        Outside the mask, pixels stay the same bit by bit, at the source's size. Markers need the place.
        """
        if self.mask.has_area:
            return Sizing.KEEP_SIZE
        chosen = Sizing(self.sizing or Sizing.NEW_SIZE)
        return Sizing.NEW_SIZE if self.mask.is_set and chosen is Sizing.AS_IT_CAME else chosen

    @property
    def active_prompt(self) -> str:
        """The prompt of the current mode."""
        return getattr(self, self.prompt_name)

    @property
    def prompt_name(self) -> str:
        """Name of the current mode's property for the prompt."""
        return "edit_prompt" if self.mode == "EDIT" else "prompt"

    @property
    def options_name(self) -> str:
        """Name of the property with the chosen model's options."""
        return options_attribute(self.model_id)

    @property
    def preset_folder(self) -> str:
        """The folder of Blender's presets for the chosen model's options."""
        return f"easel/{self.options_name}"

    def options(self, model: ModelId) -> bpy.types.PropertyGroup:
        """The options group of a model."""
        return getattr(self, options_attribute(model))


EASEL_PG_form.__annotations__.update(
    {options_attribute(model): PointerProperty(type=group) for model, group in OPTION_GROUPS.items()}
)


CLASSES = (EASEL_PG_source, EASEL_PG_form)
