# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences. The API key is none of them: preferences are stored world-readable."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .client.server import DEFAULT_URL
from .scene import settings
from .wording import credits_text


class EASEL_AP_preferences(bpy.types.AddonPreferences):
    """What the artist sets once."""

    bl_idname = settings.PACKAGE

    server_url: StringProperty(
        name="Server", description="Base URL of the image service", default=DEFAULT_URL
    )
    library: StringProperty(
        name="Library",
        description="Folder of all results and of the list of jobs. Empty: in Blender's user files",
        subtype="DIR_PATH",
    )
    rate_limit: IntProperty(
        name="Requests per Minute",
        description="How many requests the account may send in a minute. The service may tell it by itself",
        default=3,
        min=1,
        max=600,
    )
    file_policy: EnumProperty(
        name="Images of a Saved File",
        description="Where images live once the .blend is saved. In an unsaved one they are always packed",
        items=(
            ("BESIDE", "Beside the File", "Copy them to a “textures” folder beside the .blend"),
            ("PACKED", "Packed", "Pack them into the .blend"),
        ),
    )
    confirm_above: IntProperty(
        name="Confirm Above",
        description="Ask before a request that costs more credits than this",
        default=100,
        min=0,
        soft_max=1000,
    )
    use_simulator: BoolProperty(
        name="Use the Simulator",
        description="Talk to the service simulated on this computer: no key, no credits, no network",
    )
    simulator_speed: FloatProperty(
        name="Simulator Speed",
        description="How many times faster than the real models the simulator is",
        default=4.0,
        min=0.1,
        max=100.0,
    )
    proxy: StringProperty(
        name="Proxy", description="Address of the proxy. Empty: the system's own", default=""
    )
    ca_bundle: StringProperty(
        name="Certificates",
        description="File of certificates to trust (PEM), for studio networks. Empty: the usual ones",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        draw_all(self.layout, self, context.window_manager.easel)


def draw_all(
    layout: bpy.types.UILayout, preferences: EASEL_AP_preferences, mirror: bpy.types.PropertyGroup
) -> None:
    """Draw the preferences."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    _draw_key(layout, mirror)
    _draw_service(layout, preferences)
    _draw_results(layout, preferences)


def _draw_key(layout: bpy.types.UILayout, mirror: bpy.types.PropertyGroup) -> None:
    box = layout.box()
    row = box.row()
    row.label(text="API Key", icon="KEYINGSET")
    row.label(text=mirror.key_text or "None")
    if mirror.wallet_message:
        box.label(text=mirror.wallet_message, icon="ERROR")
    elif mirror.has_balance:
        box.label(text=f"It works: {credits_text(mirror.balance)}", icon="CHECKMARK")
    row = box.row(align=True)
    row.operator("easel.paste_key", icon="PASTEDOWN")
    row.operator("easel.test_key", icon="CHECKMARK")
    row.operator("easel.forget_key", icon="TRASH")
    box.prop(mirror, "typed_key")


def _draw_service(layout: bpy.types.UILayout, preferences: EASEL_AP_preferences) -> None:
    box = layout.box()
    box.label(text="Service", icon="INTERNET")
    _draw_overridable(box, preferences, "server_url")
    _draw_overridable(box, preferences, "rate_limit")
    box.prop(preferences, "proxy")
    box.prop(preferences, "ca_bundle")
    box.prop(preferences, "confirm_above")
    box.prop(preferences, "use_simulator")
    row = box.row()
    row.active = preferences.use_simulator
    row.prop(preferences, "simulator_speed")


def _draw_results(layout: bpy.types.UILayout, preferences: EASEL_AP_preferences) -> None:
    box = layout.box()
    box.label(text="Results", icon="IMAGE_DATA")
    _draw_overridable(box, preferences, "library")
    box.operator("easel.open_library", icon="FILE_FOLDER")
    box.prop(preferences, "file_policy")


def _draw_overridable(layout: bpy.types.UILayout, preferences: EASEL_AP_preferences, name: str) -> None:
    """Draw a preference; where the environment wins, say so instead of letting it be edited in vain."""
    value = settings.from_environment(name)
    if not value:
        layout.prop(preferences, name)
        return
    row = layout.row()
    row.label(
        text=f"{preferences.bl_rna.properties[name].name}: {value} (set by {settings.ENVIRONMENT[name]})"
    )


CLASSES = (EASEL_AP_preferences,)
