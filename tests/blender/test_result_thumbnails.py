# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails of results: they come in the time of a turn, few are kept, and they show what is there."""

import math
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import PIL.Image
import pytest
from library_panel import look
from pumping import pump_until
from sessions import begin_afresh
from silent_files import SilentFile
from source_facts import wait_for_pillow

from easel.properties.mirror import EASEL_PG_job as Row
from easel.scene.listing import result_thumbnails, thumbnails
from easel.scene.session import pump, session, wall

SLOW = 120.0


def mean_colour(pixels: Any) -> list[float]:
    return np.array(pixels[:]).reshape(-1, 4).mean(axis=0).tolist()


def test_thumbnails_come_in_the_time_of_a_turn_and_outlive_another_file(
    four: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_thumbnails, "A_TURN_S", 0.0)
    result_thumbnails.stop()
    session.note_drawn()
    deadline = time.monotonic() + SLOW
    turns: list[int] = []
    while not turns or turns[-1] < 4:
        assert time.monotonic() < deadline
        pump.tick()
        turns.append(len(result_thumbnails._state().previews or ()))
        time.sleep(0.02)
    assert all(after - before <= 1 for before, after in zip([0, *turns], turns, strict=False))
    previews = list(result_thumbnails._state().previews.values())
    assert [tuple(preview.image_size) for preview in previews] == [(256, 256)] * 4
    pixels = sum(math.prod(preview.image_size) + math.prod(preview.icon_size) for preview in previews)
    assert 4 * pixels / 4 * result_thumbnails.MOST <= 64 * 2**20
    for preview in previews:  # each row in the list of jobs shows the same picture
        assert mean_colour(preview.icon_pixels_float) == pytest.approx(
            mean_colour(preview.image_pixels_float), abs=0.02
        )
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert len(result_thumbnails._state().previews) == 4


def test_thumbnails_are_few_and_those_that_were_seen_last(four: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_thumbnails, "MOST", 64)
    result_thumbnails.stop()
    library = session.engine().library
    files = {number: (library.thumbnail_path(four.name, number - 1),) for number in range(1, 5)}
    deadline = time.monotonic() + SLOW
    jobs = [str(number) for number in range(20)]
    while not thumbnails.is_ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for job in jobs:
        result_thumbnails.want(job, files)
        result_thumbnails.want(jobs[0], files)  # it is drawn again and again
        while result_thumbnails.is_expecting():
            assert time.monotonic() < deadline
            result_thumbnails.take_next()
            time.sleep(0.001)
    kept = {key.split("/")[0] for key in result_thumbnails._state().previews}
    assert len(result_thumbnails._state().previews) == result_thumbnails.MOST
    assert kept == {"0", *jobs[5:]}
    result_thumbnails.stop()
    assert result_thumbnails.icon_of("0", 1) == 0


def half(picture: bytes) -> bytes:
    return picture[: len(picture) // 2]


def another_kind(_picture: bytes) -> bytes:
    return b"GIF89a is what this is not"


def huge(picture: bytes) -> bytes:
    """Return a picture with a head that declares more pixels than fit into any memory."""
    width_and_height = slice(16, 24)
    head = bytearray(picture)
    head[width_and_height] = struct.pack(">II", 2**31 - 1, 2**31 - 1)
    head[29:33] = struct.pack(">I", zlib.crc32(head[12:29]))
    return bytes(head)


@pytest.mark.parametrize("spoil", [None, half, another_kind, huge])
def test_without_its_thumbnail_the_image_itself_is_read(
    tmp_path: Path, four: Row, spoil: Callable[[bytes], bytes] | None
) -> None:
    result_thumbnails.stop()
    wait_for_pillow()
    path, thumbnail = session.engine().job(four.name).results[0].path, tmp_path / "thumbnail.png"
    if spoil is not None:
        thumbnail.write_bytes(spoil(path.read_bytes()))
    result_thumbnails.want("x", {1: (thumbnail, path), 2: (thumbnail,)})
    deadline = time.monotonic() + SLOW
    while result_thumbnails.is_expecting():
        assert time.monotonic() < deadline
        result_thumbnails.take_next()
        time.sleep(0.01)
    assert set(result_thumbnails._state().previews) == {"x/1"}


def take_all() -> None:
    """Take all thumbnails that are being made."""
    deadline = time.monotonic() + SLOW
    while result_thumbnails._state().coming:
        assert time.monotonic() < deadline
        result_thumbnails.take_next()
        time.sleep(0.001)


@pytest.mark.usefixtures("four")
def test_a_small_thumbnail_becomes_a_large_one_where_that_is_needed(tmp_path: Path) -> None:
    result_thumbnails.stop()
    wait_for_pillow()
    picture = np.zeros((200, 256, 4), np.uint8)
    picture[:100], picture[100:] = (250, 120, 7, 255), (3, 60, 200, 255)
    path = tmp_path / "orange above blue.png"
    PIL.Image.fromarray(picture).save(path)

    def shown(side: int) -> Any:
        for number in result_thumbnails.keep([("x", 1)], side):
            result_thumbnails.want("x", {number[1]: (path,)}, side)
        take_all()
        preview = result_thumbnails._state().previews["x/1"]
        pixels = np.array(preview.image_pixels_float[:]).reshape(preview.image_size[1], -1, 4)[::-1] * 255
        assert pixels[0, 0] == pytest.approx((250, 120, 7, 255))
        assert pixels[-1, -1] == pytest.approx((3, 60, 200, 255))
        return preview

    small = result_thumbnails.side_for(96)
    icon = shown(small).icon_id
    assert tuple(shown(small).image_size) == (128, 100)
    assert tuple(shown(result_thumbnails.side_for(160)).image_size) == (256, 200)
    assert tuple(shown(small).image_size) == (256, 200), "the large one stays"
    assert not result_thumbnails.keep([("x", 1)], small)
    assert result_thumbnails._state().previews["x/1"].icon_id == icon


@pytest.mark.usefixtures("four")
def test_turns_come_soon_while_thumbnails_wait_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result_thumbnails.stop()
    wait_for_pillow()
    monkeypatch.setattr(result_thumbnails, "A_TURN_S", 0.0)
    PIL.Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    result_thumbnails.want("x", dict.fromkeys(range(1, 4), (tmp_path / "x.png",)))
    deadline = time.monotonic() + SLOW
    while result_thumbnails._state().made.qsize() < 3:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    monkeypatch.setattr(session, "WATCHED_S", 0.0)
    assert pump.beat() > pump.MOVING_INTERVAL_S, "nobody looks"
    monkeypatch.setattr(session, "WATCHED_S", SLOW)
    session.note_drawn()
    assert pump.beat() == pump.MOVING_INTERVAL_S
    while result_thumbnails._state().coming:
        assert time.monotonic() < deadline
        pump.tick()
    assert pump.beat() > pump.MOVING_INTERVAL_S


@pytest.mark.usefixtures("four")
def test_behind_a_transparent_thumbnail_are_squares(tmp_path: Path) -> None:
    result_thumbnails.stop()
    wait_for_pillow()
    picture = np.zeros((32, 32, 4), np.uint8)
    picture[:, :16] = (200, 100, 0, 255)
    picture[:, 16:] = (200, 100, 0, 51)
    PIL.Image.fromarray(picture).save(tmp_path / "glass.png")
    result_thumbnails.want("x", {1: (tmp_path / "glass.png",)})
    take_all()
    preview = result_thumbnails._state().previews["x/1"]
    pixels = np.array(preview.image_pixels_float[:]).reshape(32, 32, 4) * 255
    assert pixels[0, 0] == pytest.approx((200, 100, 0, 255))
    assert pixels[0, 16] == pytest.approx((150, 130, 110, 255), abs=1)
    assert pixels[0, 24] == pytest.approx((118, 98, 78, 255), abs=1)


@pytest.mark.parametrize("patience_s", [1000.0, 0.0])
def test_what_was_let_go_on_its_way_and_is_wanted_again_comes_once(
    four: Row, monkeypatch: pytest.MonkeyPatch, patience_s: float
) -> None:
    monkeypatch.setattr(result_thumbnails, "EXPECTED_S", patience_s)  # with 0, each is requested twice
    monkeypatch.setattr(result_thumbnails, "MOST", 12)
    result_thumbnails.stop()
    wait_for_pillow()
    path = session.engine().job(four.name).results[0].path
    jobs = [str(number) for number in range(result_thumbnails.MOST + 1)]
    for job in (*jobs, jobs[0]):
        result_thumbnails.want(job, {1: (path,)})
    assert result_thumbnails.is_expecting() is bool(patience_s)
    take_all()
    time.sleep(0.05)
    while result_thumbnails.take_next():
        pass
    assert set(result_thumbnails._state().previews) == {f"{job}/1" for job in (*jobs[2:], jobs[0])}


def test_turns_come_fast_for_thumbnails_only_while_somebody_looks_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("no file can be lent")
    begin_afresh()
    wait_for_pillow()
    silent = SilentFile(tmp_path / "silent.png")
    try:
        result_thumbnails.want("job", {1: (tmp_path / "silent.png",)})
        assert pump.beat() == pump.IDLE_INTERVAL_S
        session.note_drawn()
        assert pump.beat() == pump.BUSY_INTERVAL_S
        monkeypatch.setattr(result_thumbnails, "EXPECTED_S", 0.0)
        session.note_drawn()
        assert pump.beat() == pump.IDLE_INTERVAL_S
    finally:
        silent.answer()
        result_thumbnails.stop()
        pump.start()


def test_a_late_turn_requests_few_thumbnails(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    look()
    pump_until(thumbnails.is_ready)
    monkeypatch.setattr(wall, "A_LATE_TURN", 1)
    result_thumbnails.stop()
    wanted: list[int] = []
    for late_at in (0.0, 0.0, math.inf):
        wall.show(late_at)
        wanted.append(len(result_thumbnails._state().wanted))
    assert wanted == [1, 2, 3]
