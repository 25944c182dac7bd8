# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences. Rare ones are folded."""

import os
from typing import Any

import bpy

from .. import keymaps
from ..client.key import VARIABLE
from ..client.server import ProxyMode
from ..scene import settings
from ..scene.language import said, say
from ..texts.phrases import phrase
from ..texts.wording import credits_text, duration_text
from .common import draw_remedy, draw_text

_LABELS = 0.4  # of the width: as wide as Blender makes the labels of properties
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def draw_preferences(context: bpy.types.Context, layout: bpy.types.UILayout, preferences: Any) -> None:
    """Draw the preferences."""
    mirror = context.window_manager.easel
    layout.use_property_split = True
    layout.use_property_decorate = False
    if mirror.trouble:
        draw_text(context, layout, mirror.trouble, "ERROR")
    if problem := settings.read().policy.problem:
        draw_text(context, layout, problem, "ERROR")
    layout.operator("easel.show_tab", icon="WINDOW")
    _draw_key(context, layout.box(), mirror)
    _draw_service(layout.box(), preferences)
    _draw_results(layout.box(), preferences, mirror)
    _draw_simulator(layout.box(), preferences, mirror)
    for name, label, draw in (
        ("EASEL_uploads", phrase("Uploads"), _draw_uploads),
        ("EASEL_network", phrase("Network"), _draw_network),
        ("EASEL_shortcuts", phrase("Shortcuts"), _draw_shortcuts),
        ("EASEL_diagnostics", phrase("Diagnostics"), _draw_diagnostics),
    ):
        header, body = layout.panel(name, default_closed=True)
        header.label(text=say(label))
        if body is not None:
            draw(body, context, preferences)


def _draw_key(context: bpy.types.Context, layout: bpy.types.UILayout, mirror: Any) -> None:
    split = layout.split(factor=_LABELS)
    split.label(text="API Key", icon="KEYINGSET")
    split.label(text=mirror.key_text or "None")
    if mirror.is_simulator:
        layout.label(text="The simulator in use needs no key")
    elif mirror.wallet_message:
        draw_text(context, layout, mirror.wallet_message, "ERROR")
        draw_remedy(layout, mirror.wallet_remedy)
    elif mirror.has_balance:
        layout.label(text=said("It works: {credits}", credits=credits_text(mirror.balance)), icon="CHECKMARK")
    row = layout.row(align=True)
    row.operator("easel.paste_key", icon="PASTEDOWN")
    row.operator("easel.refresh_balance", text="Test Key", icon="CHECKMARK")
    row.operator("easel.forget_key", icon="TRASH")
    if not os.environ.get(VARIABLE, "").strip():
        layout.prop(mirror, "typed_key")


def _draw_service(layout: bpy.types.UILayout, preferences: Any) -> None:
    layout.label(text="Service", icon="INTERNET")
    _draw_overridable(layout, preferences, "server_url")
    _draw_overridable(layout, preferences, "rate_limit")
    layout.prop(preferences, "confirm_above", text="Confirm Above (Credits)")
    for name in ("limit_click", "limit_day", "limit_month", "limit_project"):
        _draw_overridable(layout, preferences, name)
    layout.label(text="Limits in credits: 0 means no limit", icon="INFO")


def _draw_results(layout: bpy.types.UILayout, preferences: Any, mirror: Any) -> None:
    layout.label(text="Results", icon="IMAGE_DATA")
    _draw_overridable(layout, preferences, "library", said("In Blender's user files"))
    split = layout.split(factor=_LABELS)
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text=say(mirror.library_text or phrase("Adding up…")))
    split.operator("easel.open_library", text="Reveal", icon="FILE_FOLDER")
    column = layout.column(align=True)
    column.prop(preferences, "originals_days", text="Keep Originals (Days)")
    column.prop(preferences, "originals_size", text="At Most (GB)")
    layout.prop(preferences, "default_placement")
    layout.prop(preferences, "file_policy")
    layout.prop(preferences, "tells_others")


def _draw_simulator(layout: bpy.types.UILayout, preferences: Any, mirror: Any) -> None:
    layout.label(text="Simulator", icon="EXPERIMENTAL")
    split = layout.split(factor=_LABELS)
    label = split.row()
    label.alignment = "RIGHT"
    if mirror.is_simulator:
        label.label(text="In use: costs nothing")
        split.operator("easel.stop_simulator", icon="X")
    else:
        label.label(text="The service on this computer")
        split.operator("easel.start_simulator", icon="PLAY")
    layout.prop(preferences, "simulator_speed")


def _draw_uploads(layout: bpy.types.UILayout, _context: bpy.types.Context, preferences: Any) -> None:
    layout.label(text="Pictures are sent without comments, locations and other metadata", icon="INFO")
    layout.prop(preferences, "max_upload_side")
    layout.prop(preferences, "max_upload_size", text="Largest File (MB)")
    layout.prop(preferences, "lossless_uploads")


def _draw_network(layout: bpy.types.UILayout, _context: bpy.types.Context, preferences: Any) -> None:
    layout.prop(preferences, "proxy_mode")
    if preferences.proxy_mode == ProxyMode.CUSTOM:
        layout.prop(preferences, "proxy", placeholder="http://proxy.example:3128")
    layout.prop(preferences, "ca_bundle")
    set_by = next((name for name in CA_VARIABLES if os.environ.get(name)), "")
    if set_by and not preferences.ca_bundle:
        layout.label(text=said("Set by {variable}: {value}", variable=set_by, value=os.environ[set_by]))
    seconds = settings.blender_timeout_s()
    if seconds:
        text = phrase(
            "Connection Timeout: {duration}, from Blender's System preferences",
            duration=duration_text(seconds),
        )
    else:
        text = phrase(
            "Connection Timeout: {duration}", duration=duration_text(settings.DEFAULT_CONNECT_TIMEOUT_S)
        )
    layout.label(text=say(text))
    layout.prop(preferences, "answer_timeout")
    layout.prop(preferences, "upload_timeout")


def _draw_shortcuts(layout: bpy.types.UILayout, context: bpy.types.Context, _preferences: Any) -> None:
    layout.use_property_split = False
    for keymap, item in keymaps.user_items(context.window_manager):
        row = layout.row(align=True)
        row.prop(item, "active", text="")
        number = f" {item.properties.picture}" if item.idname == keymaps.PICTURE_OPERATOR else ""
        row.label(text=item.name + number, translate=False)
        row.prop(item, "type", text="", full_event=True)
        if item.is_user_modified:
            row.context_pointer_set("keymap", keymap)
            row.operator("preferences.keyitem_restore", text="", icon="BACK").item_id = item.id


def _draw_diagnostics(layout: bpy.types.UILayout, _context: bpy.types.Context, preferences: Any) -> None:
    layout.prop(preferences, "log_level")
    layout.operator("easel.copy_diagnostics", icon="COPYDOWN")


def _draw_overridable(layout: bpy.types.UILayout, preferences: Any, name: str, placeholder: str = "") -> None:
    """Draw a preference. If another source wins, say so and don't let it be edited."""
    if value := settings.set_by_studio(name):
        label = phrase(preferences.bl_rna.properties[name].name)
        layout.label(text=said("{label}: {value} (set by your studio)", label=label, value=value))
    elif value := settings.from_environment(name):
        label = phrase(preferences.bl_rna.properties[name].name)
        layout.label(
            text=said(
                "{label}: {value} (set by {variable})",
                label=label,
                value=value,
                variable=settings.ENVIRONMENT[name],
            )
        )
    else:
        layout.prop(preferences, name, placeholder=placeholder)
