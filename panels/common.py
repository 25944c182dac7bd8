# SPDX-License-Identifier: GPL-3.0-or-later
"""What all panels share: their place, wrapped text, and buttons for next steps."""

from collections.abc import Sequence
from typing import Any

import bpy

from ..client.errors import Remedy
from ..scene.language import say
from ..scene.session import chores
from ..scene.windows.tab import TAB
from ..texts.phrases import joined
from ..texts.wording import button_text
from ..texts.wrapping import display_width, wrap

COMPARE_ICON = "SPLIT_VERTICAL"
HOMEPAGE = "https://www.3daistudio.com"
_CHARACTER_WIDTH = 6.4  # pixels at interface scale 1, a little more than the average of Blender's font
_MARGIN = 48  # pixels at interface scale 1: panel borders, box, scroll bar
ARROW = 22.0  # pixels of a menu of an arrow alone
_BOX = 12.0  # pixels of that margin which is free outside a box
_BUTTON_EDGES = 1.6  # columns that a button takes besides its text
_BUTTON_ICON = 3.4  # columns that its icon takes


class SidebarPanel:
    """A panel in the tab of the 3D View's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB


def columns(
    context: bpy.types.Context,
    *,
    taken: float = 0.0,
    character_width: float = _CHARACTER_WIDTH,
    width: float = 0.0,
) -> int:
    """How many characters fit into a line of the region. Pixels are at interface scale 1.

    Args:
        taken: pixels that something else needs.
        width: of a popup, in pixels; its region has another width.
    """
    width = width or context.region.width / context.preferences.system.ui_scale
    return max(12, int((width - _MARGIN - taken) / character_width))


def fits_button(
    context: bpy.types.Context,
    text: str,
    *,
    has_icon: bool = False,
    count: float = 1,
    has_arrow: bool = False,
) -> bool:
    """Say whether a text fits on a button. `count`: how many buttons share the row.

    Args:
        has_arrow: a menu of an arrow alone stands beside it.
    """
    room = columns(context, taken=(ARROW if has_arrow else 0.0) - _BOX) / count
    return display_width(text) + _BUTTON_EDGES + (_BUTTON_ICON if has_icon else 0.0) <= room


def fits_row(context: bpy.types.Context, texts: Sequence[str], *, has_icons: bool = False) -> bool:
    """Say whether buttons beside each other fit, together with a menu that is only an arrow."""
    edges = _BUTTON_EDGES + (_BUTTON_ICON if has_icons else 0.0)
    needed = sum(display_width(text) + edges for text in texts) + _BUTTON_EDGES + _BUTTON_ICON
    return needed <= columns(context, taken=-_BOX)


def shares(layout: bpy.types.UILayout, texts: Sequence[str]) -> list[bpy.types.UILayout]:
    """Split a row among buttons by the length of their texts: Blender would give all the same width."""
    widths = [display_width(text) + _BUTTON_EDGES for text in texts]
    parts: list[bpy.types.UILayout] = []
    for index, width in enumerate(widths[:-1]):
        split = layout.split(factor=width / sum(widths[index:]), align=True)
        parts.append(split.row(align=True))
        layout = split.row(align=True)
    return [*parts, layout]


def draw_text(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    text: str,
    icon: str = "NONE",
    *,
    width: float = 0.0,
) -> None:
    """Draw a text over as many lines as it needs, with an icon at the first. `width`: as for `columns`."""
    column = layout.column(align=True)
    column.scale_y = 0.85
    taken = 0.0 if icon == "NONE" else 20.0
    for number, line in enumerate(wrap(say(text), columns(context, taken=taken, width=width))):
        if icon == "NONE":
            column.label(text=line, translate=False)
        else:
            column.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)


def fact_lines(facts: Sequence[str], room: int) -> list[str]:
    """Put facts side by side, with a dot between them, as far as they fit into lines of `room` columns.

    A fact that is longer than a line stays whole.
    """
    lines: list[str] = []
    for fact in filter(None, facts):
        longer = joined(lines[-1], fact, by=" · ") if lines else fact
        if lines and display_width(say(longer)) <= room:
            lines[-1] = longer
        else:
            lines.append(fact)
    return lines


def draw_aside(
    layout: bpy.types.UILayout, text: str, alignment: str = "RIGHT", *, is_chosen: bool = False
) -> None:
    """Draw a secondary text: grey, except in the chosen row of a list, where grey can't be read."""
    aside = layout.row()
    aside.alignment = alignment
    aside.active = is_chosen
    aside.label(text=say(text), translate=False)


def is_chosen_row(active_data: Any, active_property: str, index: int) -> bool:
    """Say whether a list's row is the chosen one."""
    return getattr(active_data, active_property) == index


def priced(context: bpy.types.Context, verb: str, price: int) -> str:
    """Label a button that spends. With the simulator the label says that it doesn't."""
    return say(button_text(verb, price, is_simulated=context.window_manager.easel.is_simulator))


def icon_if_fits(context: bpy.types.Context, text: str, icon: str, *, has_arrow: bool = False) -> Any:
    """Return the icon of a button that has a row alone; none where it would cut the price off.

    Args:
        has_arrow: as for `fits_button`.
    """
    return icon if fits_button(context, text, has_icon=True, has_arrow=has_arrow) else "NONE"


def draw_chores(layout: bpy.types.UILayout) -> None:
    """Draw the progress of a long task, with a button that stops it."""
    for index, work in enumerate(chores.under_way()):
        done, total = work.at
        row = layout.row(align=True)
        text = f"{say(work.title)}  {done:,} / {total:,}" if total else say(work.title)
        row.progress(text=text, factor=min(done / total, 1.0) if total else 0.0)
        row.operator("easel.stop_chore", text="", icon="X").index = index


def draw_advice(context: bpy.types.Context, layout: bpy.types.UILayout, remedy: str) -> None:
    """Say what to do next, with the button for it, if there is one."""
    if remedy and remedy != Remedy.NONE.name:
        draw_text(context, layout, Remedy[remedy].value)
        draw_remedy(layout, remedy)


def draw_remedy(layout: bpy.types.UILayout, remedy: str) -> None:
    """Draw the button that goes with a remedy, if there is one."""
    match remedy:
        case Remedy.ALLOW_ONLINE.name:
            layout.operator("easel.allow_online", icon="INTERNET")
        case Remedy.SET_KEY.name | Remedy.CHECK_SERVER.name | Remedy.FREE_SPACE.name:
            layout.operator("easel.show_preferences", icon="PREFERENCES")
        case Remedy.TOP_UP.name:
            layout.operator("wm.url_open", text="Top Up Credits", icon="URL").url = HOMEPAGE
        case _:
            pass
