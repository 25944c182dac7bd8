# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of the tab: balance, simulator, or what is missing with the button for it."""

import time
from typing import Any

import bpy

from ..client.errors import Remedy
from ..scene.language import say
from ..texts.clock import EPOCH
from ..texts.phrases import joined, phrase
from ..texts.wording import age_text, credits_text
from ..texts.wrapping import display_width
from .common import HOMEPAGE, columns, draw_advice, draw_remedy, draw_text
from .spend import draw_today

_BUTTONS = 100.0  # pixels at interface scale 1, beside the balance, where labels have no margin
_ICON = 3  # characters, as wide as the icon before the balance


def draw_account(context: bpy.types.Context, layout: bpy.types.UILayout, mirror: Any) -> None:
    """Draw the balance, or what is missing before there can be one."""
    match mirror.obstacle:
        case "ONLINE_ACCESS":
            _draw_online_access(context, layout)
        case "KEY":
            _draw_key(context, layout, mirror)
        case _:
            _draw_balance(context, layout, mirror)
    if mirror.trouble:
        draw_text(context, layout.box(), mirror.trouble, "ERROR")


def stands_before_form(mirror: Any) -> bool:
    """Say whether something is missing that the form needs. That is then drawn instead of the form."""
    return mirror.obstacle in ("ONLINE_ACCESS", "KEY")


def _draw_balance(context: bpy.types.Context, layout: bpy.types.UILayout, mirror: Any) -> None:
    row = layout.row(align=True)
    text = say(_balance_text(mirror, columns(context, taken=_BUTTONS)))
    row.label(text=text, icon="EXPERIMENTAL" if mirror.is_simulator else "NONE")
    draw_today(row)
    row.operator("easel.refresh_balance", text="", icon="FILE_REFRESH", emboss=False)
    if mirror.is_simulator:
        row.operator("easel.stop_simulator", text="", icon="X", emboss=False)
    else:
        row.operator("easel.show_preferences", text="", icon="PREFERENCES", emboss=False)
    if mirror.wallet_message:
        _draw_wallet_trouble(context, layout, mirror)


def _draw_wallet_trouble(context: bpy.types.Context, layout: bpy.types.UILayout, mirror: Any) -> None:
    box = layout.box()
    draw_text(context, box, mirror.wallet_message, "ERROR")
    if mirror.wallet_remedy == Remedy.SET_KEY.name:  # the buttons say what to do
        column = box.column(align=True)
        column.operator("easel.paste_key", text="Paste Key from Clipboard", icon="PASTEDOWN")
        draw_remedy(column, mirror.wallet_remedy)
    else:
        draw_advice(context, box, mirror.wallet_remedy)


def _balance_text(mirror: Any, room: int) -> str:
    if not mirror.has_balance:
        if mirror.is_simulator:
            return phrase("Simulator")
        text = phrase("Balance not known yet")
        return text if display_width(say(text)) <= room else phrase("{number} credits", number="?")
    balance = credits_text(mirror.balance)
    if mirror.is_simulator:
        text = phrase("Simulator · {balance}", balance=balance)
        return text if display_width(say(text)) <= room - _ICON else phrase("Simulator")
    with_age = joined(balance, age_text(time.time() - EPOCH - mirror.balance_read), by=" · ")
    return with_age if display_width(say(with_age)) <= room else balance


def _draw_online_access(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    box = layout.box()
    draw_text(
        context,
        box,
        phrase("Blender's online access is off, so no image service can be reached."),
        "INTERNET_OFFLINE",
    )
    column = box.column(align=True)
    column.operator("easel.allow_online", icon="INTERNET")
    column.operator("easel.start_simulator", icon="EXPERIMENTAL")
    if bpy.app.online_access_override:
        draw_text(context, box, phrase("Blender was started with --offline-mode"))


def _draw_key(context: bpy.types.Context, layout: bpy.types.UILayout, mirror: Any) -> None:
    box = layout.box()
    draw_text(
        context,
        box,
        phrase("Easel makes images with 3D AI Studio and needs your API key."),
        "KEYINGSET",
    )
    column = box.column(align=True)
    column.operator("easel.paste_key", text="Paste Key from Clipboard", icon="PASTEDOWN")
    column.prop(mirror, "typed_key", text="", placeholder="or type it here")
    column.operator("wm.url_open", text="Get a Key", icon="URL").url = HOMEPAGE
    box.operator("easel.start_simulator", icon="EXPERIMENTAL")
