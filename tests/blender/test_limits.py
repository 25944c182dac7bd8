# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of what may be spent, from the click to the words: by the artist, the environment and the studio."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
from recording_layout import RecordingLayout, draw

from easel.jobs.caps import Cap, Caps
from easel.panels.form import EASEL_PT_generate
from easel.panels.preferences_ui import draw_preferences
from easel.scene import settings
from easel.scene.session import pump, session, spend

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


def settle() -> None:
    """Have the spending read that the panels show."""
    session.note_drawn()
    spend._state().asked_at = 0.0
    engine = session.engine()
    known = spend.overview()
    spend.show(engine, has_news=True)
    assert pump.run_until(lambda: spend.overview() not in (None, known), 60) or spend.overview() is not None


def test_the_form_says_what_a_click_would_pass(service: "Simulator") -> None:
    settings.preferences().limit_day = 9
    assert generate() == {"FINISHED"}
    settle()
    form = bpy.context.scene.easel
    form.prompt, form.mode, form.model = "moss", "GENERATE", "GEMINI_2_5_FLASH"
    shown = " ".join(draw(EASEL_PT_generate).texts("label"))
    assert "Over the limit of 9 credits a day: today it is 5 credits" in shown
    with pytest.raises(RuntimeError, match="Over the limit of 9 credits a day"):
        generate()
    assert len(service.tasks) == 1


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
        assert spend.budget() == str(tmp_path / name)
        assert generate() == {"FINISHED"}
    assert len(service.tasks) == 2
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


def test_rules_that_cannot_be_read_let_nothing_be_sent(
    service: "Simulator", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_POLICY", str(tmp_path / "gone.toml"))
    with pytest.raises(RuntimeError, match=r"can't be followed.*Nothing was sent"):
        generate()
    monkeypatch.delenv("EASEL_POLICY")
    monkeypatch.setenv("EASEL_LIMIT_DAY", "many")
    with pytest.raises(RuntimeError, match="EASEL_LIMIT_DAY is no number of credits: many"):
        generate()
    assert not service.tasks
