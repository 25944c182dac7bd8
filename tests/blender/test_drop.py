# SPDX-License-Identifier: GPL-3.0-or-later
"""Files dropped on the tab, and settings taken from the files that Easel made."""

import json
import shutil
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pumping import pump_until
from recording_layout import RecordingLayout
from silent_files import SilentFile

from easel.jobs import images
from easel.jobs.recipe import read_recipe
from easel.operators.drop import (
    EASEL_FH_image,
    EASEL_FH_made_image,
    draw_choices,
    draw_several,
    offers_settings,
)
from easel.scene.placement.reused import RECIPE_KEY, recipe_of_file
from easel.scene.prompts.reuse_other import reuse_other
from easel.scene.session import session
from easel.scene.sources import file_facts, making
from easel.scene.sources.making import making_of

if TYPE_CHECKING:
    from easel.simulator import Simulator


def plain(path: Path) -> Path:
    """Write an image that Easel did not make."""
    Image.new("RGB", (8, 4)).save(path)
    return path


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def made(tmp_path: Path) -> Path:
    """Return the file of the only job's image."""
    (path,) = (tmp_path / "library" / "images").rglob("*.png")
    return path


@pytest.mark.parametrize(
    ("region", "category", "is_taken"),
    [("UI", "Easel", True), ("UI", "Item", False), ("WINDOW", "UNSUPPORTED", False)],
)
def test_only_easels_tab_takes_drops(region: str, category: str, is_taken: bool) -> None:
    context = SimpleNamespace(region=SimpleNamespace(type=region, active_panel_category=category))
    assert EASEL_FH_image.poll_drop(context) == is_taken
    assert not EASEL_FH_image.poll_drop(SimpleNamespace(region=None))


@pytest.mark.parametrize(
    ("area", "region", "category", "width", "is_taken"),
    [
        ("VIEW_3D", "WINDOW", "Easel", 280, True),
        ("NODE_EDITOR", "WINDOW", "Easel", 280, True),
        ("VIEW_3D", "WINDOW", "Easel", 1, False),  # pixels: the sidebar is closed
        ("VIEW_3D", "WINDOW", "Item", 280, False),
        ("VIEW_3D", "HEADER", "Easel", 280, False),
        ("IMAGE_EDITOR", "WINDOW", "Easel", 280, False),
    ],
)
def test_a_view_beside_easels_tab_takes_drops(
    area: str, region: str, category: str, width: int, is_taken: bool
) -> None:
    over = SimpleNamespace(type=region)
    sidebar = SimpleNamespace(type="UI", width=width, active_panel_category=category)
    context = SimpleNamespace(area=SimpleNamespace(type=area, regions=[over, sidebar]), region=over)
    assert EASEL_FH_made_image.poll_drop(context) == is_taken
    assert not EASEL_FH_made_image.poll_drop(SimpleNamespace(area=None, region=None))


def test_dropped_files_become_sources(tmp_path: Path) -> None:
    names = ["a.png", "b.jpg"]
    for name in names:
        plain(tmp_path / name)
    bpy.ops.easel.drop_image(directory=str(tmp_path), files=[{"name": name} for name in names])
    form = bpy.context.scene.easel
    assert [source.filepath for source in form.sources] == [str(tmp_path / name) for name in names]
    assert form.mode == "EDIT"


def test_an_image_of_the_library_that_is_dropped_is_placed(service: "Simulator", tmp_path: Path) -> None:
    bpy.ops.easel.generate(prompt="Copper roof", placement="IMAGE", wait=True)
    copy = tmp_path / "dropped.png"
    copy.write_bytes(made(tmp_path).read_bytes())
    for area, way in (("VIEW_3D", "PLANE"), ("NODE_EDITOR", "NODE")):
        layout, context = RecordingLayout(), SimpleNamespace(area=SimpleNamespace(type=area))
        draw_choices(layout, context, copy, read_recipe(copy))
        ways = {item.options.verb: item.options for item in layout.items if item.name == "easel.for_picture"}
        assert way in ways
        assert layout.names("operator")[-2:] == ["easel.use_file", "easel.reuse_settings"]
    before = len(bpy.data.images)
    told = ways["IMAGE"]
    assert bpy.ops.easel.for_picture(verb="PLANE", job_id=told.job_id, picture=told.picture) == {"FINISHED"}
    assert [obj.type for obj in bpy.context.scene.objects][-1] == "MESH"
    assert len(bpy.data.images) == before, "it is the image that the file has"
    layout = RecordingLayout()
    draw_choices(layout, SimpleNamespace(area=None), plain(tmp_path / "a.png"), None)
    assert layout.names("operator") == ["easel.use_file", "easel.reuse_settings", "easel.import_images"]


@pytest.mark.parametrize("names", [["a.png"], ["a.png", "b.png", "c.png"]])
def test_dropped_files_are_imported_where_that_is_chosen(
    service: "Simulator", tmp_path: Path, names: list[str]
) -> None:
    paths = [tmp_path / name for name in names]
    for shade, path in enumerate(paths):
        Image.new("RGB", (8, 4), (shade, 0, 0)).save(path)
    layout = RecordingLayout()
    if len(paths) > 1:
        draw_several(SimpleNamespace(layout=layout), bpy.context, paths=paths)
        assert layout.texts("operator")[0] == "Add 3 as Sources"
    else:
        draw_choices(layout, SimpleNamespace(area=None), paths[0], None)
    asked = layout.find("easel.import_images").options
    files = [{"name": file.name} for file in asked.files]
    assert bpy.ops.easel.import_images(directory=asked.directory, files=files, wait=True) == {"FINISHED"}
    found = images.search(session.engine().library.root)
    assert sorted(row.written for row in found) == [path.stem for path in paths]


def test_an_image_tells_its_settings_again(service: "Simulator", tmp_path: Path) -> None:
    given = {"model": "GEMINI_3_PRO", "aspect_ratio": "16:9", "resolution": "2K"}
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True, **given)
    form = bpy.context.scene.easel
    form.mode, form.prompt = "EDIT", "something else"
    assert bpy.ops.easel.reuse_settings(filepath=str(made(tmp_path))) == {"FINISHED"}
    assert (form.mode, form.prompt, form.model) == ("GENERATE", "copper", "GEMINI_3_PRO")
    assert (form.gemini_3_pro.aspect_ratio, form.gemini_3_pro.resolution) == ("16:9", "2K")


def test_an_edit_tells_its_sources_where_they_are_in_the_file(service: "Simulator", tmp_path: Path) -> None:
    wood = bpy.data.images.load(str(plain(tmp_path / "wood.png")))
    bpy.data.images.load(str(plain(tmp_path / "style.png")))
    sources = [{"name": "wood.png"}, {"name": "style.png"}]
    bpy.ops.easel.edit(prompt="older", sources=sources, roles=";a style", placement="IMAGE", wait=True)
    bpy.data.images.remove(bpy.data.images["style.png"])
    path = made(tmp_path)
    assert [source.name for source in read_recipe(path).request.sources] == ["wood.png", "style.png"]
    bpy.ops.easel.reuse_settings(filepath=str(path))
    form = bpy.context.scene.easel
    assert form.mode == "EDIT"
    assert form.edit_prompt == "older"
    assert [source.image for source in form.sources] == [wood, None]
    assert size_of(form.sources[1].filepath) == (8, 4)  # the library's copy
    assert form.sources[1].role == "a style"
    assert bpy.ops.easel.edit(prompt="again", placement="IMAGE", wait=True) == {"FINISHED"}
    wood.easel_never_upload = (
        True  # the copy may be of that image, or of one made from it: nobody knows which
    )
    bpy.ops.easel.reuse_settings(filepath=str(path))
    assert [source.image for source in form.sources] == [wood]


def test_in_another_file_an_edit_has_the_sources_that_it_was_sent(
    service: "Simulator", tmp_path: Path
) -> None:
    Image.effect_noise((300, 100), 90).convert("RGB").save(tmp_path / "wood.png")
    bpy.data.images.load(str(tmp_path / "wood.png"))
    bpy.ops.easel.edit(prompt="older", sources=[{"name": "wood.png"}], placement="IMAGE", wait=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    (tmp_path / "wood.png").unlink()
    shown = bpy.context.window_manager.easel
    pump_until(lambda: len(shown.jobs))
    row = shown.jobs[0]
    assert bpy.ops.easel.reuse_settings(job_id=row.name) == {"FINISHED"}
    form = bpy.context.scene.easel
    assert [size_of(source.filepath) for source in form.sources] == [(300, 100)]
    secret = bpy.data.images.new("Secret", 8, 8)
    secret.easel_never_upload = True
    with pytest.raises(RuntimeError, match="does not tell which image it is of"):
        bpy.ops.easel.edit(prompt="again", placement="IMAGE")
    assert len(service.tasks) == 1, "the copy may be of what was marked since"
    bpy.data.images.remove(secret)
    shutil.rmtree(session.engine().library.sources_folder(row.name))
    file_facts.stop()  # it remembers files for some seconds
    bpy.ops.easel.reuse_settings(job_id=row.name)
    assert not form.sources


def test_of_many_images_only_those_of_that_name_are_looked_at(
    service: "Simulator", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.easel.generate(prompt="Copper roof", placement="IMAGE", wait=True)
    (image,) = (image for image in bpy.data.images if RECIPE_KEY in image)
    resolved, asked = bpy.path.abspath, list[str]()
    for number in range(50):
        other = bpy.data.images.new(f"other {number}", 1, 1)
        other.source, other.filepath, other[RECIPE_KEY] = (
            "FILE",
            f"//textures/{number}.png",
            image[RECIPE_KEY],
        )

    def noted(path: str, **named: object) -> str:
        asked.append(path)
        return resolved(path, **named)

    path = Path(resolved(image.filepath_raw))
    with monkeypatch.context() as patch:
        patch.setattr(bpy.path, "abspath", noted)
        assert recipe_of_file(tmp_path / "else.png") is None
        assert asked == []
        found = recipe_of_file(path)
    assert found is not None
    assert found.request.prompt == "Copper roof"
    assert asked == [image.filepath_raw]


def test_an_image_that_easel_did_not_make_says_so(tmp_path: Path) -> None:
    path = plain(tmp_path / "wood.png")
    with pytest.raises(RuntimeError, match="does not contain its settings"):
        bpy.ops.easel.reuse_settings(filepath=str(path))
    with pytest.raises(RuntimeError):
        bpy.ops.easel.reuse_settings(filepath=str(plain(tmp_path / "wood.jpg")))


PARAMETERS = """an {old} wall
Negative prompt: blurry
Steps: 28, Sampler: Euler, CFG scale: 7, Seed: 1234, Size: 768x512, Model: realistic_v51"""
GRAPH = {
    "3": {"inputs": {"seed": 42, "steps": 20, "positive": ["6", 0], "latent_image": ["5", 0]}},
    "5": {"inputs": {"width": 1024, "height": 512}},
    "6": {"inputs": {"text": "a copper kettle"}},
}


def told(path: Path, **texts: str) -> Path:
    """Write a PNG with text chunks, as other tools do."""
    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text)
    Image.new("RGB", (8, 4)).save(path, pnginfo=info)
    return path


def captioned(path: Path, caption: str) -> Path:
    """Write an image with a plain description in XMP."""
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{caption}</rdf:li></rdf:Alt></dc:description></rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    )
    if path.suffix == ".png":
        return told(path, **{"XML:com.adobe.xmp": packet})
    Image.new("RGB", (8, 4)).save(path, xmp=packet.encode())
    return path


@pytest.mark.parametrize(
    ("model", "shape", "seed"),
    [("GEMINI_3_PRO", "3:2", None), ("SEEDREAM_V5_LITE", None, 1234)],
)
def test_settings_of_another_tool_fill_the_form(
    tmp_path: Path, model: str, shape: str | None, seed: int | None
) -> None:
    form = bpy.context.scene.easel
    form.mode, form.model = "EDIT", model
    path = told(tmp_path / "wall.png", parameters=PARAMETERS)
    assert offers_settings(path)
    assert bpy.ops.easel.reuse_settings(filepath=str(path)) == {"FINISHED"}
    assert (form.mode, form.prompt, form.model) == ("GENERATE", "an {{old}} wall", model), "no token"
    options = form.options(form.model_id)
    if shape is not None:
        assert options.aspect_ratio == shape
    if seed is not None:
        assert options.seed == seed


def test_what_is_not_taken_over_is_said(tmp_path: Path) -> None:
    form = bpy.context.scene.easel
    form.model = "GEMINI_3_PRO"
    form.gemini_3_pro.aspect_ratio = "9:16"
    reused = reuse_other(form, making_of(told(tmp_path / "a.png", parameters=PARAMETERS)))
    assert reused.text == (
        "Filled in: the prompt, the shape 3:2. Left out: the seed 1234, the model realistic_v51, "
        "the negative prompt, 28 steps"
    )
    form.model = "SEEDREAM_V5_LITE"
    form.seedream_v5_lite.image_size = "portrait_16_9"
    reused = reuse_other(form, making_of(told(tmp_path / "b.png", prompt=json.dumps(GRAPH))))
    assert reused.text == "Filled in: the prompt, the seed 42. Left out: the shape 1024 × 512, 20 steps"
    assert form.seedream_v5_lite.image_size == "portrait_16_9", "it stays as the artist has it"


def test_a_caption_is_a_prompt_only_where_that_is_asked_for(tmp_path: Path) -> None:
    form = bpy.context.scene.easel
    for name in ("kettle.png", "kettle.jpg"):
        form.prompt = ""
        path = captioned(tmp_path / name, "a copper kettle")
        assert bpy.ops.easel.reuse_settings(filepath=str(path)) == {"FINISHED"}
        assert form.prompt == "a copper kettle"
        assert offers_settings(path) == (name == "kettle.png")


def test_easels_own_recipe_is_the_one_that_counts(service: "Simulator", tmp_path: Path) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    with Image.open(made(tmp_path)) as image:
        recipe = image.text["easel"]
    both = told(tmp_path / "both.png", easel=recipe, parameters=PARAMETERS)
    bpy.ops.easel.reuse_settings(filepath=str(both))
    assert bpy.context.scene.easel.prompt == "copper"
    newer = told(tmp_path / "newer.png", easel=json.dumps({"format": 99}), parameters=PARAMETERS)
    with pytest.raises(RuntimeError, match="newer Easel"):
        bpy.ops.easel.reuse_settings(filepath=str(newer))


def test_a_disk_that_keeps_silent_holds_no_click_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("no file can be lent")
    path = tmp_path / "silent.png"
    silent = SilentFile(path)
    monkeypatch.setattr(making, "PATIENCE_S", 0.1)
    answer = threading.Timer(20, silent.answer)
    answer.start()
    try:
        with pytest.raises(RuntimeError, match="does not answer"):
            bpy.ops.easel.reuse_settings(filepath=str(path))
        assert answer.is_alive(), "Blender stood still"
    finally:
        answer.cancel()
        silent.answer()
