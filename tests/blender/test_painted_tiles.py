# SPDX-License-Identifier: GPL-3.0-or-later
"""Painted, unsaved tiles: Blender writes them once for all who wait, and the files are deleted later."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from PIL import Image
from tiled import edit, paint, picture, sent, shown

from easel.imaging.errors import SnapshotFailed
from easel.imaging.snapshot import FileSnapshot, PendingPixels
from easel.scene.placement import assembly
from easel.scene.placement.reading import look_of
from easel.scene.session import arrivals, pump, session
from easel.scene.sources import pixels
from easel.scene.sources.snapshots import snapshot

if TYPE_CHECKING:
    from easel.simulator import Simulator

LoadUdim = Callable[..., bpy.types.Image]


def written() -> set[Path]:
    """Return the temporary folders that exist now."""
    return set(Path(bpy.app.tempdir).glob("easel-*"))


def promised(image: bpy.types.Image, number: int) -> PendingPixels:
    pending = snapshot(image, tile=number)
    assert isinstance(pending, PendingPixels)
    return pending


def handed_over(pending: PendingPixels) -> FileSnapshot:
    taken = pending.wait(threading.Event(), timeout_s=0)
    assert isinstance(taken, FileSnapshot)
    return taken


def test_those_of_one_click_are_written_at_once_and_gone_when_nobody_needs_them(load_udim: LoadUdim) -> None:
    image = load_udim()
    paint(image)
    first, second = promised(image, 1002), promised(image, 1011)
    assert not written(), "nothing is written at the click"
    assert pixels.read_next()
    for number, pending in ((1002, first), (1011, second)):
        with Image.open(handed_over(pending).path) as file:
            np.testing.assert_array_equal(np.asarray(file.convert("RGBA")), picture(number))
    assert handed_over(first).path.parent == handed_over(second).path.parent
    assert len(written()) == 1
    del first
    assert len(written()) == 1, "the other one still needs them"
    del pending, second
    assert not written()


def test_what_nobody_waits_for_is_not_written(load_udim: LoadUdim) -> None:
    image = load_udim()
    paint(image)
    promised(image, 1002)  # nothing keeps it
    given_up = promised(image, 1011)
    given_up.released.set()
    assert not pixels.read_next()
    assert not given_up.is_settled


def test_a_removed_image_fails_its_promise(load_udim: LoadUdim) -> None:
    image = load_udim()
    paint(image)
    pending = promised(image, 1002)
    bpy.data.images.remove(image)
    pixels.read_next()
    with pytest.raises(SnapshotFailed, match="removed"):
        handed_over(pending)


def test_results_are_read_as_the_srgb_that_was_sent(load_udim: LoadUdim) -> None:
    image = load_udim()
    image.colorspace_settings.name = "Linear Rec.709"
    paint(image)
    look = look_of(image, promised(image, 1002))
    assert look is not None
    assert look.colour_space == ""


def test_an_edit_of_several_has_them_written_once(
    service: "Simulator", saved_file: Path, load_udim: LoadUdim
) -> None:
    image = load_udim()
    painted = paint(image)
    bpy.ops.easel.edit(
        prompt="older", sources=[{"name": image.name}], tiles="1001,1002,1011", placement="IMAGE"
    )
    rows = [row.name for row in bpy.context.window_manager.easel.jobs]
    assert not written()
    pixels.read_next()
    assert len(written()) == 1
    for row in rows:
        pump.run_until_settled(row)
    pictures = sent()
    np.testing.assert_array_equal(pictures[1001], painted)
    for number in (1002, 1011):
        np.testing.assert_array_equal(pictures[number], picture(number))
    assert image.is_dirty
    session.stop()
    assert not written()


def test_variations_share_what_is_written_of_the_other_tiles(
    service: "Simulator", saved_file: Path, load_udim: LoadUdim
) -> None:
    image = load_udim()
    painted = paint(image)
    bpy.ops.easel.edit(
        prompt="older", sources=[{"name": image.name}], tiles="1002", count=2, placement="IMAGE"
    )
    (row,) = bpy.context.window_manager.easel.jobs
    name = row.name
    with assembly._one_at_a_time:  # the threads wait
        while not any(delivery.files for delivery in arrivals._deliveries().values()):
            session.engine().wait(0.05)
            pump.tick(patient=False)
        (delivery,) = arrivals._deliveries().values()
        held = {snapshot.path.parent for one in delivery.files.assemblies for snapshot in one.held}
        assert len(delivery.files.assemblies) == 2
        assert len(held) == 1
        assert written() == held
        del delivery
    pump.run_until_settled(name)
    assert not written()
    results = [found for found in bpy.data.images if found != image]
    assert len(results) == 2
    for result in results:
        np.testing.assert_array_equal(shown(result, 1001), painted)
        np.testing.assert_array_equal(shown(result, 1011), picture(1011))


def test_what_is_painted_after_the_click_is_in_the_result(
    service: "Simulator", saved_file: Path, load_udim: LoadUdim
) -> None:
    image = load_udim()
    paint(image, 7)
    bpy.ops.easel.edit(prompt="older", sources=[{"name": image.name}], tiles="1011", placement="IMAGE")
    (row,) = bpy.context.window_manager.easel.jobs
    name = row.name
    pixels.read_next()
    later = paint(image, 8)
    pump.run_until_settled(name)
    (result,) = set(bpy.data.images) - {image}
    np.testing.assert_array_equal(shown(result, 1001), later)
    assert edit(image, "1011") != result
