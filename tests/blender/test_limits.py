# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of spending, from the click to the texts: set by the artist, the environment or the studio."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
from library_panel import look
from pumping import pump_until
from recording_layout import RecordingLayout, draw

from easel.jobs import images
from easel.jobs.caps import Cap, Caps
from easel.panels.form import EASEL_PT_generate
from easel.panels.preferences_ui import draw_preferences
from easel.panels.spend import EASEL_PT_spend
from easel.scene import project, settings
from easel.scene.session import pump, redrawing, session, spend, wall

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture(autouse=True)
def no_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith(("EASEL_LIMIT", "EASEL_POLICY"))]:
        monkeypatch.delenv(name)
    yield
    for cap in Cap:
        setattr(settings.preferences(), f"limit_{cap.value}", 0)


def generate(**options: object) -> set[str]:
    return bpy.ops.easel.generate(prompt="moss", model="GEMINI_2_5_FLASH", wait=True, timeout=60, **options)


def drawn_preferences() -> list[str]:
    layout = RecordingLayout()
    draw_preferences(bpy.context, layout, settings.preferences())
    return layout.texts("label")


def settle(paid: int) -> None:
    """Wait until the panels show that this was paid today."""

    def is_shown() -> bool:
        session.note_drawn()
        known = spend.overview()
        return known is not None and known.today.paid == paid

    assert pump.run_until(is_shown, time.monotonic() + 60)


def test_the_form_says_what_a_click_would_pass(service: "Simulator") -> None:
    settings.preferences().limit_day = 9
    assert generate() == {"FINISHED"}
    settle(5)
    form = bpy.context.scene.easel
    form.prompt, form.mode, form.model = "moss", "GENERATE", "GEMINI_2_5_FLASH"
    shown = " ".join(draw(EASEL_PT_generate).texts("label"))
    assert "Over the limit of 9 credits a day: today it is 5 credits" in shown
    with pytest.raises(RuntimeError, match="Over the limit of 9 credits a day"):
        generate()
    assert len(service.tasks) == 1


def test_the_header_says_what_today_has_cost_and_a_click_shows_the_rest(
    service: "Simulator", tmp_path: Path
) -> None:
    settings.preferences().limit_month = 1000
    assert generate(count=2) == {"FINISHED"}
    settle(10)
    header = draw(EASEL_PT_generate)
    assert any("10 today" in str(item) for item in header.texts("popover"))
    shown = draw(EASEL_PT_spend).texts("label")
    assert {"10 credits", "10 of 1,000", "Gemini 2.5 Flash", "Models This Month"} <= set(shown)
    path = tmp_path / "bill.csv"
    assert bpy.ops.easel.export_spend(filepath=str(path), wait=True) == {"FINISHED"}
    assert path.read_text("utf-8-sig").count("moss") == 1
    with pytest.raises(RuntimeError, match=r"ends with \.csv"):
        bpy.ops.easel.export_spend(filepath=str(tmp_path / "bill.pdf"), wait=True)


def test_another_blender_spent_it_and_the_job_says_so(service: "Simulator") -> None:
    settings.preferences().limit_project = 9
    assert generate() == {"FINISHED"}
    spend._state().overview = None  # not known yet
    with pytest.raises(RuntimeError, match=r"for a project.*Nothing was sent"):
        generate()
    assert len(service.tasks) == 1


def test_each_project_has_its_own_limit(service: "Simulator", tmp_path: Path) -> None:
    settings.preferences().limit_project = 9
    for name in ("copper", "rust"):
        (tmp_path / name).mkdir()
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / name / "a.blend"))
        assert project.budget() == str(tmp_path / name)
        assert generate() == {"FINISHED"}
    assert len(service.tasks) == 2
    bpy.ops.wm.read_homefile(use_empty=True)


@pytest.mark.skipif(bpy.app.version < (5, 3), reason="Blender has no projects")
def test_blenders_own_project_is_told_found_and_pays(service: "Simulator", tmp_path: Path) -> None:
    asked = bpy.context.window_manager.easel.gallery
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "alone.blend"))
    assert generate() == {"FINISHED"}
    (tmp_path / "film").mkdir()
    bpy.ops.project.new(directory=str(tmp_path / "film"))
    try:
        bpy.data.project.name = "Robot Film"
        for name in ("one", "two"):
            bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film" / f"{name}.blend"))
            assert project.budget() == str(tmp_path / "film")
            assert generate() == {"FINISHED"}
        (purpose,) = {
            row.purpose for row in images.search(tmp_path / "library", "robot", project="one.blend")
        }
        assert (purpose.project, purpose.blender_project) == ("one.blend", "Robot Film")
        for scope, files in (
            ("THIS_PROJECT", {"one.blend", "two.blend"}),
            ("THIS_FILE", {"two.blend"}),
            ("ALL", {"alone.blend", "one.blend", "two.blend"}),
        ):
            asked.scope = scope
            look()
            pump_until(lambda files=files: {row.purpose.project for row in wall.rows()} == files)
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "alone.blend"))  # this closes the project
        asked.scope = "THIS_PROJECT"
        look()
        pump_until(lambda: {row.purpose.project for row in wall.rows()} == {"alone.blend"})
    finally:
        if bpy.data.project is not None:
            bpy.ops.project.close()
        bpy.ops.wm.read_homefile(use_empty=True)


def test_the_studio_wins_over_environment_and_preferences(
    service: "Simulator", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "studio.toml"
    policy.write_text('models = ["GEMINI_3_PRO"]\nlibrary = "/studio"\n[limits]\nday = 70\n', "utf-8")
    settings.preferences().limit_day = 1
    monkeypatch.setenv("EASEL_LIMIT_DAY", "2")
    monkeypatch.setenv("EASEL_LIMIT_MONTH", "30")
    monkeypatch.setenv("EASEL_POLICY", str(policy))
    read = settings.read()
    assert read.caps == Caps(day=70, month=30, by_studio=frozenset({Cap.DAY, Cap.MONTH}))
    assert read.library == Path("/studio")
    shown = drawn_preferences()
    assert "Limit a Day: 70 (set by your studio)" in shown
    assert "Limit a Month: 30 (set by EASEL_LIMIT_MONTH)" in shown
    assert "Library: /studio (set by your studio)" in shown


def test_the_studio_says_where_the_key_comes_from(
    service: "Simulator", monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = tmp_path / "studio.toml"
    policy.write_text('key = "preferences"\n', "utf-8")
    monkeypatch.setenv("EASEL_POLICY", str(policy))
    with pytest.raises(RuntimeError, match="No API key is set"):
        bpy.ops.easel.generate(prompt="copper", wait=True)
    other = tmp_path / "other.toml"
    other.write_text('key = "environment"\n', "utf-8")
    monkeypatch.setenv("EASEL_POLICY", str(other))
    assert bpy.ops.easel.generate(prompt="copper", wait=True) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="Your studio takes the key from"):
        bpy.ops.easel.paste_key()


def test_rules_that_cannot_be_read_let_nothing_be_sent(
    service: "Simulator", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_POLICY", str(tmp_path / "gone.toml"))
    with pytest.raises(RuntimeError, match=r"can't be followed.*Nothing was sent"):
        generate()
    monkeypatch.delenv("EASEL_POLICY")
    monkeypatch.setenv("EASEL_LIMIT_DAY", "many")
    with pytest.raises(RuntimeError, match="EASEL_LIMIT_DAY is not a number of credits: many"):
        generate()
    assert not service.tasks


@pytest.mark.parametrize("name", ["EASEL_PRICES", "EASEL_POLICY", "EASEL_LIMIT_DAY"])
def test_panels_are_drawn_again_when_prices_or_limits_change(
    service: "Simulator", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    contents = {
        "EASEL_PRICES": "[credits]\nGEMINI_2_5_FLASH = 6\n",
        "EASEL_POLICY": "[limits]\nclick = 4\n",
    }
    (tmp_path / "file.toml").write_text(contents.get(name, ""), "utf-8")
    redrawing.show_status()
    assert not redrawing.show_status()
    monkeypatch.setenv(name, str(tmp_path / "file.toml") if name in contents else "4")
    assert redrawing.show_status(), "else the button shows the former price, and a click costs this one"
    assert not redrawing.show_status()


def test_a_file_of_prices_is_on_the_button_and_what_is_expected(
    service: "Simulator", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prices.toml"
    path.write_text("[credits]\nGEMINI_2_5_FLASH = 6\n", "utf-8")
    monkeypatch.setenv("EASEL_PRICES", str(path))
    settings.read()
    form = bpy.context.scene.easel
    form.prompt, form.mode, form.model = "moss", "GENERATE", "GEMINI_2_5_FLASH"
    assert "Generate · 6 Credits" in draw(EASEL_PT_generate).texts("operator")
    assert generate() == {"FINISHED"}
    assert generate() == {"FINISHED"}
    settle(12)
    monkeypatch.delenv("EASEL_PRICES")
    settings.read()
    assert "Generate · 5 Credits" in draw(EASEL_PT_generate).texts("operator")
