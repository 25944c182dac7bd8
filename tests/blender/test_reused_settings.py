# SPDX-License-Identifier: GPL-3.0-or-later
"""Reuse Settings with a mask: it belongs to the edited source, and Easel names what is lost."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest
from silent_files import SilentFile

from easel.client.edit_mask import EditMask, Marker, MaskKind
from easel.client.engines import View
from easel.client.model_requests import ModelRequest
from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.jobs.placement import Placement, TileTarget
from easel.scene.masks.masks import markers_of, packed_points
from easel.scene.prompts.reuse import reuse
from easel.scene.refs import reference
from easel.scene.sources import file_facts

MARKS = (Marker(place=(0.25, 0.5), text="a crack"), Marker(place=(0.75, 0.5), text="a nail"))


@pytest.fixture
def form() -> Any:
    return bpy.context.scene.easel


@pytest.fixture
def wood() -> bpy.types.Image:
    return packed("wood")


@pytest.fixture
def stone() -> bpy.types.Image:
    return packed("stone")


def packed(name: str) -> bpy.types.Image:
    image = bpy.data.images.new(name, 8, 8)
    image.pack()
    return image


def asked(mask: EditMask, *names: str) -> EditRequest:
    """Return the request for an edit of the first of these sources, inside the mask."""
    sources = [*names, "Mask"] if mask.is_set else names
    return EditRequest(
        model=ModelId.GEMINI_3_PRO,
        prompt="moss",
        written="moss",
        template="NONE",
        sources=tuple(Source(name=name) for name in sources),
        mask=mask,
    )


def sent(*images: bpy.types.Image) -> Placement:
    return Placement(sent=tuple(map(reference, images)))


def test_a_recipe_of_more_views_than_pictures_names_those_that_are_gone(form: Any) -> None:
    views = tuple(View)[:3]
    request = ModelRequest(model=ModelId.TRIPO, prompt="", sources=(Source(name="kettle"),), views=views)
    assert reuse(form, request) == ["kettle"]


def draw_on(form: Any, image: bpy.types.Image) -> None:
    area = form.mask.areas.add()
    area.image, area.points = image, packed_points(((0, 0), (1, 0), (1, 1)))


@pytest.mark.parametrize(
    ("kind", "name"),
    [(MaskKind.AREA, "the mask"), (MaskKind.ALPHA, "the mask"), (MaskKind.MARKERS, "the markers")],
)
def test_a_mask_whose_source_is_gone_is_no_other_sources(
    form: Any, wood: bpy.types.Image, stone: bpy.types.Image, kind: MaskKind, name: str
) -> None:
    draw_on(form, stone)
    mask = EditMask(kind=kind, markers=MARKS if kind is MaskKind.MARKERS else ())
    request, placement = asked(mask, "wood", "stone"), sent(wood, stone)
    bpy.data.images.remove(wood)
    assert reuse(form, request, placement) == ["wood", name]
    assert [source.image for source in form.sources] == [stone]
    assert (form.mask.kind, len(form.mask.markers)) == ("EVERYTHING", 0)


def test_the_mask_is_the_first_sources_whatever_else_is_gone(
    form: Any, wood: bpy.types.Image, stone: bpy.types.Image
) -> None:
    draw_on(form, wood)
    request, placement = asked(EditMask(kind=MaskKind.AREA), "wood", "stone"), sent(wood, stone)
    bpy.data.images.remove(stone)
    assert reuse(form, request, placement) == ["stone"]
    assert form.mask.kind == "AREA"
    form.mask.areas.clear()
    assert reuse(form, request, placement) == ["stone", "the mask"]
    assert form.mask.kind == "AREA", "the form says what to do, and nothing is sent without"


def test_a_mask_image_that_is_gone_is_not_the_one_that_is_chosen_now(
    form: Any, wood: bpy.types.Image, stone: bpy.types.Image
) -> None:
    cut = packed("cut")
    request, placement = asked(EditMask(kind=MaskKind.IMAGE), "wood"), sent(wood, cut)
    form.mask.image = stone
    assert reuse(form, request, placement) == []
    assert form.mask.image == cut
    bpy.data.images.remove(cut)
    form.mask.image = stone
    assert reuse(form, request, placement) == ["the mask"]
    assert (form.mask.kind, form.mask.image) == ("IMAGE", None)
    form.mask.image = stone
    assert reuse(form, request) == ["the mask"], "a recipe does not know it"
    assert form.mask.image is None


def test_markers_come_back_once_and_take_no_others_place(form: Any, wood: bpy.types.Image) -> None:
    request, placement = asked(EditMask(kind=MaskKind.MARKERS, markers=MARKS), "wood"), sent(wood)
    for _ in range(2):
        assert reuse(form, request, placement) == []
        assert [(tuple(it.place), it.instruction) for it in markers_of(form.mask, wood)] == [
            ((0.25, 0.5), "a crack"),
            ((0.75, 0.5), "a nail"),
        ]
    form.mask.markers[1].instruction = "a screw"
    assert reuse(form, request, placement) == ["the markers"]
    assert [it.instruction for it in form.mask.markers] == ["a crack", "a screw"], "they are the artist's"


def test_markers_of_a_file_are_lost(form: Any, tmp_path: Path) -> None:
    path = tmp_path / "wood.png"
    path.write_bytes(b"a picture")
    request = asked(EditMask(kind=MaskKind.MARKERS, markers=MARKS), "wood.png")
    assert reuse(form, request, Placement(sent_files=(str(path),))) == ["the markers"]
    assert [source.filepath for source in form.sources] == [str(path)]


def test_markers_of_a_tile_come_back_on_that_tile(
    form: Any, load_udim: Callable[..., bpy.types.Image]
) -> None:
    skin = load_udim()
    request = asked(EditMask(kind=MaskKind.MARKERS, markers=MARKS), skin.name)
    tile = TileTarget(image=reference(skin), number=1011, batch="x")
    assert reuse(form, request, replace(sent(skin), tile=tile)) == []
    assert [tuple(marker.place) for marker in form.mask.markers] == [(0.25, 1.5), (0.75, 1.5)]
    assert form.sources[0].tiles == "1011"


def test_a_disk_that_keeps_silent_holds_nothing_up_and_its_files_are_not_called_gone(
    form: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("no file can be lent")
    silent = SilentFile(tmp_path / "silent.png")
    stat = Path.stat
    looked_at: list[str] = []

    def slow_stat(path: Path, **how: Any) -> Any:
        if path.parent == tmp_path:
            looked_at.append(threading.current_thread().name)
        if path.name == "silent.png":
            path.open("rb").close()
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", slow_stat)
    request = asked(EditMask(), "silent.png", "gone.png")
    names = ("silent.png", "gone.png")
    placement = Placement(sent_files=tuple(str(tmp_path / name) for name in names))
    answer = threading.Timer(20, silent.answer)
    answer.start()
    try:
        assert reuse(form, request, placement) == ["gone.png"]
        assert answer.is_alive(), "Blender stood still"
    finally:
        answer.cancel()
        silent.answer()
        file_facts.stop()
    assert [source.filepath for source in form.sources] == [str(tmp_path / "silent.png")]
    assert set(looked_at) == {"easel-files"}
