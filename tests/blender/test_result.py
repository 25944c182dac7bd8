# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Result: the images of the selected job, the chosen image, and the verbs that act on it."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import PIL.Image
import pytest
from edits import add_textured_object
from pumping import pump_until
from recording_layout import RecordingLayout, draw
from silent_files import SilentFile
from tiled import edit

from easel import languages
from easel.client.requests import EditRequest, GenerateRequest
from easel.jobs.job import Job, Result
from easel.jobs.placement import PaintedView, Placement, TileTarget
from easel.jobs.recipe import read_recipe
from easel.jobs.targets import DatablockRef, PlacementKind
from easel.operators.vary import DONE, finishing
from easel.panels.common import fits_button
from easel.panels.result import EASEL_PT_result
from easel.properties.mirror import EASEL_PG_job as Row, EASEL_PG_mirror as Mirror
from easel.scene import live
from easel.scene.placement.images import find_result
from easel.scene.prompts.reuse import reuse
from easel.scene.session import mirror as rows, pump, result, session, undone
from easel.scene.session.rows import values_of
from easel.simulator import Simulator
from easel.texts.phrases import phrase
from easel.texts.wording import button_text

if TYPE_CHECKING:
    from placing import MakeJob

SLOW = 120.0
VIEW = PaintedView(
    object=DatablockRef(name="Cube", session_uid=7),
    matrix=tuple(float(number % 5 == 0) for number in range(16)),
    view_data=(0.0,) * 35,
    size=(2048, 1341),
)


@pytest.fixture
def shown() -> Mirror:
    """Return the mirror."""
    return bpy.context.window_manager.easel


def of_jobs() -> list[bpy.types.Image]:
    """Return the file's images that jobs have made."""
    return [image for image in bpy.data.images if "easel_job" in image]


def title() -> str:
    """Return the panel's title."""
    layout = RecordingLayout()
    context = SimpleNamespace(
        window_manager=bpy.context.window_manager,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        region=SimpleNamespace(width=280),
    )
    EASEL_PT_result.draw_header(SimpleNamespace(layout=layout), context)
    (text,) = layout.texts("label")
    return text


def wait_for_end(shown: Mirror, count: int) -> Job:
    """Pump until there are so many jobs, and the newest has ended; return the newest."""
    pump_until(lambda: len(shown.jobs) >= count and not shown.jobs[0].is_followed and shown.jobs[0].is_placed)
    return session.engine().job(shown.jobs[0].name)


# -- the strip ----------------------------------------------------------------------------------------


def test_a_click_chooses_and_the_choice_outlives_the_list(four: Row, shown: Mirror) -> None:
    assert (four.pictures, four.picture) == ([1, 2, 3, 4], 1)
    drawn = draw(EASEL_PT_result)
    buttons = [item for item in drawn.items if item.name == "easel.choose_picture"]
    assert [button.text for button in buttons] == ["1", "2", "3", "4"]
    assert sum(item.kind == "icon" for item in drawn.items) == 4
    assert title() == "Result: Copper robot  1 of 4"
    assert bpy.ops.easel.choose_picture(job_id=four.name, picture=3) == {"FINISHED"}
    assert (four.picture, title()) == (3, "Result: Copper robot  3 of 4")
    assert draw(EASEL_PT_result).find("easel.place").options.picture == 3
    assert "FINISHED" not in bpy.ops.easel.choose_picture(picture=5)
    rows.rebuild(session.engine().jobs())
    assert shown.jobs[0].picture == 3


def test_one_image_needs_no_choice(service: Simulator, shown: Mirror) -> None:
    bpy.ops.easel.generate(prompt="Copper", placement="IMAGE", wait=True)
    drawn = draw(EASEL_PT_result)
    assert "easel.choose_picture" not in drawn.names("operator")
    assert sum(item.kind == "icon" for item in drawn.items) == 1
    assert title() == "Result: Copper"


def test_its_progress_stands_where_the_images_will_be(shown: Mirror) -> None:
    shown.jobs.clear()
    job = shown.jobs.add()
    job.name, job.state, job.is_followed, job.submitted, job.typical_s = "1", "RUNNING", True, 1, 45
    shown.active_job = 0
    assert EASEL_PT_result.poll(SimpleNamespace(window_manager=bpy.context.window_manager))
    drawn = draw(EASEL_PT_result)
    assert len(drawn.texts("progress")) == 1
    assert not drawn.names("operator")
    job.picture_numbers = "1"
    drawn = draw(EASEL_PT_result)
    assert [item.kind for item in drawn.items] == ["icon", "progress"]
    shown.jobs.clear()


def test_facts_are_told_of_the_chosen_image(four: Row, shown: Mirror) -> None:
    session.note_drawn()
    pump.tick()
    job = session.engine().job(four.name)
    when = time.strftime("%H:%M", time.localtime(job.finished_at))
    assert shown.picture_facts == f"{job.results[0].width}² · 3.1 Flash · {when} · 60 credits"


def test_what_was_brought_to_its_sources_size_says_what_the_model_gave(make_job: "MakeJob") -> None:
    job = make_job(Placement())
    whole = replace(job.results[0], width=4096, height=4096, fitted=Path("x.png"))
    job = replace(job, results=(whole,), server="https://there", finished_at=1e9)
    fitted = replace(job, preparation=SimpleNamespace(fit={"source": [1024, 1024]}))
    text = result.facts_text(fitted, whole, as_it_came=False)
    assert text.startswith("1024² kept of 4096² · 3.1 Flash · 2001-09-0")
    assert result.facts_text(fitted, whole, as_it_came=True).startswith("4096² · ")
    oblong = Result(index=0, path=Path("x"), sha256="", byte_count=0, width=1024, height=768)
    assert result.facts_text(job, oblong, as_it_came=False).startswith("1024 × 768 · ")


# -- the verbs ----------------------------------------------------------------------------------------


def test_the_chosen_image_is_shown_and_is_one_datablock(four: Row) -> None:
    bpy.ops.easel.choose_picture(job_id=four.name, picture=2)
    for _ in range(2):
        assert bpy.ops.easel.show_picture(job_id=four.name) == {"FINISHED"}
        (image,) = of_jobs()
        assert image["easel_index"] == 1
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    before = area.type
    area.type = "IMAGE_EDITOR"
    assert bpy.ops.easel.show_picture(job_id=four.name, picture=4) == {"FINISHED"}
    assert area.spaces.active.image["easel_index"] == 3
    area.type = before


def test_edit_turns_the_form_to_the_chosen_image_alone(four: Row) -> None:
    form = bpy.context.scene.easel
    form.sources.add().image = bpy.data.images.new("another", 4, 4)
    assert bpy.ops.easel.edit_picture(job_id=four.name, picture=3) == {"FINISHED"}
    assert form.mode == "EDIT"
    assert [source.image["easel_index"] for source in form.sources] == [2]


def test_vary_makes_one_more_by_the_same_request(four: Row, shown: Mirror) -> None:
    assert (four.price_each, four.price_now) == (15, 60)
    assert draw(EASEL_PT_result).find("easel.vary").text == "Vary · 15 Credits"
    before = session.engine().job(four.name)
    assert bpy.ops.easel.vary(job_id=four.name) == {"FINISHED"}
    job = wait_for_end(shown, 2)
    assert replace(job.request, count=4) == before.request
    assert len(job.results) == job.request.count == 1


def test_vary_has_another_seed_where_the_model_has_one(service: Simulator, shown: Mirror) -> None:
    bpy.ops.easel.generate(prompt="Copper", model="SEEDREAM_V5_LITE", seed=7, placement="IMAGE", wait=True)
    bpy.ops.easel.vary(job_id=shown.jobs[0].name)
    job = wait_for_end(shown, 2)
    assert job.request.seed not in (7, None)


def test_an_edit_can_be_varied_without_its_source(
    service: Simulator, shown: Mirror, wood_node: bpy.types.ShaderNodeTexImage
) -> None:
    bpy.ops.easel.edit(prompt="moss", sources=[{"name": "wood"}], placement="IMAGE", wait=True)
    first = session.engine().job(shown.jobs[0].name)
    bpy.data.images.remove(bpy.data.images["wood"])
    assert bpy.ops.easel.vary(job_id=first.id) == {"FINISHED"}
    job = wait_for_end(shown, 2)
    assert job.preparation == first.preparation
    assert job.results[0].fitted is not None, "it is brought to the size of what was sent"
    Path(first.preparation.uploads[0].path).unlink()
    assert bpy.ops.easel.vary(job_id=first.id) == {"FINISHED"}
    pump_until(lambda: len(shown.jobs) == 3 and not shown.jobs[0].is_followed)
    assert shown.jobs[0].state == "FAILED"
    assert "no longer kept" in shown.jobs[0].message


def test_finish_draws_it_again_in_the_largest_resolution_and_takes_its_place(
    four: Row, shown: Mirror
) -> None:
    assert (four.finish_resolution, four.finish_price) == ("4K", 25)
    assert draw(EASEL_PT_result).find("easel.finish").text == "Finish in 4K · 25 Credits"
    icons = [draw(EASEL_PT_result, width=width).find("easel.finish").icon for width in (220, 340)]
    assert icons == ["NONE", "SHADERFX"], "the price is seen whole"
    bpy.ops.easel.show_picture(job_id=four.name, picture=3)
    (draft,) = of_jobs()
    node = add_textured_object(draft)
    assert bpy.ops.easel.finish(job_id=four.name, picture=3) == {"FINISHED"}
    job = wait_for_end(shown, 2)
    assert isinstance(job.request, EditRequest)
    assert (job.request.resolution, job.request.keeps_size, job.request.count) == ("4K", False, 1)
    assert job.request.title == "Copper robot"
    assert job.results_to_place[0].width == 4096, "it is not brought back to what the draft had"
    assert job.results[0].fitted is not None, "but lined up with it"
    assert node.image["easel_job"] == job.id
    assert node.image.easel_original == draft
    assert shown.jobs[0].finish_resolution == "", "there is no larger one"
    assert "easel.finish" not in draw(EASEL_PT_result).names("operator")


@pytest.mark.parametrize("language", ["de", "es", "fr", "ja", "zh_HANS"])
def test_the_price_of_finishing_is_seen_whole_in_a_narrow_sidebar(language: str) -> None:
    words = json.loads((Path(languages.__file__).parent / f"{language}.json").read_text("utf-8"))
    verb = phrase("Finish in {size}", size="4K")
    text = button_text(verb, 25).said(words.__getitem__)
    context = SimpleNamespace(
        region=SimpleNamespace(width=220),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
    )
    assert fits_button(context, text)


def test_a_painted_draft_stays_where_it_is(four: Row, shown: Mirror) -> None:
    bpy.ops.easel.show_picture(job_id=four.name, picture=1)
    (draft,) = of_jobs()
    add_textured_object(draft)
    draft.pixels[0] = 0.25
    draft.update()
    assert draft.is_dirty
    assert bpy.ops.easel.finish(job_id=four.name, picture=1) == {"FINISHED"}
    placement = session.engine().job(shown.jobs[0].name).placement
    assert placement.kind is PlacementKind.IMAGE, "the paint is not in what is sent"
    assert placement.made_from.name == draft.name


def test_an_edit_that_is_finished_is_not_done_twice(
    service: Simulator, shown: Mirror, wood_node: bpy.types.ShaderNodeTexImage
) -> None:
    bpy.ops.easel.edit(prompt="Add a window", sources=[{"name": "wood"}], placement="TEXTURE", wait=True)
    draft = session.engine().job(shown.jobs[0].name)
    request = finishing(draft.request, "4K", "Add a window.png")
    assert request.prompt.startswith("Add a window\n\n" + DONE)
    assert [source.name for source in request.sources] == ["Add a window.png"]
    assert DONE not in finishing(GenerateRequest(model=draft.request.model, prompt="x"), "4K", "x").prompt
    bpy.ops.easel.finish(job_id=draft.id)
    job = session.engine().job(shown.jobs[0].name)
    assert [source.name for source in job.request.sources] == [find_result(draft.id, 0).name]


@pytest.mark.parametrize(
    "placement",
    [
        Placement(tile=TileTarget(image=DatablockRef(name="skin", session_uid=1), number=1001, batch="a")),
        Placement(view=VIEW),
    ],
    ids=["tile", "view"],
)
def test_what_has_the_size_of_something_else_has_no_larger_one(
    make_job: "MakeJob", placement: Placement
) -> None:
    job = make_job(Placement())
    assert values_of(job)["finish_resolution"] == "4K"
    assert values_of(replace(job, placement=placement))["finish_resolution"] == ""


def test_a_tile_is_shown_and_edited_as_an_image_of_its_own(
    service: Simulator, load_udim: Callable[..., bpy.types.Image]
) -> None:
    tiled = edit(load_udim(), "1001", placement="IMAGE")
    job_id = tiled["easel_job"]
    before = len(bpy.data.images)
    for verb in (bpy.ops.easel.show_picture, bpy.ops.easel.edit_picture):
        assert verb(job_id=job_id) == {"FINISHED"}
        assert len(bpy.data.images) == before + 1
    source = bpy.context.scene.easel.sources[0].image
    assert (source.source, source["easel_job"]) == ("FILE", job_id)


def test_what_show_adds_stays_though_it_is_no_undo_step(four: Row) -> None:
    bpy.ops.easel.show_picture(job_id=four.name, picture=1)
    bpy.ops.easel.edit_picture(job_id=four.name, picture=2)
    kept = {key.index for key in live.part(undone._Undone).records if key.job_id == four.name}
    assert 0 in kept, "nothing else would bring it back"
    assert 1 not in kept, "it goes with the click that has brought it"


def test_what_there_are_no_credits_for_is_grey_and_says_so(four: Row, shown: Mirror) -> None:
    assert all(draw(EASEL_PT_result).find(verb).enabled for verb in ("easel.vary", "easel.finish"))
    shown.has_balance, shown.balance, shown.is_simulator = True, 20, False
    drawn = draw(EASEL_PT_result)
    assert (drawn.find("easel.vary").enabled, drawn.find("easel.finish").enabled) == (True, False)
    assert "Not enough credits: there are 20 credits" in " ".join(drawn.texts("label"))
    shown.balance = 5
    assert not draw(EASEL_PT_result).find("easel.vary").enabled


def test_what_must_not_leave_is_not_finished(four: Row) -> None:
    bpy.ops.easel.show_picture(job_id=four.name, picture=1)
    (draft,) = of_jobs()
    draft.easel_never_upload = True
    with pytest.raises(RuntimeError, match="Never Upload"):
        bpy.ops.easel.finish(job_id=four.name, picture=1)
    assert len(bpy.context.window_manager.easel.jobs) == 1


def test_a_copy_of_the_file_is_saved_elsewhere(four: Row, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    assert bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=str(target)) == {"FINISHED"}
    source = session.engine().job(four.name).results[1].path
    assert (tmp_path / "mine.png").read_bytes() == source.read_bytes()
    (tmp_path / "mine.png").write_bytes(b"another's")
    with pytest.raises(RuntimeError, match="exists already"):
        bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=str(target))
    assert (tmp_path / "mine.png").read_bytes() == b"another's", "nobody was asked about this name"
    bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=str(tmp_path / "mine.png"))
    assert (tmp_path / "mine.png").read_bytes() == source.read_bytes(), "here the file browser asked"
    assert [path.name for path in tmp_path.glob("*mine*")] == ["mine.png"]
    for name, how, saved in (
        ("a.jpg", {}, ("a.jpg", "JPEG")),
        ("b", {"file_format": "WEBP"}, ("b.webp", "WEBP")),
        ("c.png", {"file_format": "JPEG"}, ("c.jpg", "JPEG")),
    ):
        bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=str(tmp_path / name), **how)
        with PIL.Image.open(tmp_path / saved[0]) as image, PIL.Image.open(source) as original:
            assert (image.format, image.size) == (saved[1], original.size)
        assert read_recipe(tmp_path / saved[0]) == read_recipe(source)
    with pytest.raises(RuntimeError, match=r"x\.png"):
        bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=str(tmp_path / "no" / "x.png"))
    with pytest.raises(RuntimeError, match="exists already"):
        bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=str(source))
    other = session.engine().job(four.name).results[0].path
    paid = other.read_bytes()
    with pytest.raises(RuntimeError, match="exists already"):
        bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=str(other))
    assert other.read_bytes() == paid, "no image of the library is replaced"
    for nothing in ("", " ", ".", "..", "/"):
        with pytest.raises(RuntimeError, match="which file"):
            bpy.ops.easel.save_picture(job_id=four.name, picture=2, filepath=nothing)
    silent = SilentFile(source, source.read_bytes())
    late = {"job_id": four.name, "picture": 2, "filepath": str(tmp_path / "late.png")}
    try:
        with pytest.raises(RuntimeError, match="takes longer than 1 s and goes on"):
            bpy.ops.easel.save_picture(wait=True, timeout=1, **late)
    finally:
        silent.answer()
    pump_until((tmp_path / "late.png").exists)


# -- use again ----------------------------------------------------------------------------------------


def test_the_whole_form_is_as_it_was(service: Simulator, shown: Mirror) -> None:
    form = bpy.context.scene.easel
    wood, mask = (bpy.data.images.new(name, 8, 8) for name in ("wood", "mask"))
    mask.generated_color = (1, 1, 1, 1)
    for image in (wood, mask):
        image.pack()
    form.mode, form.model, form.template = "EDIT", "GEMINI_3_PRO", "CONCEPT"
    form.edit_prompt = "Moss"
    form.gemini_3_pro.resolution = "2K"
    form.sources.add().image = wood
    form.sources[0].role = "the wall"
    form.placement, form.ways.reference_depth, form.ways.reference_height = "REFERENCE_EMPTY", "BACK", 3.0
    form.mask.kind, form.mask.image, form.mask.feather = "IMAGE", mask, 9
    form.sizing = "KEEP_SIZE"
    assert bpy.ops.easel.edit(wait=True) == {"FINISHED"}
    job = session.engine().job(shown.jobs[0].name)
    wood.name, mask.name = "oak", "cut"
    for name in ("mode", "model", "template", "placement", "edit_prompt"):
        form.property_unset(name)
    form.sources.clear()
    for name in ("mask", "ways", "gemini_3_pro"):
        form.property_unset(name)
    assert bpy.ops.easel.reuse_settings(job_id=job.id) == {"FINISHED"}
    assert (form.mode, form.model, form.template) == ("EDIT", "GEMINI_3_PRO", "CONCEPT")
    assert form.edit_prompt == "Moss"
    assert form.gemini_3_pro.resolution == "2K"
    assert [(source.image, source.role) for source in form.sources] == [(wood, "the wall")]
    assert (form.placement, form.ways.reference_depth) == ("REFERENCE_EMPTY", "BACK")
    assert form.ways.reference_height == pytest.approx(3.0)
    assert (form.mask.kind, form.mask.image, form.mask.feather) == ("IMAGE", mask, 9)


def test_what_is_gone_is_named(service: Simulator, shown: Mirror) -> None:
    form = bpy.context.scene.easel
    wood = bpy.data.images.new("wood", 8, 8)
    wood.pack()
    bpy.ops.easel.edit(prompt="moss", sources=[{"name": "wood"}], placement="IMAGE", wait=True)
    job = session.engine().job(shown.jobs[0].name)
    bpy.data.images.remove(wood)
    placement = job.placement.in_session(session.session_id())
    assert reuse(form, replace(job.request, written="moss", template="NEW"), placement) == [
        "wood",
        "the template",
    ]
    assert bpy.ops.easel.reuse_settings(job_id=job.id) == {"FINISHED"}
    assert len(form.sources) == 1, "the copy that the library has of what was sent"
