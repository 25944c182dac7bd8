# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators with `wait=True`, as scripts and farms use them, against the real simulator."""

import errno
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from file_kinds import KINDS, UNREAD
from PIL import Image
from sample_pictures import RGB

from easel.jobs.library import Library
from easel.simulator import catalogue
from easel.simulator.faults import On

if TYPE_CHECKING:
    from easel.simulator import Simulator


def test_generate_adds_the_images_asked_for(service: "Simulator") -> None:
    done = bpy.ops.easel.generate(
        prompt="weathered copper", count=2, aspect_ratio="16:9", placement="IMAGE", wait=True
    )
    assert done == {"FINISHED"}
    assert len(bpy.data.images) == 2
    width, height = bpy.data.images[0].size
    assert width / height == pytest.approx(16 / 9, rel=0.02)
    assert bpy.context.window_manager.easel.jobs[0].is_placed


def test_what_is_not_given_comes_from_the_form(service: "Simulator") -> None:
    form = bpy.context.scene.easel
    form.prompt = "a brick wall"
    form.model = "SEEDREAM_V5_LITE"
    form.seedream_v5_lite.image_size = "square"
    form.seedream_v5_lite.seed = 7
    bpy.ops.easel.generate(wait=True)
    (job,) = bpy.context.window_manager.easel.jobs
    assert (job.prompt, job.model, job.price, job.state) == ("a brick wall", "Seedream V5 Lite", 10, "DONE")
    first = list(bpy.data.images[0].pixels[:4000])
    bpy.ops.easel.generate(wait=True)
    assert list(bpy.data.images[1].pixels[:4000]) == first
    bpy.ops.easel.generate(wait=True, seed=-1, prompt="a marble floor")
    assert list(bpy.data.images[2].pixels[:4000]) != first


def test_a_plane(service: "Simulator") -> None:
    bpy.ops.easel.generate(prompt="a robot, turnaround sheet", placement="PLANE", wait=True)
    assert [obj.type for obj in bpy.context.scene.objects] == ["MESH"]


def test_a_texture_and_its_edit(service: "Simulator", default_file: None) -> None:
    bpy.ops.easel.generate(prompt="wood", placement="TEXTURE", wait=True)
    material = bpy.context.object.active_material
    (node,) = [node for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]
    old = node.image
    bpy.ops.easel.edit(
        prompt="make it mossy",
        sources=[{"name": old.name}],
        model="GEMINI_3_PRO",
        placement="TEXTURE",
        wait=True,
    )
    assert node.image != old
    assert old.name in bpy.data.images


def test_painted_pixels_are_sent(service: "Simulator") -> None:
    image = bpy.data.images.new("painted", 64, 64)
    image.pixels = [1.0, 0.0, 0.0, 1.0] * (64 * 64)
    assert bpy.ops.easel.edit(
        prompt="greener",
        sources=[{"name": "painted"}],
        roles="the image to edit",
        placement="IMAGE",
        wait=True,
    ) == {"FINISHED"}


def test_an_edit_keeps_the_sources_size(service: "Simulator") -> None:
    image = bpy.data.images.new("wide", 300, 100)
    image.generated_type = "COLOR_GRID"
    bpy.ops.easel.edit(
        prompt="mossy", sources=[{"name": "wide"}], sizing="KEEP_SIZE", placement="IMAGE", wait=True
    )
    (edited,) = set(bpy.data.images) - {image}
    assert tuple(edited.size) == (300, 100)
    bpy.ops.easel.edit(
        prompt="mossy", sources=[{"name": "wide"}], aspect_ratio="1:1", placement="IMAGE", wait=True
    )
    (free,) = set(bpy.data.images) - {image, edited}
    assert free.size[0] == free.size[1], "a shape that was asked for wins"


@pytest.mark.parametrize("keeps", [True, False])
def test_scripts_that_say_keep_place_still_run(service: "Simulator", keeps: bool) -> None:
    bpy.data.images.new("wide", 300, 100)
    bpy.ops.easel.edit(
        prompt="mossy", sources=[{"name": "wide"}], keep_place=keeps, placement="IMAGE", wait=True
    )
    (edited,) = [image for image in bpy.data.images if image.name != "wide"]
    assert (tuple(edited.size) == (300, 100)) == keeps


def test_files_of_the_form_are_sent(service: "Simulator", tmp_path: Path) -> None:
    image = bpy.data.images.new("file", 64, 64)
    image.filepath_raw = str(tmp_path / "file.png")
    image.file_format = "PNG"
    image.save()
    form = bpy.context.scene.easel
    form.sources.add().filepath = str(tmp_path / "file.png")
    form.edit_prompt = "darker"
    assert bpy.ops.easel.edit(placement="IMAGE", wait=True) == {"FINISHED"}


@pytest.mark.parametrize("kind", ["exr/zip", "exr/layers-beauty-dwaa", "hdr/flat", "tif/float"])
def test_files_that_only_blender_reads_are_sent(service: "Simulator", tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"file.{kind.partition('/')[0]}"
    path.write_bytes(KINDS[kind]())
    form = bpy.context.scene.easel
    form.sources.add().filepath = str(path)
    form.sizing = "AS_IT_CAME"
    assert bpy.ops.easel.edit(prompt="darker", placement="IMAGE", wait=True) == {"FINISHED"}
    (task,) = service.tasks.values()
    (source,) = task.order.sources
    with Image.open(source.path) as sent:
        assert np.abs(np.asarray(sent.convert("RGB")).astype(int) - RGB).mean() < 4
    assert len(bpy.data.images) == 1, "the result, and nothing that was lent"


def test_a_file_that_nobody_reads_is_refused_before(service: "Simulator", tmp_path: Path) -> None:
    path = tmp_path / "file.exr"
    path.write_bytes(UNREAD["exr/OpenEXR (ZSTD)"]())
    bpy.context.scene.easel.sources.add().filepath = str(path)
    with pytest.raises(RuntimeError, match=r"Blender can't read “file\.exr”: its file is OpenEXR \(ZSTD\)"):
        bpy.ops.easel.edit(prompt="darker", placement="IMAGE", wait=True)
    assert not service.tasks
    assert not bpy.context.window_manager.easel.jobs


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"prompt": " "}, "prompt is empty"),
        ({"prompt": "x", "model": "GEMINI_2_5_FLASH", "resolution": "4K"}, "has no resolution option"),
        ({"prompt": "x", "model": "GEMINI_3_PRO", "count": 6}, "1 to 4 images"),
        ({"prompt": "x", "model": "GEMINI_3_PRO", "seed": 3}, "has no seed"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_sent(
    service: "Simulator", arguments: dict[str, object], text: str
) -> None:
    with pytest.raises(RuntimeError, match=text):
        bpy.ops.easel.generate(wait=True, **arguments)
    assert not service.tasks


def test_an_unknown_source_is_named(service: "Simulator") -> None:
    with pytest.raises(RuntimeError, match="no image “nowhere”"):
        bpy.ops.easel.edit(prompt="x", sources=[{"name": "nowhere"}], wait=True)


def test_a_failed_job_raises_its_text(service: "Simulator") -> None:
    service.script(catalogue.failed("The request was blocked by the safety filter."))
    with pytest.raises(RuntimeError, match="blocked by the safety filter"):
        bpy.ops.easel.generate(prompt="copper", wait=True)
    job = bpy.context.window_manager.easel.jobs[0]
    assert job.state == "FAILED"
    assert job.can_send_again
    bpy.context.window_manager.easel.active_job = 0
    assert bpy.ops.easel.hide(job_id=job.name) == {"FINISHED"}
    assert not bpy.context.window_manager.easel.jobs


def test_without_a_key_nothing_is_sent(service: "Simulator", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EASEL_API_KEY")
    with pytest.raises(RuntimeError, match="No API key is set"):
        bpy.ops.easel.generate(prompt="copper", wait=True)
    assert not service.tasks


def test_online_access_is_respected(service: "Simulator", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_API_URL", "https://api.3daistudio.com")
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Online access is off"):
        bpy.ops.easel.generate(prompt="copper", wait=True)


# -- waiting has an end -----------------------------------------------------------------------------


def test_a_task_that_takes_longer_than_the_wait(service: "Simulator") -> None:
    service.script(catalogue.takes(600))
    with pytest.raises(RuntimeError, match="The waiting time is over"):
        bpy.ops.easel.generate(prompt="copper", wait=True, timeout=1)
    assert bpy.context.window_manager.easel.jobs[0].state == "RUNNING"


def test_a_service_that_cannot_be_reached_any_more_is_named(service: "Simulator") -> None:
    service.script(replace(catalogue.dropped(On.STATUS), times=None))
    with pytest.raises(RuntimeError, match=r"127\.0\.0\.1 broke off.*The waiting time is over"):
        bpy.ops.easel.generate(prompt="copper", wait=True, timeout=2)


def test_a_full_disk_is_told(service: "Simulator", monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_library: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Library, "new_incoming_path", full)
    with pytest.raises(RuntimeError, match=r"No space left on device.*The waiting time is over"):
        bpy.ops.easel.generate(prompt="copper", wait=True, timeout=2)
    assert bpy.context.window_manager.easel.jobs[0].state == "DOWNLOADING"


@pytest.mark.parametrize("whole", [True, False])
def test_an_engine_that_is_stopped_meanwhile(service: "Simulator", whole: bool) -> None:
    """Either disabling Easel stops the engine, or the engine is stopped alone."""
    from easel.scene.session import engine_life, pump, session

    service.script(catalogue.takes(600))
    engine = engine_life.engine_for_new_job()
    threading.Timer(1, session.stop if whole else engine.stop).start()
    with pytest.raises(RuntimeError, match=r"stopped before the job was done|ended without an image"):
        bpy.ops.easel.generate(prompt="copper", wait=True, timeout=50)
    pump.stop()
    session.stop()


def test_tiles_share_one_time(service: "Simulator", load_udim: Callable[..., bpy.types.Image]) -> None:
    image = load_udim()
    service.script(replace(catalogue.takes(600), times=None))
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="The waiting time is over"):
        bpy.ops.easel.edit(
            prompt="older",
            sources=[{"name": image.name}],
            tiles="1001,1002",
            placement="IMAGE",
            wait=True,
            timeout=2,
        )
    assert time.monotonic() - start < 30
