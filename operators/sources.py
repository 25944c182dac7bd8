# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sources: add, move, remove."""

from collections.abc import Iterable
from pathlib import Path

import bpy
from bpy.props import CollectionProperty, EnumProperty, IntProperty, StringProperty

from ..scene.history.versions import shown_version
from ..scene.listing.form_sources import add_file, add_image, edit_version, tick_tile
from ..scene.pictures.surface_images import shown_image, surface_images
from ..scene.placement.images import find_result
from ..scene.session import session
from ..scene.session.batch_state import find_job
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Outcome, Verb

IMAGE_FILTER = "*.png;*.jpg;*.jpeg;*.webp;*.tif;*.tiff;*.exr;*.hdr;*.tga;*.bmp"
NOTHING_SELECTED = phrase("Select a plane or an empty that shows an image")


class EASEL_OT_add_object_textures(Verb, bpy.types.Operator):
    """Add the textures of the active object's surface, its base colour first"""

    bl_idname = "easel.add_object_textures"
    bl_label = "Textures of Active Object"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if context.object is not None else phrase("There is no active object")

    def act(self, context: bpy.types.Context) -> Outcome:
        images = surface_images(context.object, context.scene.render.engine)
        if not images:
            reason = phrase("No image feeds the surface of {object}", object=context.object.name)
            return self.refuse(reason, "WARNING")
        return _add_images(context, images)


class EASEL_OT_add_selected(Verb, bpy.types.Operator):
    """Add the images that the selected planes and empties show"""

    bl_idname = "easel.add_selected"
    bl_label = "Selected Planes and Empties"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if context.selected_objects:
            return ""
        return NOTHING_SELECTED

    def act(self, context: bpy.types.Context) -> Outcome:
        engine = context.scene.render.engine
        shown = (shown_image(obj, engine) for obj in context.selected_objects)
        images = [image for image in shown if image is not None]
        if not images:
            return self.refuse(NOTHING_SELECTED, "WARNING")
        return _add_images(context, images)


class EASEL_OT_add_job_image(Verb, bpy.types.Operator):
    """Add an image that a job has made: the one in this file, else the one in the library"""

    bl_idname = "easel.add_job_image"
    bl_label = "Image of a Job"
    bl_options = {"UNDO", "INTERNAL"}

    job_id: StringProperty(name="Job", options={"SKIP_SAVE", "HIDDEN"})
    index: IntProperty(name="Image", min=0, options={"SKIP_SAVE", "HIDDEN"})

    def act(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        image = find_result(self.job_id, self.index)
        if image is not None:
            add_image(form, image)
            return
        job = find_job(session.engine(), self.job_id)
        results = job.results_to_place if job is not None else ()
        result = next((result for result in results if result.index == self.index), None)
        if result is None:
            raise Refusal(phrase("The job no longer has this image"))
        add_file(form, result.path)


class EASEL_OT_show_source(Verb, bpy.types.Operator):
    """Show what will be sent of this image, describe its purpose, or remove it from the list"""

    bl_idname = "easel.show_source"
    bl_label = "Source"
    bl_options = {"INTERNAL"}

    index: IntProperty(name="Number", min=0, options={"SKIP_SAVE", "HIDDEN"})

    def act(self, context: bpy.types.Context) -> None:
        context.scene.easel.active_source = self.index
        _show_active()


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
    """Add an empty slot, then choose any image of this file for it"""

    bl_idname = "easel.add_image"
    bl_label = "Any Image…"
    bl_options = {"UNDO", "INTERNAL"}

    name: StringProperty(name="Image", description="Name of the image; empty to choose it then")

    def act(self, context: bpy.types.Context) -> Outcome:
        form = context.scene.easel
        image = bpy.data.images.get(self.name)
        if image is not None:
            return {"FINISHED"} if add_image(form, image) else {"CANCELLED"}
        form.sources.add()
        form.active_source = len(form.sources) - 1
        _show_active()
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


class EASEL_OT_edit_shown(Verb, bpy.types.Operator):
    """Edit the version that the active object shows, and not the one it was made from. Nothing is sent yet"""

    bl_idname = "easel.edit_shown"
    bl_label = "Edit the Shown Version"
    bl_options = {"UNDO", "INTERNAL"}

    def act(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        image = shown_version(context, form)
        if image is None:
            raise Refusal(phrase("There is no image here"))
        edit_version(form, image)


class EASEL_OT_remove_source(Verb, bpy.types.Operator):
    """Remove the active source from the list"""

    bl_idname = "easel.remove_source"
    bl_label = "Remove Source"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if len(context.scene.easel.sources) > 0 else phrase("The list is empty")

    def act(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        form.is_following = False
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
        return phrase("There is only one source")

    def act(self, context: bpy.types.Context) -> Outcome:
        form = context.scene.easel
        target = form.active_source + (-1 if self.direction == "UP" else 1)
        if not 0 <= target < len(form.sources):
            return {"CANCELLED"}
        form.sources.move(form.active_source, target)
        form.active_source = target
        return None


class EASEL_OT_tick_tile(Verb, bpy.types.Operator):
    """Tick or untick this tile of the active source"""

    bl_idname = "easel.tick_tile"
    bl_label = "Tile"
    bl_options = {"UNDO", "INTERNAL"}

    number: IntProperty(name="Number", description="UDIM number of the tile; 0 means all of them", min=0)

    def act(self, context: bpy.types.Context) -> Outcome:
        form = context.scene.easel
        if not 0 <= form.active_source < len(form.sources):
            return {"CANCELLED"}
        tick_tile(form.sources[form.active_source], self.number, several=form.active_source == 0)
        return None


def _add_images(context: bpy.types.Context, images: Iterable[bpy.types.Image]) -> Outcome:
    for image in images:
        add_image(context.scene.easel, image)
    return None


def _show_active() -> None:
    """Open the popup of the active source."""
    if not bpy.app.background:
        bpy.ops.wm.call_panel(name="EASEL_PT_source", keep_open=True)


def _open_image(context: bpy.types.Context) -> bpy.types.Image | None:
    """Return the image of the clicked Image Editor, or of any in the window."""
    if isinstance(context.space_data, bpy.types.SpaceImageEditor):
        return context.space_data.image
    areas = context.window.screen.areas if context.window is not None else ()
    images = (area.spaces.active.image for area in areas if area.type == "IMAGE_EDITOR")
    return next((image for image in images if image is not None), None)


CLASSES = (
    EASEL_OT_add_object_textures,
    EASEL_OT_add_selected,
    EASEL_OT_add_job_image,
    EASEL_OT_show_source,
    EASEL_OT_add_editor_image,
    EASEL_OT_add_image,
    EASEL_OT_add_files,
    EASEL_OT_edit_shown,
    EASEL_OT_remove_source,
    EASEL_OT_move_source,
    EASEL_OT_tick_tile,
)
