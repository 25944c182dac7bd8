# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tiles of UDIM images are ticked, what they cost, and what the panels say."""

from collections.abc import Callable

import bpy
from recording_layout import draw
from source_facts import show_sources
from tiled import NUMBERS, SIDE

from easel.jobs.placement import Placement, TileTarget
from easel.jobs.stored_placement import placement_from_dict
from easel.jobs.targets import DatablockRef
from easel.panels.form import EASEL_PT_generate
from easel.panels.sources import EASEL_PT_source
from easel.panels.view_menu import EASEL_MT_easel
from easel.scene.listing import source_rows
from easel.scene.listing.describe import describe
from easel.scene.listing.form_sources import add_image, tick_tile, tile_count
from easel.scene.pictures.tiles import chosen_tiles


def test_tiles_are_ticked_and_the_price_is_honest(load_udim: Callable[..., bpy.types.Image]) -> None:
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt = "EDIT", "older"
    image = load_udim()
    add_image(form, image)
    source = form.sources[0]
    assert chosen_tiles(image, source.tiles) == (1001,)
    image.tiles.active_index = 1
    assert chosen_tiles(image, source.tiles) == (1002,)
    bpy.ops.easel.tick_tile(number=1011)
    assert chosen_tiles(image, source.tiles) == (1002, 1011)
    assert tile_count(form) == 2
    drawn = draw(EASEL_PT_generate, width=600)
    buttons = draw(EASEL_PT_source, width=600).texts("operator")
    assert [text for text in buttons if text.isdecimal()] == ["1001", "1002", "1011"]
    assert drawn.find("easel.edit").text.endswith("30 Credits")
    menu = draw(EASEL_MT_easel, space_data=None, area=None)
    assert menu.find("easel.edit").text.endswith("30 Credits")  # for both tiles, as on the button
    bpy.ops.easel.tick_tile(number=0)
    assert tile_count(form) == 3
    for number in NUMBERS:
        bpy.ops.easel.tick_tile(number=number)
    assert chosen_tiles(image, source.tiles) == (1011,), "one stays"


def test_another_image_has_no_ticks(load_udim: Callable[..., bpy.types.Image]) -> None:
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    image = load_udim()
    add_image(form, image)
    form.sources[0].tiles = "1001,1002"
    form.sources[0].image = image.copy()
    assert tile_count(form) == 1


def test_of_a_reference_one_tile_is_sent(load_udim: Callable[..., bpy.types.Image]) -> None:
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    add_image(form, bpy.data.images.new("first", 8, 8))
    add_image(form, load_udim())
    tick_tile(form.sources[1], 1002, several=False)
    tick_tile(form.sources[1], 1011, several=False)
    assert form.sources[1].tiles == "1011"
    assert tile_count(form) == 1


def test_the_line_tells_which_tiles(load_udim: Callable[..., bpy.types.Image]) -> None:
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    image = load_udim()
    add_image(form, image)
    assert describe(image, tile=1011).state == "UDIM tile 1011, File"
    form.sources[0].tiles = "1001,1011"
    show_sources(form)
    row = bpy.context.window_manager.easel.sources[source_rows.key_of(form.sources[0])]
    assert row.state == "UDIM tiles 1001, 1011"
    assert row.text.startswith(f"{SIDE} × {SIDE} → 512 × 512 · ")


def test_a_tile_survives_the_ledger_and_may_be_missing_from_it() -> None:
    tile = TileTarget(image=DatablockRef(name="skin", session_uid=3), number=1002, batch="b")
    values = Placement(tile=tile).to_dict()
    assert placement_from_dict(values).tile == tile
    del values["tile"]
    assert placement_from_dict(values).tile is None
