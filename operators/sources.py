# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sources: add, move, remove."""

from pathlib import Path

import bpy
from bpy.props import CollectionProperty, EnumProperty, IntProperty, StringProperty

from ..scene.listing.form_sources import add_file, add_image, tick_tile
from ..scene.pictures.textures import textures_of
from ..texts.phrases import phrase
from .verb import Outcome, Verb

IMAGE_FILTER = "*.png;*.jpg;*.jpeg;*.webp;*.tif;*.tiff;*.exr;*.hdr;*.tga;*.bmp"


class EASEL_OT_add_object_textures(Verb, bpy.types.Operator):
    """Add the textures that the active object's materials use"""

    bl_idname = "easel.add_object_textures"
    bl_label = "Textures of Active Object"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if context.object is not None else phrase("There is no active object")

    def act(self, context: bpy.types.Context) -> Outcome:
        images = textures_of(context.object)
        if not images:
            reason = phrase("The materials of {object} use no image", object=context.object.name)
            return self.refuse(reason, "WARNING")
        for image in images:
            add_image(context.scene.easel, image)
        return None


class EASEL_OT_add_editor_image(Verb, bpy.types.Operator):
    """Add the image that is open in the Image Editor"""

    bl_idname = "easel.add_editor_image"
    bl_label = "Image Editor"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if _open_image(context) is not None:
            return ""
        return phrase("No image is open in an Image Editor of this window")

    def act(self, context: bpy.types.Context) -> None:
        add_image(context.scene.easel, _open_image(context))


class EASEL_OT_add_image(Verb, bpy.types.Operator):
    """Add an empty place, for which any image of this file can be chosen in the list"""

    bl_idname = "easel.add_image"
    bl_label = "Any Image…"
    bl_options = {"UNDO", "INTERNAL"}

    name: StringProperty(name="Image", description="Name of the image; empty to choose it in the list")

    def act(self, context: bpy.types.Context) -> Outcome:
        form = context.scene.easel
        image = bpy.data.images.get(self.name)
        if image is not None:
            return {"FINISHED"} if add_image(form, image) else {"CANCELLED"}
        form.sources.add()
        form.active_source = len(form.sources) - 1
        return None


class EASEL_OT_add_files(Verb, bpy.types.Operator):
    """Add image files, without bringing them into the scene"""

    bl_idname = "easel.add_files"
    bl_label = "File…"
    bl_options = {"UNDO", "INTERNAL"}

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=IMAGE_FILTER, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        for file in self.files:
            if file.name:
                add_file(form, Path(self.directory) / file.name)


class EASEL_OT_remove_source(Verb, bpy.types.Operator):
    """Take the active source off the list"""

    bl_idname = "easel.remove_source"
    bl_label = "Remove Source"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if len(context.scene.easel.sources) > 0 else phrase("The list is empty")

    def act(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        form.sources.remove(form.active_source)
        form.active_source = max(0, min(form.active_source, len(form.sources) - 1))


class EASEL_OT_move_source(Verb, bpy.types.Operator):
    """Move the active source up or down; the first one is the one that is edited"""

    bl_idname = "easel.move_source"
    bl_label = "Move Source"
    bl_options = {"UNDO", "INTERNAL"}

    direction: EnumProperty(
        name="Direction", items=(("UP", "Up", "Earlier in the list"), ("DOWN", "Down", "Later in the list"))
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if len(context.scene.easel.sources) > 1:
            return ""
        return phrase("There is nothing to change places with")

    def act(self, context: bpy.types.Context) -> Outcome:
        form = context.scene.easel
        target = form.active_source + (-1 if self.direction == "UP" else 1)
        if not 0 <= target < len(form.sources):
            return {"CANCELLED"}
        form.sources.move(form.active_source, target)
        form.active_source = target
        return None


class EASEL_OT_tick_tile(Verb, bpy.types.Operator):
    """Tick this tile of the active source, or take the tick away"""

    bl_idname = "easel.tick_tile"
    bl_label = "Tile"
    bl_options = {"UNDO", "INTERNAL"}

    number: IntProperty(name="Number", description="UDIM number of the tile; 0 is all of them", min=0)

    def act(self, context: bpy.types.Context) -> Outcome:
        form = context.scene.easel
        if not 0 <= form.active_source < len(form.sources):
            return {"CANCELLED"}
        tick_tile(form.sources[form.active_source], self.number, several=form.active_source == 0)
        return None


def _open_image(context: bpy.types.Context) -> bpy.types.Image | None:
    """The image of the Image Editor that was clicked in, else of any in the window."""
    if isinstance(context.space_data, bpy.types.SpaceImageEditor):
        return context.space_data.image
    areas = context.window.screen.areas if context.window is not None else ()
    images = (area.spaces.active.image for area in areas if area.type == "IMAGE_EDITOR")
    return next((image for image in images if image is not None), None)


CLASSES = (
    EASEL_OT_add_object_textures,
    EASEL_OT_add_editor_image,
    EASEL_OT_add_image,
    EASEL_OT_add_files,
    EASEL_OT_remove_source,
    EASEL_OT_move_source,
    EASEL_OT_tick_tile,
)
