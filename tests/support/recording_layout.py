# SPDX-License-Identifier: GPL-3.0-or-later
"""A `UILayout` that records all drawn items, and rejects what Blender's own would reject.

Panels are drawn on it without a window:

    layout = draw(EASEL_PT_generate)
    assert layout.texts("operator") == [...]
"""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import bpy

SIDEBAR = 1
"""The address of the sidebar that panels are drawn in."""
ICONS = frozenset(bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items.keys())


@dataclass
class Item:
    """A drawn item."""

    kind: str
    text: str = ""
    name: str = ""  # the operator, or the property
    icon: str = "NONE"
    enabled: bool = True
    options: SimpleNamespace = field(default_factory=SimpleNamespace)


class _Collection(list[SimpleNamespace]):
    """A collection of an operator's properties."""

    def add(self) -> SimpleNamespace:
        self.append(SimpleNamespace())
        return self[-1]


class RecordingLayout:
    """Draws into a list; sub-layouts share it."""

    def __init__(self, items: list[Item] | None = None, *, open_panels: bool = True) -> None:
        self.items: list[Item] = [] if items is None else items
        self.open_panels = open_panels
        self.enabled = True
        self.active = True

    # Containers

    def row(self, **_settings: object) -> "RecordingLayout":
        child = RecordingLayout(self.items, open_panels=self.open_panels)
        child.enabled = self.enabled
        return child

    column = box = split = grid_flow = row

    def panel(self, _idname: str, *, default_closed: bool = False) -> tuple[Any, Any]:
        body = self.row() if self.open_panels or not default_closed else None
        return self.row(), body

    # Items

    def label(self, text: str = "", icon: str = "NONE", **_: Any) -> None:
        self._add(Item("label", text=text, icon=icon))

    def prop(self, data: Any, property: str, text: str | None = None, **settings: Any) -> None:  # noqa: A002
        known = data.bl_rna.properties[property]
        self._add(Item("prop", text=known.name if text is None else text, name=property), settings)

    def textbox(self, data: Any, property: str, **settings: Any) -> None:  # noqa: A002
        self.prop(data, property, **settings)

    def operator(
        self, operator: str, text: str | None = None, icon: str = "NONE", **_: Any
    ) -> SimpleNamespace:
        group, name = operator.split(".")
        rna = getattr(getattr(bpy.ops, group), name).get_rna_type()
        item = Item("operator", text=rna.name if text is None else text, name=operator, icon=icon)
        for each in rna.properties:
            if each.type == "COLLECTION":
                setattr(item.options, each.identifier, _Collection())
        self._add(item)
        return item.options

    def operator_menu_enum(self, operator: str, property: str, icon: str = "NONE") -> None:  # noqa: A002
        """Record a menu with the choices of an operator's property."""
        group, name = operator.split(".")
        assert property in getattr(getattr(bpy.ops, group), name).get_rna_type().properties
        self.operator(operator, icon=icon)

    def progress(self, text: str = "", factor: float = 0.0, **_: Any) -> None:
        assert 0 <= factor <= 1
        self._add(Item("progress", text=text))

    def template_list(self, listtype_name: str, *_rest: Any, **_: Any) -> None:
        assert hasattr(bpy.types, listtype_name)
        self._add(Item("list", name=listtype_name))

    def menu(self, menu: str, text: str | None = None, icon: str = "NONE", **_: Any) -> None:
        known = getattr(bpy.types, menu)
        self._add(Item("menu", text=known.bl_label if text is None else text, name=menu, icon=icon))

    def template_icon(self, **_: Any) -> None:
        self._add(Item("icon"))

    def separator(self, **_: Any) -> None:
        """Record nothing."""

    def popover(self, panel: str, text: str | None = None, icon: str = "NONE", **_: Any) -> None:
        known = getattr(bpy.types, panel)
        self._add(Item("popover", text=known.bl_label if text is None else text, name=panel, icon=icon))

    def icon(self, _data: Any) -> int:
        """Return no icon, as without a window."""
        return 0

    # Asking

    def texts(self, *kinds: str) -> list[str]:
        """Return texts of drawn items of these kinds."""
        return [item.text for item in self.items if item.kind in kinds]

    def names(self, kind: str) -> list[str]:
        """Return names of drawn operators or properties."""
        return [item.name for item in self.items if item.kind == kind]

    def find(self, name: str) -> Item:
        """Return the first item of this operator or property."""
        return next(item for item in self.items if item.name == name)

    def _add(self, item: Item, settings: dict[str, Any] | None = None) -> None:
        item.icon = (settings or {}).get("icon", item.icon)
        assert item.icon in ICONS, f"no icon {item.icon}"
        item.enabled = self.enabled
        self.items.append(item)


def draw(panel: Any, *, width: int = 260, open_panels: bool = True, **members: Any) -> RecordingLayout:
    """Draw a panel as in a sidebar of this width in pixels; `members` are added to the context."""
    layout = RecordingLayout(open_panels=open_panels)
    context = SimpleNamespace(
        scene=bpy.context.scene,
        object=bpy.context.object,
        collection=bpy.context.collection,
        window_manager=bpy.context.window_manager,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),  # 0 without a window
        region=SimpleNamespace(width=width, as_pointer=lambda: SIDEBAR),
        **{"area": None, **members},
    )
    panel.draw(SimpleNamespace(layout=layout), context)
    return layout
