# SPDX-License-Identifier: GPL-3.0-or-later
"""The modal operators that draw masks, called as Blender calls them, because events need a window."""

from types import SimpleNamespace

import bpy
import pytest

from easel.client.edit_mask import MaskKind
from easel.operators.masks import EASEL_OT_add_marker as Add, EASEL_OT_draw_mask as Draw
from easel.scene.masks import mask_overlay
from easel.scene.masks.masks import unpacked_points

WIDTH = 100  # pixels of the region, which shows the whole picture


class Session:
    """One run of an operator in an Image Editor."""

    def __init__(self, operator: type, **settings: object) -> None:
        self.image = bpy.data.images.new("Wall", 8, 8)
        window = bpy.context.window_manager.windows[0]
        area = window.screen.areas[0]
        area.type = "IMAGE_EDITOR"
        space = area.spaces.active
        space.image = self.image
        self.told: list[str | None] = []
        region = SimpleNamespace(
            type="WINDOW",
            x=10,
            y=20,
            width=WIDTH,
            height=WIDTH,
            view2d=SimpleNamespace(region_to_view=lambda x, y: (x / WIDTH, y / WIDTH)),
        )
        sidebar = SimpleNamespace(type="UI", x=90, y=20, width=20, height=WIDTH)
        self.context = SimpleNamespace(
            scene=bpy.context.scene,
            space_data=space,
            area=SimpleNamespace(regions=[region, sidebar], tag_redraw=lambda: None),
            window=SimpleNamespace(cursor_modal_set=lambda _: None, cursor_modal_restore=lambda: None),
            workspace=SimpleNamespace(status_text_set=self.told.append),
            window_manager=SimpleNamespace(modal_handler_add=lambda _: None),
        )
        # Only Blender can make instances of operators, so this is a plain object with the same methods.
        self.operator = type("Operator", (), {**vars(operator.__mro__[1]), **vars(operator), **settings})()
        assert self.operator.invoke(self.context, None) == {"RUNNING_MODAL"}

    def send(self, kind: str, value: str = "NOTHING", u: float = 0.0, v: float = 0.0) -> set[str]:
        x, y = 10 + round(u * WIDTH), 20 + round(v * WIDTH)
        event = SimpleNamespace(type=kind, value=value, mouse_x=x, mouse_y=y)
        return self.operator.modal(self.context, event)


@pytest.fixture
def mask() -> bpy.types.PropertyGroup:
    return bpy.context.scene.easel.mask


def test_a_box(mask: bpy.types.PropertyGroup) -> None:
    run = Session(Draw, shape="BOX")
    assert run.told == ["Drag over the part that may change    Esc: Cancel"]
    assert run.send("MOUSEMOVE", u=0.1) == {"PASS_THROUGH"}
    assert run.send("WHEELUPMOUSE", "PRESS") == {"PASS_THROUGH"}
    run.send("LEFTMOUSE", "PRESS", 0.2, 0.3)
    run.send("MOUSEMOVE", u=0.9, v=0.9)
    run.send("MOUSEMOVE", u=0.6, v=0.5)
    assert mask_overlay._overlay().draft == ((0.2, 0.3), (0.6, 0.3), (0.6, 0.5), (0.2, 0.5))
    assert run.send("LEFTMOUSE", "RELEASE", 0.6, 0.5) == {"FINISHED"}
    (area,) = mask.areas
    assert area.image == run.image
    assert unpacked_points(area.points) == ((0.2, 0.3), (0.6, 0.3), (0.6, 0.5), (0.2, 0.5))
    assert mask.mask_kind is MaskKind.AREA
    assert mask_overlay._overlay().draft == ()
    assert run.told[-1] is None


def test_a_lasso_may_be_tried_again_after_a_click(mask: bpy.types.PropertyGroup) -> None:
    run = Session(Draw, shape="LASSO")
    run.send("LEFTMOUSE", "PRESS", 0.2, 0.3)
    assert run.send("LEFTMOUSE", "RELEASE", 0.21, 0.3) == {"RUNNING_MODAL"}
    run.send("LEFTMOUSE", "PRESS", 0.2, 0.2)
    for u, v in ((0.5, 0.2), (0.5, 0.21), (0.5, 0.6)):
        run.send("MOUSEMOVE", u=u, v=v)
    assert run.send("LEFTMOUSE", "RELEASE", 0.2, 0.6) == {"FINISHED"}
    assert unpacked_points(mask.areas[0].points) == ((0.2, 0.2), (0.5, 0.2), (0.5, 0.6), (0.2, 0.6))


def test_leaving(mask: bpy.types.PropertyGroup) -> None:
    run = Session(Draw, shape="BOX")
    run.send("LEFTMOUSE", "PRESS", 0.2, 0.2)
    assert run.send("ESC", "PRESS") == {"CANCELLED"}
    assert run.told[-1] is None
    on_sidebar = Session(Draw, shape="BOX")
    assert on_sidebar.send("LEFTMOUSE", "PRESS", 0.9, 0.2) == {"CANCELLED", "PASS_THROUGH"}
    other_editor = Session(Add)
    other_editor.context.space_data = bpy.context.scene  # it can be anything else than an Image Editor
    assert other_editor.send("MOUSEMOVE") == {"CANCELLED"}
    assert not mask.areas
    assert not mask.markers


def test_a_marker_is_set_on_the_picture_only(mask: bpy.types.PropertyGroup) -> None:
    run = Session(Add)
    assert run.send("LEFTMOUSE", "RELEASE", 0.5, 0.5) == {"PASS_THROUGH"}
    run.context.area.regions[0].view2d.region_to_view = lambda x, y: (x / WIDTH * 2, y / WIDTH)
    assert run.send("LEFTMOUSE", "PRESS", 0.75, 0.5) == {"RUNNING_MODAL"}
    assert run.send("LEFTMOUSE", "PRESS", 0.25, 0.75) == {"FINISHED"}
    (marker,) = mask.markers
    assert (marker.image, tuple(marker.place)) == (run.image, (0.5, 0.75))
    assert mask.mask_kind is MaskKind.MARKERS
