# SPDX-License-Identifier: GPL-3.0-or-later
"""Going back and forth among the versions of an image. Nothing is deleted, and each is an undo step."""

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty

from ..scene.history import lineage, versions
from ..scene.language import said
from ..scene.placement.texture_maps import read_versions_anew
from ..scene.refs import image_by_uid
from ..scene.session import pump
from ..scene.windows import interface
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Verb


class VersionVerb(Verb):
    """A verb about the version of an image that is shown."""

    session_uid: IntProperty(name="Image", options={"SKIP_SAVE", "HIDDEN"})
    """Without it, the image of the editor or of the active object is meant."""

    def act(self, context: bpy.types.Context) -> str:
        image = self.find_image(context)
        if image is None:
            raise Refusal(phrase("There is no image with a history here"))
        text = self.act_on(context, image)
        read_versions_anew(image)
        interface.redraw()
        pump.wake()
        return text

    def find_image(self: Any, context: bpy.types.Context) -> bpy.types.Image | None:
        """Return the image that is meant."""
        return image_by_uid(self.session_uid) if self.session_uid else versions.image_at_hand(context)

    def act_on(self, context: bpy.types.Context, image: bpy.types.Image) -> str:
        """Do the operator's work on the image, as `act`."""
        raise NotImplementedError


class EASEL_OT_revert_to_original(VersionVerb, bpy.types.Operator):
    """Show the original wherever its edit is shown. The edit stays in the file"""

    bl_idname = "easel.revert_to_original"
    bl_label = "Revert to Original"
    bl_options = {"UNDO"}

    def act_on(self, context: bpy.types.Context, image: bpy.types.Image) -> str:
        edit = lineage.stands_in_for(image) or image
        original = lineage.original_of(edit)
        if original is None:
            gone = lineage.deleted_ancestors(edit)
            raise Refusal(
                phrase("Its source “{name}” is no longer in this file.", name=gone[-1])
                if gone
                else phrase("“{image}” is not an edit of another image.", image=edit.name)
            )
        return versions.show_version(image, original)


class EASEL_OT_compare_versions(VersionVerb, bpy.types.Operator):
    """Show the original in place of the edit, and the edit again at the next click"""

    bl_idname = "easel.compare_versions"
    bl_label = "Compare with Original"
    bl_options = {"UNDO_GROUPED"}

    def act_on(self, context: bpy.types.Context, image: bpy.types.Image) -> str:
        hidden = versions.end_comparison(image.easel_edit.compared_with or image)
        if hidden is not None:
            return phrase("“{image}” is shown again", image=lineage.label_of(hidden))
        other = versions.counterpart_of(image)
        if other is None:
            raise Refusal(phrase("There is no other version of “{image}” in this file.", image=image.name))
        return versions.compare(image, other)


class EASEL_OT_step_version(VersionVerb, bpy.types.Operator):
    """Show the next older or the next newer version"""

    bl_idname = "easel.step_version"
    bl_label = "Step Through Versions"
    bl_options = {"UNDO"}

    direction: EnumProperty(
        name="Direction",
        items=(
            ("PREVIOUS", "Previous Version", "Show the next older version"),
            ("NEXT", "Next Version", "Show the next newer version"),
        ),
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:
        return (
            said("Show the next newer version")
            if properties.direction == "NEXT"
            else said("Show the next older version")
        )

    def act_on(self, context: bpy.types.Context, image: bpy.types.Image) -> str:
        shown = lineage.stands_in_for(image) or image
        wanted = versions.step_from(shown, -1 if self.direction == "NEXT" else 1)
        if wanted is None:
            raise Refusal(
                phrase("This is the newest version.")
                if self.direction == "NEXT"
                else phrase("This is the oldest version.")
            )
        return versions.show_version(image, wanted)


class EASEL_OT_show_version(VersionVerb, bpy.types.Operator):
    """Show this version wherever the current one is shown. No version is deleted"""

    bl_idname = "easel.show_version"
    bl_label = "Show Version"
    bl_options = {"UNDO", "INTERNAL"}

    version_uid: IntProperty(name="Image", options={"SKIP_SAVE", "HIDDEN"})
    """The `session_uid` of the version to show."""

    def act_on(self, context: bpy.types.Context, image: bpy.types.Image) -> str:
        wanted = image_by_uid(self.version_uid)
        if wanted is None:
            raise Refusal(phrase("This version is no longer in the file."))
        return versions.show_version(image, wanted)


CLASSES = (
    EASEL_OT_revert_to_original,
    EASEL_OT_compare_versions,
    EASEL_OT_step_version,
    EASEL_OT_show_version,
)
