# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sources: where they come from, and what the panels show for each."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from PIL import Image
from recording_layout import draw
from source_facts import show_sources

from easel.jobs.placement import Placement
from easel.panels.form import EASEL_PT_generate, sources_problem
from easel.panels.sources import (
    EASEL_MT_add_source,
    EASEL_MT_file_images,
    EASEL_MT_job_images,
    EASEL_PT_source,
    leaving_text,
)
from easel.properties.form import EASEL_PG_form as Form
from easel.scene.listing import source_rows, thumbnails
from easel.scene.listing.form_sources import add_file, add_image, edit_image
from easel.scene.session import mirror
from easel.texts.wording import bytes_text

if TYPE_CHECKING:
    from placing import MakeJob

SIZE = (32, 16)


@pytest.fixture
def form() -> Form:
    """Return the form, ready to edit, and forget the thumbnails that an earlier test has requested."""
    thumbnails.stop()
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    return form


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an image file."""

    def run(name: str = "wood.png", mode: str = "RGB", size: tuple[int, int] = SIZE) -> Path:
        path = tmp_path / name
        Image.effect_noise(size, 50).convert(mode).save(path)
        return path

    return run


def look() -> None:
    """Have the rows show the current state of the disk."""
    show_sources(bpy.context.scene.easel)


def row(source: object) -> object:
    """Look, and return the mirror's row of a source of the form."""
    look()
    return bpy.context.window_manager.easel.sources[source_rows.key_of(source)]


def texts(form: Form) -> list[str]:
    """Look once, and return the mirror's texts of all sources."""
    look()
    rows = bpy.context.window_manager.easel.sources
    return [rows[source_rows.key_of(source)].text for source in form.sources]


def test_each_source_has_its_line(form: Form, make: Callable[..., Path]) -> None:
    jpeg, tiff = make("photo.jpg"), make("scan.tif")
    add_image(form, bpy.data.images.load(str(jpeg)))
    add_file(form, tiff)
    add_image(form, bpy.data.images.new("Made", 8, 4))
    form.sizing = "AS_IT_CAME"
    weight = f"{max(1, round(jpeg.stat().st_size / 1e3))} KB"
    assert texts(form) == [
        f"32 × 16 · JPEG · about {weight}",
        "32 × 16 · JPEG · at most 4 KB",
        "8 × 4 · JPEG or PNG · at most 2 KB",
    ], "before anybody has looked into the pixels"
    assert row(form.sources[0]).byte_count == jpeg.stat().st_size
    form.sizing = "KEEP_SIZE"
    assert row(form.sources[0]).text.startswith("32 × 16 → 512 × 288 · JPEG · ")
    form.sources.move(0, 2)
    assert "→" not in row(form.sources[2]).text, "the first alone has a canvas"
    looked_at(form)
    assert row(form.sources[2]).text == f"32 × 16 · JPEG · {weight}"
    assert "→ 512 × 288 · JPEG · about" in row(form.sources[0]).text


def looked_at(form: Form) -> None:
    """Wait until the worker has looked at all pictures that are stored."""
    look()
    deadline = time.monotonic() + 20
    while len(thumbnails._state().looks) < len(thumbnails._state().asked):
        assert time.monotonic() < deadline
        mirror.show_sources(form)
        time.sleep(0.02)
    mirror.show_sources(form)


def test_a_result_that_will_be_enlarged_is_told(form: Form) -> None:
    add_image(form, bpy.data.images.new("Made", 2048, 1024))
    told = "At this resolution the result is enlarged, from about 1024 to 2048 pixels"
    assert row(form.sources[0]).warning == told
    form.options(form.model_id).resolution = "2K"
    assert not row(form.sources[0]).warning
    form.options(form.model_id).resolution = "1K"
    form.sizing = "AS_IT_CAME"
    assert not row(form.sources[0]).warning, "then it keeps the size that the model gives it"


def test_a_file_that_only_blender_reads_is_told_and_what_nobody_reads_too(form: Form, tmp_path: Path) -> None:
    form.sizing = "AS_IT_CAME"
    path = tmp_path / "sky.hdr"
    path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 16 +X 32\n" + bytes(2048))
    add_file(form, path)
    told = row(form.sources[0])
    assert (told.problem, told.state) == ("", "File")
    assert told.text == "32 × 16 · JPEG or PNG · at most 4 KB"
    path = tmp_path / "notes.xyz"
    path.write_bytes(bytes(99))
    add_file(form, path)
    assert row(form.sources[1]).problem == (
        "notes.xyz can't be read as an image. If Blender shows it, open it there and add it as an image."
    )


def test_an_alpha_channel_is_looked_into(form: Form, tmp_path: Path) -> None:
    form.sizing = "AS_IT_CAME"
    for name, alpha in (("opaque", 255), ("clear", 90)):
        path = tmp_path / f"{name}.tif"
        Image.new("RGBA", SIZE, (9, 99, 200, alpha)).save(path)
        add_file(form, path)
    assert texts(form) == ["32 × 16 · JPEG or PNG · at most 4 KB"] * 2
    looked_at(form)
    formats = [row(source).text.split(" · ")[1] for source in form.sources]
    assert formats == ["JPEG", "PNG"]


def test_a_mask_and_tiles_count_among_what_leaves(form: Form, make: Callable[..., Path]) -> None:
    form.sizing = "AS_IT_CAME"
    for name in ("one.png", "two.png"):
        add_image(form, bpy.data.images.load(str(make(name))))
    looked_at(form)
    sizes = [row(source).byte_count for source in form.sources]
    text = leaving_text(list(map(row, form.sources)), has_mask=False)
    assert text == f"Uploads 2 images, {bytes_text(sum(sizes))}"
    form.mask.kind = "ALPHA"
    looked_at(form)
    assert leaving_text(list(map(row, form.sources)), has_mask=True).startswith("Uploads 3 images, about")
    add_image(form, bpy.data.images.new("Made", 64, 64))
    known = list(map(row, form.sources))
    most = bytes_text(2 * known[0].byte_count + known[1].byte_count + known[2].byte_count)
    assert leaving_text(known, has_mask=True) == f"Uploads 4 images, at most {most}"


def test_the_button_is_grey_while_a_source_cant_be_sent(form: Form, make: Callable[..., Path]) -> None:
    for name in ("one.png", "two.png"):
        add_image(form, bpy.data.images.load(str(make(name))))
    looked_at(form)
    mirror = bpy.context.window_manager.easel
    assert not sources_problem(form, mirror)
    form.sources[1].image.easel_never_upload = True
    deadline = time.monotonic() + 20
    while not row(form.sources[1]).problem:
        assert time.monotonic() < deadline
        look()
    assert sources_problem(form, mirror).startswith("Source 2 can't be sent")


def test_what_the_artist_may_not_expect_is_said(form: Form, make: Callable[..., Path]) -> None:
    image = bpy.data.images.load(str(make("normal.png", "RGBA")))
    image.colorspace_settings.name = "Non-Color"
    add_image(form, image)
    warnings = row(form.sources[0]).warning.splitlines()
    assert len(warnings) == 2
    assert "alpha" in warnings[0]
    assert "Non-Color" in warnings[1]
    assert not image.has_data
    image.pixels[0] = 0.5
    assert "Painted" in row(form.sources[0]).warning


def test_a_missing_file_is_a_problem(form: Form, make: Callable[..., Path]) -> None:
    path = make()
    add_file(form, path)
    assert not row(form.sources[0]).problem
    path.unlink()
    assert str(path) in row(form.sources[0]).problem
    assert not row(form.sources[0]).text


def test_a_file_that_is_no_image_is_a_problem(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("no image")
    add_file(form, path)
    assert "notes.png" in row(form.sources[0]).problem


def test_what_left_the_list_is_forgotten(form: Form, make: Callable[..., Path]) -> None:
    add_file(form, make())
    row(form.sources[0])
    form.sources.clear()
    look()
    assert not bpy.context.window_manager.easel.sources


def test_thumbnails_are_made_in_the_background(form: Form, make: Callable[..., Path]) -> None:
    path = make(size=(300, 100))
    image = bpy.data.images.load(str(path))
    add_image(form, image)
    thumbnails.stop()
    deadline = time.monotonic() + 20
    while not thumbnails._state().previews:
        assert time.monotonic() < deadline
        mirror.show_sources(form)
        time.sleep(0.02)
    ((_key, preview),) = thumbnails._state().previews.items()
    assert tuple(preview.image_size) == (128, 43)
    shown = np.array(preview.image_pixels_float[:]).reshape(43, 128, 4)
    wanted = np.asarray(Image.open(path).resize((128, 43)).convert("RGBA"))[::-1] / 255
    assert np.abs(shown - wanted).mean() < 0.05
    assert not image.has_data
    assert image.preview is None


def test_the_list_is_drawn_and_offers_all_ways_to_add(form: Form, make: Callable[..., Path]) -> None:
    image = bpy.data.images.load(str(make("normal.png", "RGBA")))
    add_image(form, image)
    look()
    drawn = draw(EASEL_PT_generate, width=600)
    assert drawn.names("menu") == ["EASEL_MT_add_source", "EASEL_MT_all_models"]
    button = drawn.find("easel.show_source")
    assert (button.text, button.icon, button.options.index) == ("normal.png", "INFO", 0)
    assert "32 × 16 → 512 × 288 · JPEG or PNG · at most 594 KB · File" in drawn.texts("label")
    assert bpy.ops.easel.show_source(index=0) == {"FINISHED"}
    details = draw(EASEL_PT_source, width=600)
    assert "role" in details.names("prop")
    assert "32 × 16 → 512 × 288" in details.texts("label")
    assert any("alpha" in text for text in details.texts("label"))
    assert draw(EASEL_MT_add_source).texts("operator") == [
        "Textures of Active Object",
        "Image Editor",
        "Selected Planes and Empties",
        "File…",
        "Clipboard",
        "Viewport Snapshot",
        "Camera View",
        "Render Result",
    ]
    assert draw(EASEL_MT_add_source).texts("menu") == ["Images of This File", "From Jobs"]
    add_image(form, bpy.data.images.new("Other", 8, 8))
    drawn = draw(EASEL_PT_generate)
    assert [item.options.index for item in drawn.items if item.name == "easel.show_source"] == [0, 1]


def test_images_of_this_file_and_of_jobs_are_offered(default_file: None, make_job: "MakeJob") -> None:
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    image = bpy.data.images.new("Oak", 8, 8)
    image.use_fake_user = True
    assert "Oak" in draw(EASEL_MT_file_images).texts("operator")
    assert bpy.ops.easel.add_image(name="Oak") == {"FINISHED"}
    assert [source.image for source in form.sources] == [image]
    bpy.context.window_manager.easel.jobs.clear()
    assert draw(EASEL_MT_job_images).texts("label") == ["No job has images yet"]
    mirror.show(make_job(Placement()), followed=False)
    mirror.mirror().jobs[0].picture_numbers = "3"
    assert draw(EASEL_MT_job_images).find("easel.add_job_image").options.index == 2, "the others never came"
    mirror.mirror().jobs[0].picture_numbers = "1"
    button = draw(EASEL_MT_job_images).find("easel.add_job_image")
    assert button.options.index == 0
    image["easel_job"], image["easel_index"] = button.options.job_id, 0
    form.sources.clear()
    assert bpy.ops.easel.add_job_image(job_id=button.options.job_id, index=0) == {"FINISHED"}
    assert [source.image for source in form.sources] == [image], "the one that is in the file"
    with pytest.raises(RuntimeError, match="no longer has this image"):
        bpy.ops.easel.add_job_image(job_id="removed meanwhile", index=0)
    bpy.context.window_manager.easel.jobs.clear()


def test_the_image_of_the_selected_empty_is_added(default_file: None) -> None:
    form = bpy.context.scene.easel
    for obj in bpy.context.selected_objects:
        obj.select_set(False)
    assert not bpy.ops.easel.add_selected.poll()
    empty = bpy.data.objects.new("Sheet", None)
    empty.empty_display_type = "IMAGE"
    empty.data = bpy.data.images.new("Oak", 8, 8)
    bpy.context.scene.collection.objects.link(empty)
    empty.select_set(True)
    assert bpy.ops.easel.add_selected() == {"FINISHED"}
    assert [source.image.name for source in form.sources] == ["Oak"]


def test_a_source_is_added_once_and_selected(form: Form, make: Callable[..., Path]) -> None:
    first, second = bpy.data.images.new("A", 2, 2), bpy.data.images.new("B", 2, 2)
    assert add_image(form, first)
    assert add_image(form, second)
    assert not add_image(form, first)
    assert form.active_source == 0
    path = make()
    assert add_file(form, path)
    assert not add_file(form, path)
    assert len(form.sources) == 3


def test_the_edited_image_comes_first_and_keeps_its_role(form: Form) -> None:
    style, base = bpy.data.images.new("Style", 2, 2), bpy.data.images.new("Base", 2, 2)
    add_image(form, style)
    add_image(form, base)
    form.sources[1].role = "the image to edit"
    form.mode = "GENERATE"
    edit_image(form, base)
    assert [source.label for source in form.sources] == ["Base", "Style"]
    assert form.sources[0].role == "the image to edit"
    assert form.mode == "EDIT"


def test_move_and_remove(form: Form) -> None:
    for name in "ABC":
        add_image(form, bpy.data.images.new(name, 2, 2))
    bpy.ops.easel.move_source(direction="UP")
    assert [source.label for source in form.sources] == ["A", "C", "B"]
    bpy.ops.easel.remove_source()
    assert [source.label for source in form.sources] == ["A", "B"]


def test_the_render_result_is_added_and_the_settings_stay(
    form: Form, default_file: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "library"))
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.render.resolution_x, scene.render.resolution_y = 64, 32
    output = scene.render.image_settings
    output.file_format, output.color_mode, output.color_depth = "OPEN_EXR", "RGBA", "32"
    bpy.ops.render.render()
    assert bpy.ops.easel.add_render() == {"FINISHED"}
    (source,) = scene.easel.sources
    with Image.open(source.filepath) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (64, 32), "RGB")
        assert len(np.unique(np.asarray(picture))) > 10
    assert (output.file_format, output.color_mode, output.color_depth) == ("OPEN_EXR", "RGBA", "32")


def test_without_a_render_there_is_none_to_add(form: Form, default_file: None) -> None:
    if bpy.ops.easel.add_render.poll():
        with pytest.raises(RuntimeError, match=r"Nothing was rendered yet|render first"):
            bpy.ops.easel.add_render()
    assert not bpy.context.scene.easel.sources


def test_without_a_window_nothing_is_captured(form: Form, default_file: None) -> None:
    for operator in (bpy.ops.easel.add_viewport, bpy.ops.easel.add_camera, bpy.ops.easel.add_clipboard):
        assert not operator.poll()


def test_a_quiet_turn_writes_nothing(form: Form, make: Callable[..., Path]) -> None:
    add_file(form, make())
    look()
    deadline = time.monotonic() + 20
    quiet_turns = 0
    while quiet_turns < 10:  # a thumbnail counts as news when it arrives
        assert time.monotonic() < deadline
        quiet_turns = 0 if mirror.show_sources(form) else quiet_turns + 1
        time.sleep(0.05)
