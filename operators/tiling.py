# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that tile: measure the seam, hide it, make maps and a material. All free, on this computer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..imaging.snapshot import release
from ..imaging.tiling.settings import BASE_COLOR, VISIBLE, Map, MapSettings, Size
from ..jobs.export_maps import MapsWanted
from ..jobs.local_edit import LocalEdit, TilingWork, base_of, file_stem
from ..jobs.placement import Placement
from ..jobs.targets import MaterialSet, PlacementKind
from ..properties.tiling import (
    MAP_ITEMS,
    OF_MAPS,
    OF_MATERIAL,
    OF_SEAMLESS,
    EASEL_PG_tiling,
    flatten_amount,
    settings_of,
)
from ..scene import settings
from ..scene.choices import choice
from ..scene.language import said
from ..scene.notes import text_note
from ..scene.placement import material_sets
from ..scene.placement.local_edits import edit_placement
from ..scene.placement.new_maps import are_shown
from ..scene.placement.reused import PART_KEY
from ..scene.placement.texture_maps import is_directx, is_of_metal, maps_in_use
from ..scene.refs import reference
from ..scene.session import previews, pump, seams, session
from ..scene.sources.one_picture import one_picture
from ..scene.windows import interface
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .library import WaitingVerb
from .local import ImageVerb, LocalVerb
from .parameters import SKIP_SAVE, chosen, parameters_of
from .result import PictureVerb
from .verb import Outcome


def _declared(names: Sequence[str]) -> dict[str, Any]:
    return {name: EASEL_PG_tiling.__annotations__[name] for name in names}


SeamlessParameters: Any = parameters_of(
    "SeamlessParameters", "how borders are hidden", _declared(OF_SEAMLESS)
)
MapParameters: Any = parameters_of("MapParameters", "how maps are estimated", _declared(OF_MAPS))
MaterialParameters: Any = parameters_of(
    "MaterialParameters", "how the material is made", _declared(OF_MATERIAL)
)


def _maps_property() -> Any:
    return EnumProperty(
        name="Maps",
        description="Which maps; the ones ticked in the form if not given",
        items=MAP_ITEMS,
        options={"SKIP_SAVE", "ENUM_FLAG"},
    )


class EASEL_OT_make_seamless(SeamlessParameters, LocalVerb, bpy.types.Operator):
    """Make the texture tile: hide its borders, and even out its light. Free, on this computer.
    The image stays, and History goes back to it"""

    bl_idname = "easel.make_seamless"
    bl_label = "Make Seamless"
    bl_options = set()

    def plan(self: Any, context: bpy.types.Context, image: bpy.types.Image) -> tuple[TilingWork, str, str]:
        form = context.scene.easel.tiling
        light = chosen(self, form, "light")
        if self.properties.is_property_set("flatten") and not self.properties.is_property_set("light"):
            light = "AMOUNT"
        work = TilingWork(
            seamless=True,
            size=Size(chosen(self, form, "size")),
            flatten=flatten_amount(light, chosen(self, form, "flatten")),
            is_mirrored=chosen(self, form, "mirrored"),
        )
        return work, said("Seamless: {image}", image=image.name), phrase("Making it tile")

    def placement(self, context: bpy.types.Context, image: bpy.types.Image, request: LocalEdit) -> Placement:
        return edit_placement(image)


class EASEL_OT_tile_picture(PictureVerb, bpy.types.Operator):
    """Make this image tile: hide its borders, and even out its light. Free, on this computer"""

    bl_idname = "easel.tile_picture"
    bl_label = "Make Seamless"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        image = self.image(context, row, stays=True)
        return bpy.ops.easel.make_seamless(session_uid=image.session_uid)


class EASEL_OT_make_maps(MapParameters, LocalVerb, bpy.types.Operator):
    """Estimate maps of a material from the picture: normals, roughness, height and others. Free, on this
    computer"""

    bl_idname = "easel.make_maps"
    bl_label = "Make Maps"
    bl_options = set()

    maps: _maps_property()

    def plan(self: Any, context: bpy.types.Context, image: bpy.types.Image) -> tuple[TilingWork, str, str]:
        previews.end()  # the preview that replaces the maps
        maps = chosen_maps(self, context.scene.easel.tiling, image)
        if not maps:
            raise Refusal(phrase("Tick the maps that you want."))
        work = TilingWork(maps=maps, settings=chosen_settings(self, context.scene.easel.tiling))
        return work, said("Maps: {image}", image=image.name), phrase("Making maps")

    def placement(self, context: bpy.types.Context, image: bpy.types.Image, request: LocalEdit) -> Placement:
        kind = PlacementKind.NEW_MAPS if are_shown(image, request.work.parts) else PlacementKind.MAPS
        return Placement(kind=kind, made_from=reference(image))


class EASEL_OT_make_material(MapParameters, MaterialParameters, LocalVerb, bpy.types.Operator):
    """Make a material from the texture and its maps, at its real size, for the selected objects.
    Missing maps are made first: free, on this computer"""

    bl_idname = "easel.make_material"
    bl_label = "Make Material"
    bl_options = set()

    maps: _maps_property()
    size: FloatProperty(
        name="Real Width",
        description="How wide the texture is in the world",
        subtype="DISTANCE",
        min=0.001,
        default=1.0,
        options=SKIP_SAVE,
    )

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        image = self.find_image(context)
        target = self._target(context, image)
        if self.plan(context, image)[0].parts:
            return super().act(context)
        text = material_sets.build(target, {})
        interface.push_undo(f"Easel: {said('Make Material')}")
        return text

    def plan(self: Any, context: bpy.types.Context, image: bpy.types.Image) -> tuple[TilingWork, str, str]:
        form = context.scene.easel.tiling
        is_seamless = chosen(self, form, "seamless") and not _tiles_already(image)
        known = {} if is_seamless else maps_in_use(image)
        wanted = chosen_maps(self, form, image)
        work = TilingWork(
            seamless=is_seamless,
            size=Size(choice(form, "size")),
            flatten=form.flatten_amount,
            is_mirrored=form.mirrored,
            maps=tuple(each for each in wanted if each.value not in known),
            settings=chosen_settings(self, form),
        )
        return work, said("Material: {image}", image=image.name), phrase("Making the material")

    def placement(self, context: bpy.types.Context, image: bpy.types.Image, request: LocalEdit) -> Placement:
        target = self._target(context, image)
        return Placement(kind=PlacementKind.MATERIAL_SET, target=target, made_from=reference(image))

    def _target(self: Any, context: bpy.types.Context, image: bpy.types.Image) -> MaterialSet:
        form = context.scene.easel.tiling
        settings = chosen_settings(self, form)
        wanted = {each.value for each in chosen_maps(self, form, image)}
        known = maps_in_use(image)
        return MaterialSet(
            objects=material_sets.plan_objects(context, chosen(self, form, "slots")),
            name=base_of(image.name),
            size=self.size if self.properties.is_property_set("size") else form.width,
            mapping=chosen(self, form, "mapping"),
            base=reference(image),
            maps=tuple((part, reference(one)) for part, one in known.items() if part in wanted),
            height_as=chosen(self, form, "height_as"),
            depth=settings.depth,
            hides_repetition=chosen(self, form, "hides_repetition"),
        )


class EASEL_OT_preview_maps(ImageVerb, bpy.types.Operator):
    """Show the maps small on the object while you move the sliders, and themselves again at the next click"""

    bl_idname = "easel.preview_maps"
    bl_label = "Preview"
    bl_options = {"INTERNAL"}

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        if previews.is_on():
            previews.end()
        else:
            image = self.find_image(context)
            previews.begin(image, one_picture(image, context.scene), context.scene.easel.tiling.settings())
        pump.show_now()
        return None


class EASEL_OT_export_maps(ImageVerb, WaitingVerb, bpy.types.Operator):
    """Write the texture and its maps to a folder, with names that other programs know. Overwrites nothing"""

    bl_idname = "easel.export_maps"
    bl_label = "Export Maps"
    bl_options = {"INTERNAL"}

    directory: StringProperty(
        name="Folder",
        description="Where to; the folder is made if it is missing",
        subtype="DIR_PATH",
        options=SKIP_SAVE,
    )
    filter_folder: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    packed: BoolProperty(
        name="ORM for glTF",
        description="One more file: red is occlusion, green roughness, blue metallic",
        options=SKIP_SAVE,
    )

    materialx: BoolProperty(
        name="MaterialX",
        description="One more file: a MaterialX material of the maps beside it",
        options=SKIP_SAVE,
    )

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            image = self.find_image(context)
        except Refusal as refusal:
            return self.refuse(refusal)
        self.session_uid = image.session_uid  # the File Browser is another editor
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        image = self.find_image(context)
        if not self.directory.strip():
            raise Refusal(phrase("Choose which folder to export to"))
        images = {BASE_COLOR: image, **maps_in_use(image)}
        parts: dict[str, Any] = {}
        try:
            for part, one in images.items():
                parts[part] = one_picture(one, context.scene)
            wanted = MapsWanted(
                folder=Path(settings.typed_path(self.directory)),
                name=file_stem(base_of(image.name)),
                parts=parts,
                is_packed=self.packed,
                has_materialx=self.materialx,
                is_directx=Map.NORMAL.value in images and is_directx(images[Map.NORMAL.value]),
            )
            chore = session.engine().workshop.export_maps(wanted, tells=not self.wait)
        except BaseException:
            release(parts.values())
            raise
        pump.wake()
        if not self.wait:
            return None
        self.pump_until(lambda: chore.is_over)
        if chore.outcome is None:
            raise Refusal(chore.refusal)
        return self.tell(chore.outcome.text, is_whole=chore.outcome.is_whole)


def chosen_maps(operator: Any, form: Any, image: bpy.types.Image) -> tuple[Map, ...]:
    """Return the given maps, or the ticked ones. A metal texture also gets the metallic map."""
    if operator.properties.is_property_set("maps"):
        names = operator.maps
    else:
        names = form.maps | ({Map.METALLIC.value} if is_of_metal(image) else set())
    return tuple(each for each in Map if each.value in names)


def chosen_settings(operator: Any, form: Any) -> MapSettings:
    """Return the given settings, or the form's."""
    return settings_of({name: chosen(operator, form, name) for name in OF_MAPS})


def _tiles_already(image: bpy.types.Image) -> bool:
    """Tell whether an image is known to tile: Easel has made it so, or has measured it."""
    if text_note(image, PART_KEY) == BASE_COLOR:
        return True
    seen = seams.seen_of(image)
    return seen is not None and seen.seams is not None and seen.seams.worst < VISIBLE


class EASEL_OT_measure_seams(ImageVerb, bpy.types.Operator):
    """Measure how visible the image's borders are where it is repeated"""

    bl_idname = "easel.measure_seams"
    bl_label = "Measure Seams"
    bl_options = {"INTERNAL"}

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        image = self.find_image(context)
        seams.measure(image, one_picture(image, context.scene))
        pump.show_now()
        return None


CLASSES = (
    EASEL_OT_make_seamless,
    EASEL_OT_tile_picture,
    EASEL_OT_make_maps,
    EASEL_OT_make_material,
    EASEL_OT_preview_maps,
    EASEL_OT_export_maps,
    EASEL_OT_measure_seams,
)
