# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's settings of a collection, in the Properties editor."""

import bpy

from ..scene.sources.never_upload import PROPERTY


class EASEL_PT_collection(bpy.types.Panel):
    """What Easel may do with the collection's objects."""

    bl_label = "Easel"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "collection"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.collection is not None

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.collection, PROPERTY)


CLASSES = (EASEL_PT_collection,)
