# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's choices for textures that tile. The form holds them, so the .blend saves them."""

from collections.abc import Mapping
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..imaging.tiling.settings import HeightFrom, Map, MapSettings, Size

MOST_ROUNDS = 5
"""The most rounds of a repair by a model, per click."""
SIZE_ITEMS = (
    (
        Size.KEEP.value,
        "Keep Size",
        "The picture keeps its size; a patch from its own inside hides the border",
    ),
    (
        Size.CUT_OFF.value,
        "Cut Overlap",
        "The ends overlap, and the picture loses what they overlap by",
    ),
)
LIGHT_ITEMS = (
    (
        "AUTO",
        "As Measured",
        "Light that falls off over the whole picture is evened out where it clearly shows",
    ),
    ("NONE", "Leave", "Light and shade stay as they are"),
    ("AMOUNT", "By Amount", "Even out the light by a set amount"),
)
MAP_ITEMS = (
    (Map.NORMAL.value, "Normal", "Which way the surface faces, of tangent space", 1),
    (Map.ROUGHNESS.value, "Roughness", "White is dull, black is shiny", 2),
    (Map.HEIGHT.value, "Height", "White is high; 16 bits", 4),
    (Map.OCCLUSION.value, "AO", "Ambient occlusion: dark where little light comes in", 8),
    (Map.METALLIC.value, "Metallic", "White is metal: areas with the picture's usual colour", 16),
)
HEIGHT_FROM_ITEMS = (
    (
        HeightFrom.SHADING.value,
        "Light and Dark",
        "Estimated: light areas are high, without light that falls off slowly",
    ),
    (HeightFrom.RED.value, "Red", "The red channel, exactly as it is stored"),
    (HeightFrom.GREEN.value, "Green", "The green channel, exactly as it is stored"),
    (HeightFrom.BLUE.value, "Blue", "The blue channel, exactly as it is stored"),
    (HeightFrom.ALPHA.value, "Alpha", "The alpha channel, exactly as it is stored"),
)
FORMAT_ITEMS = (
    ("OPENGL", "OpenGL", "Green points up, as Blender, Unity and glTF have it"),
    ("DIRECTX", "DirectX", "Green points down, as Unreal Engine has it"),
)
MAPPING_ITEMS = (
    ("UV", "UVs", "By the object's UVs; where it has none, from its sides"),
    ("BOX", "Box", "Projected from the object's sides, whatever its UVs"),
)
HEIGHT_ITEMS = (
    ("BUMP", "Bump", "Shading only, where there is no normal map"),
    ("DISPLACEMENT", "Displacement", "Moves the surface itself where it has enough faces"),
)
SLOT_ITEMS = (
    ("ACTIVE", "Active Slot", "The object's active material slot; its former material stays in the file"),
    ("ALL", "All Slots", "All material slots of the object"),
    ("NEW", "New Slot", "A new slot; no face shows it until you assign it"),
)


OF_MAPS = (
    *("height_from", "depth", "coarsest", "fineness", "inverted", "normal_format"),
    *("roughness", "roughness_contrast", "occlusion", "metal_tolerance"),
)
"""The choices for maps."""
OF_SEAMLESS = "size", "light", "flatten", "mirrored"
OF_MATERIAL = "mapping", "height_as", "slots", "hides_repetition", "seamless"


def settings_of(values: Mapping[str, Any]) -> MapSettings:
    """Return the choices for maps, from values by the names `OF_MAPS`."""
    others = "height_from", "inverted", "normal_format"
    same = {name: value for name, value in values.items() if name not in others}
    return MapSettings(
        height_from=HeightFrom(values["height_from"] or HeightFrom.SHADING),
        is_inverted=values["inverted"],
        is_directx=values["normal_format"] == "DIRECTX",
        **same,
    )


def flatten_amount(light: str, flatten: float) -> float | None:
    """Return how much of the light to even out; None by measurement."""
    return {"NONE": 0.0, "AMOUNT": flatten}.get(light)


def _move(tiling: Any, _context: bpy.types.Context) -> None:
    """Update the preview when a slider moves."""
    from ..scene.session import previews, pump

    if previews.is_on():
        previews.want(tiling.settings())
        pump.wake()


class EASEL_PG_tiling(bpy.types.PropertyGroup):
    """How textures are made to tile."""

    size: EnumProperty(
        name="Size",
        description="What happens to the picture's size",
        items=SIZE_ITEMS,
        default=Size.KEEP.value,
    )
    light: EnumProperty(
        name="Light",
        description=(
            "What to do about light that falls off over the whole picture: it makes stripes when repeated"
        ),
        items=LIGHT_ITEMS,
    )
    flatten: FloatProperty(
        name="Flatten",
        description="How much of the light is evened out",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=0.8,
    )
    mirrored: BoolProperty(
        name="Mirror the Ends",
        description=(
            "Each end fades into its mirror image: there is never a step, but the axis may be visible"
        ),
    )

    rounds: IntProperty(
        name="Rounds",
        description="How many repairs to try at most. It stops when the seam is no longer visible",
        min=1,
        max=MOST_ROUNDS,
        default=1,
    )
    maps: EnumProperty(
        name="Maps",
        description="Which maps are estimated from the picture",
        items=MAP_ITEMS,
        options={"ENUM_FLAG"},
        default={Map.NORMAL.value, Map.ROUGHNESS.value, Map.HEIGHT.value},
    )
    height_from: EnumProperty(
        name="Height From",
        description="Which values of the picture are its heights",
        items=HEIGHT_FROM_ITEMS,
        update=_move,
    )
    depth: FloatProperty(
        name="Depth",
        description="From the lowest to the highest point, as a part of the picture's width",
        min=0.0,
        max=0.5,
        soft_max=0.1,
        default=MapSettings.depth,
        precision=3,
        step=0.1,
        update=_move,
    )
    coarsest: FloatProperty(
        name="Largest Shapes",
        description="Changes of brightness wider than this part of the picture count as light, not as height",
        min=0.005,
        max=1.0,
        default=MapSettings.coarsest,
        precision=3,
        update=_move,
    )
    fineness: FloatProperty(
        name="Fine Grain",
        description="How much of the finest grain is height",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=MapSettings.fineness,
        update=_move,
    )
    inverted: BoolProperty(name="Dark Is High", description="Dark areas are high, not low", update=_move)
    normal_format: EnumProperty(
        name="Normals", description="Which way green points in normal maps", items=FORMAT_ITEMS, update=_move
    )
    roughness: FloatProperty(
        name="Roughness",
        description="The average roughness",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=MapSettings.roughness,
        update=_move,
    )
    roughness_contrast: FloatProperty(
        name="Contrast",
        description="How much smoother light areas are, and how much rougher dark ones",
        min=-2.0,
        max=2.0,
        default=MapSettings.roughness_contrast,
        update=_move,
    )
    occlusion: FloatProperty(
        name="AO",
        description="How dark deep areas become",
        min=0.0,
        max=4.0,
        default=MapSettings.occlusion,
        update=_move,
    )
    metal_tolerance: FloatProperty(
        name="Metal",
        description="How much a colour may differ from the usual one and still be metal",
        min=0.01,
        max=1.0,
        default=MapSettings.metal_tolerance,
        update=_move,
    )
    width: FloatProperty(
        name="Real Width",
        description="How wide the texture is in the world: it repeats as often as that fits on the object",
        subtype="DISTANCE",
        min=0.001,
        soft_max=20.0,
        default=2.0,
    )
    mapping: EnumProperty(
        name="Mapping", description="How the texture lies on the object", items=MAPPING_ITEMS
    )
    height_as: EnumProperty(name="Height As", description="What the height map does", items=HEIGHT_ITEMS)
    slots: EnumProperty(name="Into", description="Which material slot gets the material", items=SLOT_ITEMS)
    seamless: BoolProperty(
        name="Make Seamless",
        description="Hide the picture's borders first, where they are seen",
        default=True,
    )
    hides_repetition: BoolProperty(
        name="Hide Repetition",
        description=(
            "Each patch of the surface shows a different part of the texture. Not for bricks and boards"
        ),
    )

    def settings(self) -> MapSettings:
        """The choices for the maps."""
        return settings_of({name: getattr(self, name) for name in OF_MAPS})

    @property
    def flatten_amount(self) -> float | None:
        """How much of the light to even out; None by measurement."""
        return flatten_amount(self.light, self.flatten)


CLASSES = (EASEL_PG_tiling,)
