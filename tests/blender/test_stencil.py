# SPDX-License-Identifier: GPL-3.0-or-later
"""Painting an edit into its original through a stencil of its changes."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest
from edits import Edit, add_textured_object, in_area, mat_node, reopen
from recording_layout import draw

from easel.imaging import changes
from easel.operators.paint_edit import EASEL_OT_paint_changes
from easel.operators.verb import Verb
from easel.panels.history import EASEL_PT_view_history


def change_left_half(wood: bpy.types.Image, moss: bpy.types.Image) -> None:
    """Draw larger pictures; "moss" differs from "wood" in the left half."""
    before = np.full((64, 64, 4), (0.2, 0.4, 0.6, 1.0), np.float32)
    after = before.copy()
    after[:, :32, 0] = 0.8
    for image, pixels in ((wood, before), (moss, after)):
        image.scale(64, 64)
        image.pixels.foreach_set(pixels.ravel())
        image.pack()


def paint_through_stencil(wood: bpy.types.Image, moss: bpy.types.Image) -> None:
    change_left_half(wood, moss)
    with in_area("VIEW_3D"):
        bpy.ops.easel.paint_changes()


def stencil_pixels() -> np.ndarray:
    stencil = bpy.context.scene.tool_settings.image_paint.stencil_image
    return np.array(stencil.pixels[:]).reshape(stencil.size[1], stencil.size[0], -1)[..., 0]


def test_a_stencil_lets_through_what_the_edit_has_changed(
    default_file: None, wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    paint_through_stencil(wood, moss)
    for _ in range(2):
        paint = bpy.context.scene.tool_settings.image_paint
        assert (paint.mode, paint.canvas.name, paint.clone_image.name) == ("IMAGE", "wood", "moss")
        assert paint.use_stencil_layer
        assert paint.invert_stencil
        assert bpy.data.objects["Thing"].data.uv_layer_stencil.name == "UVMap"
        assert mat_node().image.name == "wood", "what is painted is seen"
        mask = stencil_pixels()
        assert (mask[:, :31] == 1).all()
        assert not mask[:, 38:].any()
        bpy.ops.object.mode_set(mode="OBJECT")
        reopen(tmp_path / "scene.blend")


def test_painting_without_a_stencil_lifts_ours_and_leaves_the_artists(
    default_file: None, wood_node: bpy.types.Node, edit: Edit
) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    paint_through_stencil(wood, moss)
    paint = bpy.context.scene.tool_settings.image_paint
    with in_area("VIEW_3D"):
        bpy.ops.easel.paint_with_edit(session_uid=moss.session_uid)
        assert not paint.use_stencil_layer
        assert paint.stencil_image is None
        paint.stencil_image, paint.use_stencil_layer = bpy.data.images.new("mine", 4, 4), True
        bpy.ops.easel.paint_with_edit(session_uid=moss.session_uid)
        assert paint.use_stencil_layer
        bpy.ops.easel.paint_changes(session_uid=moss.session_uid)
    assert paint.stencil_image.name == "moss Stencil"
    assert len([image for image in bpy.data.images if "Stencil" in image.name]) == 1
    bpy.ops.object.mode_set(mode="OBJECT")


def test_the_panel_switches_the_stencil_off_and_on_whatever_the_brush(
    default_file: None, wood_node: bpy.types.Node, edit: Edit
) -> None:
    def is_offered(kind: str = "VIEW_3D") -> bool:
        with in_area(kind):
            space = bpy.context.space_data
            return "use_stencil_layer" in draw(EASEL_PT_view_history, space_data=space).names("prop")

    wood = wood_node.image
    moss = edit(wood, "moss")
    assert not is_offered()
    paint_through_stencil(wood, moss)
    assert is_offered()
    paint = bpy.context.scene.tool_settings.image_paint
    paint.use_stencil_layer = False
    assert is_offered(), "to be switched on again"
    assert not is_offered("IMAGE_EDITOR"), "which knows no stencil"
    paint.stencil_image = bpy.data.images.new("mine", 4, 4)
    assert not is_offered(), "that one is the artist's"
    bpy.ops.object.mode_set(mode="OBJECT")
    paint.stencil_image = bpy.data.images["moss Stencil"]
    assert not is_offered()


def test_why_there_is_no_stencil_is_said(default_file: None, wood_node: bpy.types.Node, edit: Edit) -> None:
    moss = edit(wood_node.image, "moss")
    wood = moss.easel_original
    moss.scale(4, 4)
    for image in (wood, moss):
        image.pixels.foreach_set([0.5] * len(image.pixels))
    with in_area("VIEW_3D"), pytest.raises(RuntimeError, match="“moss” looks the same as “wood” everywhere"):
        bpy.ops.easel.paint_changes()
    assert bpy.context.object.mode == "OBJECT"
    with in_area("IMAGE_EDITOR"):
        bpy.context.space_data.image = moss
        with pytest.raises(RuntimeError, match="do this in the 3D View"):
            bpy.ops.easel.paint_changes()


def test_a_defect_is_told_as_one(
    default_file: None,
    wood_node: bpy.types.Node,
    edit: Edit,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The message does not say that there is nothing to paint."""

    def broken(*_seen: Any) -> Any:
        raise ZeroDivisionError("whatever it be")

    wood = wood_node.image
    change_left_half(wood, edit(wood, "moss"))
    monkeypatch.setattr(changes, "changed_areas", broken)
    with in_area("VIEW_3D"), pytest.raises(RuntimeError, match="has a defect here"):
        bpy.ops.easel.paint_changes()
    assert "ZeroDivisionError" in caplog.text
    assert bpy.context.object.mode == "OBJECT"


def test_a_stencil_is_made_anew_and_the_console_stays_silent(
    default_file: None, wood_node: bpy.types.Node, edit: Edit, capfd: pytest.CaptureFixture[str]
) -> None:
    """Blender's `Image.reload` would look for a packed image's file, and print that it is missing."""
    wood = wood_node.image
    moss = edit(wood, "moss")
    paint_through_stencil(wood, moss)
    stencil = bpy.context.scene.tool_settings.image_paint.stencil_image
    first = stencil_pixels()
    stencil.pixels.foreach_set([0.5] * len(stencil.pixels))  # the artist has painted on it
    with in_area("VIEW_3D"):
        bpy.ops.easel.paint_changes(session_uid=moss.session_uid)
    assert np.array_equal(stencil_pixels(), first)
    assert not stencil.is_dirty
    bpy.ops.object.mode_set(mode="OBJECT")
    assert "available" not in "".join(capfd.readouterr())


# -- how long Blender is held up: never longer than reading one image takes ----------------------------------

OFF_THE_MAIN_THREAD = {"changes.py": "comparing", "pixels.py": "converting", "png.py": "encoding"}


class Context:
    """Blender's context, with a window manager that accepts timers and operators without a window."""

    window_manager = SimpleNamespace(
        event_timer_add=lambda _period, **_window: None,
        event_timer_remove=lambda _timer: None,
        modal_handler_add=lambda _operator: None,
    )

    def __getattr__(self, name: str) -> Any:
        return getattr(bpy.context, name)


class Click:
    """A click on Paint Through Stencil, whose turns are counted by the interpreter's own profiler."""

    def __init__(self) -> None:
        self.turns: list[Counter[str]] = []
        """What the main thread did in each turn: "read" counts images whose pixels it read."""
        self.elsewhere: Counter[str] = Counter()
        self.told: list[str] = []
        # Only Blender can make instances of operators, so this is a plain object with the same methods.
        methods: dict[str, Any] = {}
        kinds = EASEL_OT_paint_changes.__mro__
        for base in reversed(kinds[: kinds.index(Verb) + 1]):
            methods.update(vars(base))
        self.operator = type("Operator", (), {**methods, "session_uid": 0, "report": self._report})()

    def begin(self) -> None:
        assert self._turn(self.operator.invoke, None) == {"RUNNING_MODAL"}

    def go_on(self) -> set[str]:
        return self._turn(self.operator.modal, SimpleNamespace(type="TIMER", value="NOTHING"))

    def finish(self) -> None:
        while self.go_on() == {"PASS_THROUGH"}:
            threading.Event().wait(0.005)

    def _turn(self, step: Any, event: SimpleNamespace | None) -> set[str]:
        self.turns.append(Counter())
        with self._counted():
            return step(Context(), event)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _note(self, frame: FrameType, event: str, called: Any) -> None:
        is_main = threading.get_ident() == threading.main_thread().ident
        seen = self.turns[-1] if is_main else self.elsewhere
        path = Path(frame.f_code.co_filename)
        if event == "c_call" and called.__name__ == "foreach_get":
            seen["read"] += 1
        elif event == "call" and path.parent.name == "imaging" and path.name in OFF_THE_MAIN_THREAD:
            seen[OFF_THE_MAIN_THREAD[path.name]] += 1

    def _report(self, _kind: set[str], text: str) -> None:
        self.told.append(text)


def test_a_turn_reads_one_image_and_a_thread_does_the_rest(
    default_file: None, wood_node: bpy.types.Node, edit: Edit
) -> None:
    wood = wood_node.image
    change_left_half(wood, edit(wood, "moss"))
    with in_area("VIEW_3D"):
        click = Click()
        click.begin()
        click.finish()
    assert click.told[0].startswith("Strokes paint into “wood” only what “moss” has changed of it")
    assert [turn for turn in click.turns if turn] == [Counter(read=1)] * 2
    assert not click.turns[0], "the click itself"
    assert not click.turns[-1], "nor is anything left for the end"
    assert set(click.elsewhere) == set(OFF_THE_MAIN_THREAD.values())
    assert stencil_pixels()[:, :31].all()
    bpy.ops.object.mode_set(mode="OBJECT")


def test_an_artist_who_has_gone_on_meanwhile_is_not_held_up_either(
    default_file: None, wood_node: bpy.types.Node, edit: Edit
) -> None:
    """Easel compares the image that the active object shows at the end, in separate turns."""
    change_left_half(wood_node.image, edit(wood_node.image, "moss"))
    stone = bpy.data.images.new("stone", 4, 4)
    stone.pack()
    add_textured_object(stone)
    change_left_half(stone, edit(stone, "lichen"))
    objects = bpy.context.view_layer.objects
    other, objects.active = objects.active, bpy.data.objects["Thing"]
    with in_area("VIEW_3D"):
        click = Click()
        click.begin()
        click.go_on()
        objects.active = other
        click.finish()
    assert "“stone”" in click.told[0]
    assert [turn for turn in click.turns if turn] == [Counter(read=1)] * 4
    assert bpy.context.scene.tool_settings.image_paint.stencil_image.name == "lichen Stencil"
    bpy.ops.object.mode_set(mode="OBJECT")
