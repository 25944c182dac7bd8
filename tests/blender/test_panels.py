# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels, drawn on a recording layout, show what artists see in each situation."""

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import pytest
from recording_layout import ICONS, draw

from easel.client.models import MODELS, Model
from easel.jobs.placement import Placement
from easel.operators.edit import EASEL_OT_edit
from easel.operators.generate import EASEL_OT_generate
from easel.panels import prompts as prompt_panels
from easel.panels.common import fact_lines
from easel.panels.form import EASEL_PT_generate, price_of
from easel.panels.job import STATE_ICONS, EASEL_MT_job
from easel.panels.jobs import EASEL_PT_image_jobs, EASEL_PT_jobs, EASEL_PT_shader_jobs
from easel.panels.options import EASEL_PT_options
from easel.panels.result import EASEL_PT_image_result, EASEL_PT_result, EASEL_PT_shader_result
from easel.properties.form import EASEL_PG_form as Form
from easel.properties.mirror import EASEL_PG_job as Row, EASEL_PG_mirror as Mirror
from easel.scene.listing import source_rows
from easel.scene.session import mirror as rows

if TYPE_CHECKING:
    from placing import MakeJob

HALF_HERE = {"state": "DOWNLOADING", "is_parked": True, "is_half_here": True}


@pytest.fixture
def form() -> Form:
    """Return the empty form."""
    return bpy.context.scene.easel


@pytest.fixture
def mirror() -> Mirror:
    """Return the mirror without any obstacle."""
    mirror = bpy.context.window_manager.easel
    mirror.property_unset("jobs")
    mirror.jobs.clear()
    for name in ("obstacle", "trouble", "wallet_message", "is_simulator", "has_balance", "balance"):
        mirror.property_unset(name)
    mirror.obstacle = "NONE"
    return mirror


def add_job(mirror: Mirror, **values: object) -> Row:
    """Add a job to the mirror, select and return it."""
    job = mirror.jobs.add()
    job.name = "job-1"
    job.model = "Gemini 3 Pro"
    job.prompt = "A brick wall"
    job.count = 1
    for name, value in values.items():
        setattr(job, name, value)
    mirror.active_job = len(mirror.jobs) - 1
    return job


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id.value)
def test_only_the_models_own_options_are_drawn(form: Form, mirror: Mirror, model: Model) -> None:
    form.model = model.id.value
    drawn = set(draw(EASEL_PT_options).names("prop"))
    assert ("seed" in drawn) == model.has_seed
    assert ("aspect_ratio" in drawn) == bool(model.aspect_ratios)
    assert ("image_size" in drawn) == bool(model.image_sizes)
    assert ("resolution" in drawn) == bool(model.resolutions)


def test_the_options_are_one_line_that_says_what_is_chosen(form: Form, mirror: Mirror) -> None:
    def line() -> str:
        drawn = draw(EASEL_PT_generate)
        assert not {"seed", "count", "aspect_ratio", "resolution", "image_size"} & set(drawn.names("prop"))
        return drawn.find("EASEL_PT_options").text

    form.model = "GEMINI_3_PRO"
    options = form.gemini_3_pro
    options.aspect_ratio, options.resolution, options.count = "16:9", "4K", 1
    assert line() == "16:9 · 4K · 1 image"
    options.count, options.output_format = 3, "jpeg"
    assert line() == "16:9 · 4K · 3 images · JPEG"
    form.mode = "EDIT"
    assert line() == "4K · 3 images · JPEG", "the shape is the source's"
    form.sizing = "AS_IT_CAME"
    assert line() == "16:9 · 4K · 3 images · JPEG"
    form.model = "SEEDREAM_V5_LITE"
    form.seedream_v5_lite.seed = 7
    assert line() == "Automatic, 2K · 1 image · seed 7"
    form.seedream_v5_lite.safety_checker = False
    assert line() == "Automatic, 2K · 1 image · seed 7 · safety checker off"


def test_before_the_click_the_size_is_said(form: Form, mirror: Mirror) -> None:
    form.model, form.prompt, form.edit_prompt = "GEMINI_3_PRO", "Copper", "Rust"
    options = form.gemini_3_pro
    options.aspect_ratio, options.resolution = "16:9", "4K"

    def told() -> str:
        labels = draw(EASEL_PT_generate, width=900).texts("label")
        return " | ".join(text for text in labels if "Result" in text or "Comes back" in text)

    assert "Result 5504 × 3072" in told()
    options.aspect_ratio = "auto"
    assert "Result about 4096 × 4096" in told()
    form.mode, form.placement = "EDIT", "IMAGE"
    assert told() == "", "nothing is known of what is edited"
    image = bpy.data.images.new("Wall", 1024, 1024)
    form.sources.add().image = image
    row = mirror.sources.add()
    row.name, row.width, row.height = source_rows.key_of(form.sources[0]), 1024, 1024
    assert form.sizing == "NEW_SIZE"
    assert "Result 4096 × 4096" in told()
    form.sizing = "KEEP_SIZE"
    assert told() == "Comes back as 1024 × 1024, not 4096 × 4096: choose Keep Place, New Size"
    form.sizing, form.mask.kind = "NEW_SIZE", "ALPHA"
    assert told() == (
        "Comes back as 1024 × 1024, not 4096 × 4096: a mask keeps the source's size. 1K is enough"
    )
    options.resolution = "1K"
    assert "Result 1024 × 1024" in told()
    form.mask.kind = "EVERYTHING"
    row.width = row.height = 4096
    assert "Result 4096 × 4096, enlarged from 1024 × 1024" in told()
    mirror.sources.clear()


def test_in_a_narrow_sidebar_long_names_stand_over_their_fields(form: Form, mirror: Mirror) -> None:
    wide, narrow = draw(EASEL_PT_generate, width=280), draw(EASEL_PT_generate, width=220)
    assert wide.names("prop") == narrow.names("prop")
    assert (wide.find("placement").text, narrow.find("placement").text) == ("When Finished", "")
    assert "When Finished" in narrow.texts("label")
    form.mode, form.placement = "EDIT", "TEXTURE"
    narrow = draw(EASEL_PT_generate, width=220)
    assert "Replace In" in narrow.texts("label")
    assert narrow.find("edit_scope").text == "", "“This Material” would be cut off beside its name"


def test_facts_share_lines_as_far_as_they_fit() -> None:
    assert fact_lines(("PNG", "1.7 MB"), 20) == ["PNG · 1.7 MB"]
    assert fact_lines(("JPEG or PNG", "", "at most 20.0 MB"), 20) == ["JPEG or PNG", "at most 20.0 MB"]


def test_the_price_is_on_the_button(form: Form, mirror: Mirror) -> None:
    form.prompt = "Copper"
    form.gemini_3_1_flash.count = 2
    form.gemini_3_1_flash.resolution = "4K"
    button = draw(EASEL_PT_generate).find("easel.generate")
    assert button.text == "Generate · 50 Credits"
    assert button.enabled


def test_the_price_is_the_requests(form: Form, mirror: Mirror) -> None:
    for model in MODELS:
        form.model = model.value
        assert price_of(form, MODELS[model]) == MODELS[model].price(count=1)


def test_each_mode_has_its_own_prompt(form: Form, mirror: Mirror) -> None:
    assert "prompt" in draw(EASEL_PT_generate).names("prop")
    form.mode = "EDIT"
    drawn = draw(EASEL_PT_generate)
    assert "edit_prompt" in drawn.names("prop")
    assert "prompt" not in drawn.names("prop")
    assert drawn.names("menu") == ["EASEL_MT_add_source", "EASEL_MT_all_models"]


@pytest.mark.parametrize(
    ("mode", "prompt", "sources", "balance", "reason"),
    [
        ("GENERATE", " ", 0, None, "Write a prompt first"),
        ("EDIT", "Mossy", 0, None, "Add an image to edit"),
        ("EDIT", "Mossy", 15, None, "Gemini 3.1 Flash takes 14 images at most"),
        ("EDIT", "Mossy", 1, None, "A source is empty: choose its image or remove it"),
        ("GENERATE", "Copper", 0, 12.0, "Not enough credits: there are 12 credits"),
    ],
)
def test_a_grey_button_says_why(
    form: Form, mirror: Mirror, mode: str, prompt: str, sources: int, balance: float | None, reason: str
) -> None:
    form.mode = mode
    form.prompt = form.edit_prompt = prompt
    for _ in range(sources):
        form.sources.add()
    if balance is not None:
        mirror.has_balance = True
        mirror.balance = balance
    drawn = draw(EASEL_PT_generate, width=600)
    assert reason in drawn.texts("label")
    button = drawn.find(f"easel.{mode.lower()}")
    assert not button.enabled
    assert button.options.grey == reason
    operator = EASEL_OT_edit if mode == "EDIT" else EASEL_OT_generate
    assert operator.description(bpy.context, button.options) == reason, "its tooltip"
    assert operator.description(bpy.context, SimpleNamespace(grey="")) == ""


def test_no_key_offers_three_ways_out(form: Form, mirror: Mirror) -> None:
    mirror.obstacle = "KEY"
    drawn = draw(EASEL_PT_generate)
    assert {"easel.paste_key", "wm.url_open", "easel.start_simulator"} <= set(drawn.names("operator"))
    assert "typed_key" in drawn.names("prop")


def test_online_access_off_offers_two_ways_out(form: Form, mirror: Mirror) -> None:
    mirror.obstacle = "ONLINE_ACCESS"
    drawn = draw(EASEL_PT_generate)
    assert drawn.names("operator") == ["easel.allow_online", "easel.start_simulator"]
    assert not drawn.names("prop"), "it stands in the form's place, and pushes nothing down"


def test_the_simulator_is_named_and_can_be_left(form: Form, mirror: Mirror) -> None:
    mirror.is_simulator = True
    mirror.has_balance = True
    mirror.balance = 985
    drawn = draw(EASEL_PT_generate, width=500)
    assert "Simulator · 985 credits" in drawn.texts("label")
    assert "easel.stop_simulator" in drawn.names("operator")


def test_the_simulator_spends_nothing_and_says_so(form: Form, mirror: Mirror) -> None:
    mirror.is_simulator = True
    form.prompt = "Copper"
    drawn = draw(EASEL_PT_generate)
    assert drawn.find("easel.generate").text == "Generate · Simulated"
    assert "normally 15 credits" in " ".join(drawn.texts("label"))
    mirror.has_balance = True
    mirror.balance = 3
    drawn = draw(EASEL_PT_generate)
    assert "stop it and start it again" in " ".join(drawn.texts("label"))
    assert "wm.url_open" not in drawn.names("operator"), "pretend credits can't be bought"
    add_job(mirror, state="FAILED", message="No", price=15, is_simulated=True)
    drawn = draw(EASEL_PT_jobs)
    assert drawn.find("easel.send_again").text == "Send Again · Simulated"
    assert "Gemini 3 Pro · Simulated" in drawn.texts("label")


def test_a_job_of_another_service_says_so(form: Form, mirror: Mirror) -> None:
    mirror.server = "https://here.example"
    job = add_job(mirror, state="RUNNING", is_parked=True, server="https://here.example")
    assert "another service" not in " ".join(draw(EASEL_PT_jobs).texts("label"))
    job.server = "https://there.example"
    assert "From another service: https://there.example" in " ".join(draw(EASEL_PT_jobs).texts("label"))
    job.server, job.is_simulated = "simulator", True
    assert "From the simulator" in " ".join(draw(EASEL_PT_jobs).texts("label"))
    job.state, job.is_parked = "DONE", False
    assert "From the simulator" not in " ".join(draw(EASEL_PT_jobs).texts("label"))


@pytest.mark.parametrize("state", STATE_ICONS)
def test_every_state_can_be_drawn_and_told(form: Form, mirror: Mirror, state: str) -> None:
    add_job(mirror, state=state)
    drawn = draw(EASEL_PT_jobs)
    assert "A brick wall" in drawn.texts("label")
    assert STATE_ICONS[state] in ICONS


@pytest.mark.parametrize(
    ("values", "offered", "not_offered"),
    [
        ({"state": "QUEUED", "is_followed": True}, "easel.cancel", "easel.resume"),
        ({"state": "QUEUED", "is_followed": False}, "easel.resume", "easel.stop_watching"),
        ({"state": "RUNNING", "is_followed": True}, "easel.stop_watching", "easel.cancel"),
        ({"state": "RUNNING", "is_parked": True}, "easel.look_again", "easel.stop_watching"),
        ({"state": "UNCERTAIN"}, "easel.send_again", "easel.look_again"),
        ({"state": "FAILED", "message": "No"}, "easel.copy_error", "easel.place"),
        ({"state": "DONE"}, "easel.place", "easel.send_again"),
        ({"state": "FAILED", "message": "No", "count": 0}, "easel.copy_error", "easel.send_again"),
        ({"state": "EXPIRED", "task_id": "t"}, "easel.look_again", "easel.place"),
        (
            {"state": "DOWNLOADING", "is_parked": True, "is_half_here": True},
            "easel.place",
            "easel.send_again",
        ),
        (
            {"state": "DOWNLOADING", "is_parked": True, "is_half_here": True},
            "easel.look_again",
            "easel.cancel",
        ),
        ({"state": "DOWNLOADING", "is_parked": True}, "easel.look_again", "easel.place"),
    ],
)
def test_only_what_can_be_done_is_offered(
    form: Form, mirror: Mirror, values: dict[str, object], offered: str, not_offered: str
) -> None:
    add_job(mirror, **values)
    panels = (EASEL_PT_jobs, EASEL_MT_job, EASEL_PT_result)
    operators = [name for panel in panels for name in draw(panel).names("operator")]
    assert offered in operators
    assert not_offered not in operators


@pytest.mark.parametrize(
    ("jobs", "result", "editor", "offered"),
    [
        (EASEL_PT_jobs, EASEL_PT_result, "VIEW_3D", ["Texture", "Plane", "Reference"]),
        (EASEL_PT_image_jobs, EASEL_PT_image_result, "IMAGE_EDITOR", ["Texture", "Brush"]),
        (EASEL_PT_shader_jobs, EASEL_PT_shader_result, "NODE_EDITOR", ["Node"]),
    ],
)
def test_the_jobs_are_in_every_editor_and_offer_what_fits_there(
    form: Form, mirror: Mirror, jobs: type, result: type, editor: str, offered: list[str]
) -> None:
    for panel in (jobs, result):
        assert (panel.bl_space_type, panel.bl_category) == (editor, "Easel")
    add_job(mirror, state="DONE", view_object="Cube", image_count=1, picture_numbers="1")
    space = SimpleNamespace(type=editor, shading=SimpleNamespace(type="MATERIAL"))
    drawn = draw(jobs, space_data=space)
    assert drawn.names("list") == ["EASEL_UL_jobs"]
    drawn = draw(result, space_data=space, width=400)
    assert drawn.find("easel.show_picture").text == "Show"
    assert [item.text for item in drawn.items if item.name == "easel.place"] == offered
    assert ("easel.project" in drawn.names("operator")) == (editor == "VIEW_3D")


@pytest.mark.parametrize("panel", [EASEL_PT_result, EASEL_PT_image_result, EASEL_PT_shader_result])
def test_the_result_is_a_panel_only_where_there_is_one(form: Form, mirror: Mirror, panel: type) -> None:
    space = SimpleNamespace(tree_type="ShaderNodeTree")
    context = SimpleNamespace(window_manager=bpy.context.window_manager, space_data=space)
    assert not panel.poll(context), "there is no job"
    job = add_job(mirror, state="FAILED", message="No")
    assert not panel.poll(context), "it has no images"
    job.state = "DONE"
    assert panel.poll(context)


def test_as_it_came_is_chosen_for_one_job_whatever_becomes_of_the_list(
    form: Form, mirror: Mirror, make_job: "MakeJob"
) -> None:
    finished = make_job(Placement())

    def show(job_id: str) -> None:
        rows.show(replace(finished, id=job_id), followed=False)

    def chosen() -> str:
        """Return the selected job if it will be placed without the fit; else an empty text."""
        mirror.selected_job.is_fitted = True
        button = draw(EASEL_PT_result).find("easel.place")
        assert getattr(button.options, "as_it_came", False) is mirror.as_it_came
        return button.options.job_id if mirror.as_it_came else ""

    for job_id in "abc":
        show(job_id)
    rows.select("b")
    mirror.as_it_came = True
    assert chosen() == "b"
    show("d")
    assert mirror.selected_job.name == "b"
    assert chosen() == "b", "a row on top"
    rows.remove("d")
    assert chosen() == "b", "another row is gone"
    rows.rebuild([replace(finished, id=job_id) for job_id in "cba"])
    assert chosen() == "b", "the list was made anew"
    rows.select("a")
    assert chosen() == ""
    rows.select("c")
    mirror.as_it_came = True
    assert (mirror.active_job, chosen()) == (0, "c")
    show("d")
    assert chosen() == "", "the top row is selected, and is another job"
    rows.select("c")
    mirror.as_it_came = False
    assert chosen() == ""
    rows.rebuild([])
    mirror.as_it_came = True
    assert not mirror.as_it_came, "there is no job"


def test_a_running_job_shows_progress(form: Form, mirror: Mirror) -> None:
    add_job(mirror, state="RUNNING", is_followed=True, submitted=1, typical_s=45)
    assert any(text.startswith("Generating · ") for text in draw(EASEL_PT_jobs).texts("label"))
    (text,) = [*draw(EASEL_PT_jobs).texts("progress"), *draw(EASEL_PT_result).texts("progress")]
    assert text.startswith("Generating · ")


def test_a_long_error_is_wrapped_and_leads_out(form: Form, mirror: Mirror) -> None:
    message = "There are not enough credits for this request: it costs 80 and 12 are left in the wallet."
    add_job(mirror, state="FAILED", message=message, remedy="TOP_UP")
    drawn = draw(EASEL_PT_jobs, width=260)
    assert message not in drawn.texts("label")
    assert set(message.split()) <= set(" ".join(drawn.texts("label")).split())
    assert drawn.find("wm.url_open").text == "Top Up Credits"


def test_the_textbox_is_used_where_it_exists(form: Form, mirror: Mirror) -> None:
    assert (bpy.app.version >= (5, 2, 0)) == prompt_panels.HAS_TEXTBOX


def test_draw_changes_nothing(form: Form, mirror: Mirror) -> None:
    add_job(mirror, state="RUNNING", is_followed=True)
    before = [(item.name, item.state, item.progress) for item in mirror.jobs], form.prompt, mirror.obstacle
    draw(EASEL_PT_generate)
    draw(EASEL_PT_jobs)
    after = [(item.name, item.state, item.progress) for item in mirror.jobs], form.prompt, mirror.obstacle
    assert before == after
