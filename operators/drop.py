# SPDX-License-Identifier: GPL-3.0-or-later
"""Image files dropped on Easel's tab, and PNG files dropped on a 3D View or on nodes beside it.

If Easel's tab is closed, Blender's own drop works as usual. If it is open, Blender asks: its own way
(an empty, a camera's background) or Easel's.
"""

from functools import partial
from pathlib import Path
from typing import Any

import bpy
from bpy.props import CollectionProperty, StringProperty

from ..jobs.other_recipes import OtherRecipe, Tool
from ..jobs.recipe import Recipe
from ..scene import settings
from ..scene.language import said
from ..scene.listing.form_sources import add_file
from ..scene.placement.reused import recipe_of_file
from ..scene.sources.making import making_of
from ..scene.windows.tab import TAB, is_over_tab
from ..texts.refusal import Refusal
from .picture_menu import draw_ways
from .verb import Verb


class EASEL_OT_drop_image(Verb, bpy.types.Operator):
    """Use dropped image files as sources, or reuse the settings that a file contains"""

    bl_idname = "easel.drop_image"
    bl_label = "Use in Easel"
    bl_options = {"UNDO", "INTERNAL"}

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        paths = self._paths()
        if len(paths) > 1:
            draw, title = partial(draw_several, paths=paths), f"{paths[0].name} …"
        elif paths and offers_settings(paths[0]):
            draw, title = partial(_draw_one, path=paths[0], made=_recipe_of(paths[0])), paths[0].name
        else:
            return self.execute(context)
        context.window_manager.popup_menu(draw, title=title, icon="FILE_IMAGE")
        return {"FINISHED"}

    def act(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        for path in self._paths():
            add_file(form, path)
        form.mode = "EDIT"

    def _paths(self) -> list[Path]:
        return [Path(self.directory) / file.name for file in self.files if file.name]


class EASEL_OT_use_file(Verb, bpy.types.Operator):
    """Add the file to the sources of an edit"""

    bl_idname = "easel.use_file"
    bl_label = "Use as Source"
    bl_options = {"UNDO", "INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})

    def act(self, context: bpy.types.Context) -> None:
        add_file(context.scene.easel, Path(settings.typed_path(self.filepath)))
        context.scene.easel.mode = "EDIT"


class EASEL_FH_image(bpy.types.FileHandler):
    """Image files over a sidebar that is open at Easel's tab."""

    bl_idname = "EASEL_FH_image"
    bl_label = "Easel"
    bl_import_operator = "easel.drop_image"
    bl_file_extensions = ".png;.jpg;.jpeg;.webp;.tif;.tiff;.bmp;.tga"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return is_over_tab(context)


class EASEL_FH_made_image(bpy.types.FileHandler):
    """PNG files, as Easel and most tools make them, over a 3D View or nodes beside Easel's open tab.

    A file handler can't look at the file. Other kinds are left to Blender, which can read them.
    """

    bl_idname = "EASEL_FH_made_image"
    bl_label = "Easel"
    bl_import_operator = "easel.drop_image"
    bl_file_extensions = ".png"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        area, region = context.area, context.region
        if (
            area is None
            or region is None
            or area.type not in ("VIEW_3D", "NODE_EDITOR")
            or region.type != "WINDOW"
        ):
            return False
        return any(
            sidebar.type == "UI" and sidebar.width > 1 and sidebar.active_panel_category == TAB
            for sidebar in area.regions
        )


def _draw_one(menu: Any, context: bpy.types.Context, *, path: Path, made: Recipe | None) -> None:
    draw_choices(menu.layout, context, path, made)


def draw_several(menu: Any, _context: bpy.types.Context, *, paths: list[Path]) -> None:
    """Draw the choices for several files that were dropped."""
    layout = menu.layout
    layout.operator_context = "EXEC_DEFAULT"  # the default asks again
    text = said("Add {count} as Sources", count=len(paths))
    _name_files(layout.operator("easel.drop_image", text=text, translate=False, icon="ADD"), paths)
    _name_files(layout.operator("easel.import_images", text="Import into Library", icon="IMPORT"), paths)


def _name_files(button: Any, paths: list[Path]) -> None:
    button.directory = str(paths[0].parent)
    for path in paths:
        button.files.add().name = path.name


def draw_choices(
    layout: bpy.types.UILayout, context: bpy.types.Context, path: Path, made: Recipe | None
) -> None:
    """Draw the choices for a dropped file. Easel's own images also have the ways to place them."""
    if made is not None and made.job_id:
        layout.operator_context = "INVOKE_DEFAULT"
        draw_ways(layout, context, made.job_id, made.index + 1)
        layout.separator()
    layout.operator("easel.use_file", icon="IMAGE_DATA").filepath = str(path)
    layout.operator("easel.reuse_settings", icon="RECOVER_LAST").filepath = str(path)
    if made is None:
        layout.operator_context = "EXEC_DEFAULT"  # the default asks for a folder
        _name_files(layout.operator("easel.import_images", text="Import into Library", icon="IMPORT"), [path])


def _recipe_of(path: Path) -> Recipe | None:
    """Return what Easel itself says about a file; None without a record."""
    try:
        made = making_of(path)
    except (Refusal, OSError):
        return recipe_of_file(path)
    return made if isinstance(made, Recipe) else None


def offers_settings(path: Path) -> bool:
    """Whether a file records how it was made. A photograph's caption is not a prompt."""
    try:
        making = making_of(path)
    except (Refusal, OSError):
        return recipe_of_file(path) is not None
    is_caption = isinstance(making, OtherRecipe) and making.tool is Tool.XMP
    return not is_caption or path.suffix.lower() == ".png"


CLASSES = (
    EASEL_OT_drop_image,
    EASEL_OT_use_file,
    EASEL_FH_image,
    EASEL_FH_made_image,
)
