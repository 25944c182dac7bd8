# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Tiling: how visible a texture's seam is, how it looks repeated, and what makes it tile."""

from typing import Any

import bpy

from ..client.models import MODELS
from ..properties.tiling import MAP_ITEMS
from ..scene.history import lineage
from ..scene.language import said, say
from ..scene.placement.material_sets import is_made_here
from ..scene.placement.texture_maps import is_of_metal, shown_maps
from ..scene.placement.variants import ATTRIBUTE as VARIANT
from ..scene.session import at_service, previews, seams, session, works
from ..scene.session.at_hand import texture_at_hand
from ..scene.windows import repeated_overlay
from ..scene.windows.repeats import repeats_of
from ..scene.windows.tab import TAB
from ..texts.phrases import joined, phrase
from ..texts.seam_words import SEEN, seam_percent, seam_text
from ..texts.wrapping import display_width
from .common import SidebarPanel, columns, draw_aside, draw_text, icon_if_fits, priced
from .fields import draw_field, split_column
from .form import too_dear_text

_TITLE_TAKEN = 46.0  # pixels at interface scale 1, of the arrow and the grip beside the title


class _Texture:
    """What the panel is in all editors."""

    bl_label = "Tiling"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return texture_at_hand(context) is not None

    def draw_header_preset(self: Any, context: bpy.types.Context) -> None:
        image = texture_at_hand(context)
        if image is None:
            return
        text = works.what_is_made_of(image) or _short_text(seams.seen_of(image))
        room = columns(context, taken=_TITLE_TAKEN) - display_width(said("Tiling"))
        if text and display_width(say(text)) <= room:
            draw_aside(self.layout, text)
            self.layout.separator(factor=0.5)

    def draw(self: Any, context: bpy.types.Context) -> None:
        session.note_drawn()
        image = texture_at_hand(context)
        if image is not None:
            draw_tiling(context, self.layout, image)


class EASEL_PT_tiling(_Texture, SidebarPanel, bpy.types.Panel):
    """The active object's texture, as a texture that repeats."""


class EASEL_PT_image_tiling(_Texture, bpy.types.Panel):
    """The open image, as a texture that repeats."""

    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = TAB


def draw_tiling(context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    """Draw what is known about an image's seams, and the actions for them."""
    layout.label(text=image.name, icon="TEXTURE", translate=False)
    obj = context.object
    if obj is not None and VARIANT in obj:
        layout.prop(obj, f'["{VARIANT}"]', text="Variant")
    _draw_seams(context, layout.column(align=True), image)
    _draw_repeats(context, layout, image)
    form = context.scene.easel.tiling
    _draw_seamless(context, layout, image, form)
    _draw_maps(context, layout, image, form)
    if context.area is not None and context.area.type == "VIEW_3D":
        _draw_material(context, layout, image, form)
    if doing := works.what_is_made_of(image):
        draw_text(context, layout, phrase("{doing}…", doing=doing), "SORTTIME")


def _draw_seamless(
    context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image, form: Any
) -> None:
    row = layout.row(align=True)
    _verb(row, image, "easel.make_seamless", "MOD_UVPROJECT")
    header, body = layout.panel("EASEL_tiling_seamless", default_closed=True)
    header.label(text="Seam and Light")
    if body is None:
        return
    column = split_column(body)
    draw_field(context, column, form, "size")
    draw_field(context, column, form, "light")
    if form.light == "AMOUNT":
        draw_field(context, column, form, "flatten")
    draw_field(context, column, form, "mirrored")
    _draw_repair(context, body, image)


def _draw_repair(context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    """Draw the button that spends, for seams that this computer can't hide."""
    form = context.scene.easel.tiling
    draw_field(context, split_column(layout), form, "rounds")
    _paid(
        context,
        layout,
        image,
        "easel.repair_seams",
        phrase("Repair by Model"),
        at_service.repair_problem(image),
        form.rounds,
    )


def _paid(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    image: bpy.types.Image,
    verb: str,
    label: str,
    problem: str,
    count: int = 1,
) -> Any:
    """Draw the button of a verb that lets the form's model make an image, `count` times at most.

    Returns the button's properties.
    """
    form, shown = context.scene.easel, context.window_manager.easel
    model = MODELS[form.model_id]
    price = count * model.price(count=1, resolution=getattr(form.options(model.id), "resolution", ""))
    reason = problem or too_dear_text(shown, price)
    row = layout.row(align=True)
    row.enabled = image.source != "TILED" and not works.what_is_made_of(image) and not reason
    text = priced(context, label, price)
    button = row.operator(verb, text=text, translate=False, icon=icon_if_fits(context, text, "BRUSH_DATA"))
    button.session_uid, button.grey = image.session_uid, reason
    if reason:
        draw_text(context, layout, reason, "INFO")
    return button


def _draw_maps(
    context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image, form: Any
) -> None:
    header, body = layout.panel("EASEL_tiling_maps", default_closed=True)
    header.label(text="Maps (Estimated)")
    if body is None:
        return
    grid = body.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    grid.prop(form, "maps")
    column = split_column(body)
    wanted = form.maps
    if "METALLIC" not in wanted and is_of_metal(image):
        wanted = wanted | {"METALLIC"}
        draw_text(context, body, phrase("Metallic too: its template says metal"), "INFO")
    if wanted & {"NORMAL", "HEIGHT", "OCCLUSION"}:
        of_shading = ("coarsest", "fineness") if form.height_from == "SHADING" else ()
        for name in ("height_from", "depth", *of_shading, "inverted"):
            draw_field(context, column, form, name)
    if "NORMAL" in wanted:
        draw_field(context, column, form, "normal_format")
    if "ROUGHNESS" in wanted:
        draw_field(context, column, form, "roughness")
        draw_field(context, column, form, "roughness_contrast")
    if "OCCLUSION" in wanted:
        draw_field(context, column, form, "occlusion")
    if "METALLIC" in wanted:
        draw_field(context, column, form, "metal_tolerance")
    obj = context.object
    if obj is not None and obj.active_material is not None:
        _draw_versions(body.column(align=True), obj.active_material)
    body.operator(
        "easel.preview_maps", icon="HIDE_OFF", depress=previews.is_on()
    ).session_uid = image.session_uid
    row = body.row(align=True)
    _verb(row, image, "easel.make_maps", "NODE_MATERIAL")
    row.operator("easel.export_maps", text="", icon="EXPORT").session_uid = image.session_uid
    column = body.column(align=True)
    for part, text in (
        ("HEIGHT", phrase("Height by Model")),
        ("ROUGHNESS", phrase("Roughness by Model")),
    ):
        button = _paid(
            context, column, image, "easel.map_by_model", text, at_service.map_problem(image, part)
        )
        button.part = part


def _draw_versions(layout: bpy.types.UILayout, material: bpy.types.Material) -> None:
    """Draw which version is shown for each map that has several, with buttons for the others."""
    for part, image in shown_maps(material).items():
        hidden = lineage.stands_in_for(image)
        shown = hidden or image
        family = lineage.family_of(shown)
        if len(family) < 2:
            continue
        row, index = layout.row(align=True), family.index(shown)
        name = said(next(label for value, label, *_ in MAP_ITEMS if value == part))
        text = phrase("{map}: {number} of {count}", map=name, number=len(family) - index, count=len(family))
        row.label(text=say(text), translate=False)
        for direction, step, icon in (("PREVIOUS", 1, "TRIA_LEFT"), ("NEXT", -1, "TRIA_RIGHT")):
            arrow = row.row(align=True)
            arrow.enabled = 0 <= index + step < len(family)
            button = arrow.operator("easel.step_version", text="", icon=icon)
            button.session_uid, button.direction = image.session_uid, direction
        compare = row.operator(
            "easel.compare_versions", text="", icon="ARROW_LEFTRIGHT", depress=hidden is not None
        )
        compare.session_uid = image.session_uid
        revert = row.row(align=True)
        revert.enabled = lineage.original_of(shown) is not None
        revert.operator("easel.revert_to_original", text="", icon="LOOP_BACK").session_uid = image.session_uid


def _draw_material(
    context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image, form: Any
) -> None:
    column = split_column(layout)
    draw_field(context, column, form, "width")
    header, body = layout.panel("EASEL_tiling_material", default_closed=True)
    header.label(text="Material")
    if body is not None:
        more = split_column(body)
        for name in ("seamless", "mapping", "height_as", "slots", "hides_repetition"):
            draw_field(context, more, form, name)
    row = layout.row(align=True)
    row.scale_y = 1.3
    _verb(row, image, "easel.make_material", "MATERIAL")
    material = context.object.active_material if context.object is not None else None
    if material is not None and is_made_here(material):
        row.operator("easel.mark_asset", text="", icon="ASSET_MANAGER").material = material.name


def _draw_seams(context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    seen = seams.seen_of(image)
    if image.source == "TILED":
        draw_text(context, layout, phrase("An image with UDIM tiles does not repeat"), "INFO")
    elif seen is None:
        layout.operator("easel.measure_seams", icon="DRIVER_DISTANCE").session_uid = image.session_uid
    elif seen.problem:
        draw_text(context, layout, seen.problem, "INFO")
    elif seen.seams is None:
        draw_text(context, layout, phrase("Measuring the seam…"), "SORTTIME")
    else:
        across, down = seen.seams.across.visibility, seen.seams.down.visibility
        for text, visibility in (
            (phrase("Seam across: {seam}", seam=seam_text(across)), across),
            (phrase("Seam down: {seam}", seam=seam_text(down)), down),
        ):
            draw_text(context, layout, text, "ERROR" if seam_percent(visibility) >= SEEN else "CHECKMARK")
        draw_text(context, layout, _period_text(seen.seams), "BLANK1")
        _draw_blot(context, layout, seen.blot)


def _draw_blot(context: bpy.types.Context, layout: bpy.types.UILayout, blot: Any) -> None:
    """Say how much one place stands out when the picture repeats, and where it is."""
    is_seen = seam_percent(blot.visibility) >= SEEN
    text = phrase("Stands out: {seam}", seam=seam_text(blot.visibility))
    draw_text(context, layout, text, "ERROR" if is_seen else "CHECKMARK")
    if is_seen:
        draw_text(
            context,
            layout,
            phrase("at {across:.0%} from the left, {up:.0%} up", across=blot.across, up=blot.up),
            "BLANK1",
        )


def _period_text(found: Any) -> str:
    """Say after how many pixels the picture repeats within itself, if it does."""
    across, down = found.across.period, found.down.period
    told = []
    if across is not None:
        told.append(phrase("across every {pixels} px", pixels=round(across.length)))
    if down is not None:
        told.append(phrase("down every {pixels} px", pixels=round(down.length)))
    return phrase("Its pattern repeats {where}", where=joined(*told, by=", ")) if told else ""


def _draw_repeats(context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    split = layout.split(factor=0.36)
    split.label(text="Repeat")
    row = split.row(align=True)
    is_editor = context.area is not None and context.area.type == "IMAGE_EDITOR"
    is_alone = is_editor and not repeats_of(context.space_data)
    for count, text in ((1, "1"), (2, "2×2"), (3, "3×3")):
        button = row.operator(
            "easel.show_repeated",
            text=text,
            translate=False,
            depress=count == 1 and is_alone,
        )
        button.session_uid, button.count = image.session_uid, count
    if context.area is not None and context.area.type == "VIEW_3D" and context.object is not None:
        _draw_repeats_on_object(context, layout, image)


def _draw_repeats_on_object(
    context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image
) -> None:
    shown = repeated_overlay.count_on(context.object, image)
    split = layout.split(factor=0.36)
    split.label(text="On the Object")
    row = split.row(align=True)
    for count, text in ((1, "1"), (2, "2×2"), (3, "3×3")):
        button = row.operator("easel.repeat_on_object", text=text, translate=False, depress=count == shown)
        button.session_uid, button.count = image.session_uid, count
    if shown:
        row = split_column(layout).row(align=True)
        row.prop(context.window_manager.easel, "repeat_offset", index=0, text="Offset")
        row.prop(context.window_manager.easel, "repeat_offset", index=1, text="")


def _verb(row: bpy.types.UILayout, image: bpy.types.Image, verb: str, icon: str) -> None:
    """Draw the button of a verb, grey while something is made of the image."""
    row.enabled = not works.what_is_made_of(image) and image.source != "TILED"
    row.operator(verb, icon=icon).session_uid = image.session_uid


def _short_text(seen: Any) -> str:
    if seen is None or seen.seams is None:
        return ""
    return seam_text(seen.seams.worst)


CLASSES = (EASEL_PT_tiling, EASEL_PT_image_tiling)
