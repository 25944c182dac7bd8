# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences and the key: what wins, what is kept where, what never shows."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from recording_layout import draw

from easel import preferences
from easel.preferences import EASEL_AP_preferences
from easel.scene import pump, session, settings

KEY = "k3d-0123456789abcdef-WXYZ"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of Easel's is set."""
    for name in [name for name in os.environ if name.startswith("EASEL_")]:
        monkeypatch.delenv(name)
    session.forget_key()


def test_the_defaults_are_the_service_and_the_user_folder() -> None:
    read = settings.read()
    assert read.server.url == "https://api.3daistudio.com"
    assert read.rate_limit == 3
    assert not read.is_loopback
    assert read.library == settings.user_folder() / "library"


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_API_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("EASEL_RATE_LIMIT", "60")
    monkeypatch.setenv("EASEL_LIBRARY", "/somewhere")
    settings.preferences().use_simulator = True
    read = settings.read()
    settings.preferences().use_simulator = False
    assert (read.server.url, read.rate_limit) == ("http://127.0.0.1:9", 60)
    assert str(read.library).endswith("somewhere")
    assert read.is_loopback
    assert not read.is_simulator


def test_a_typed_key_goes_into_its_file_and_nowhere_else() -> None:
    mirror = bpy.context.window_manager.easel
    mirror.typed_key = KEY
    assert mirror.typed_key == ""
    path = settings.user_folder() / "key"
    assert path.read_text(encoding="utf-8").strip() == KEY
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY not in mirror.key_text
    assert mirror.key_text.endswith("WXYZ")
    assert session.has_key()


def test_forgetting_the_key_removes_its_file() -> None:
    session.save_key(KEY)
    assert bpy.ops.easel.forget_key() == {"FINISHED"}
    assert not (settings.user_folder() / "key").exists()
    assert not session.has_key()
    assert not bpy.ops.easel.forget_key.poll()


def test_a_key_of_the_environment_is_not_ours_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_API_KEY", KEY)
    session.look_up_key()
    assert not bpy.ops.easel.paste_key.poll()
    assert not bpy.ops.easel.forget_key.poll()


def test_a_wrong_key_is_told_without_showing_it() -> None:
    pump.take_typed_key("two words")
    assert "two words" not in bpy.context.window_manager.easel.trouble
    assert bpy.context.window_manager.easel.trouble
    assert not session.has_key()


def test_the_obstacles_come_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.obstacle() is session.Obstacle.ONLINE_ACCESS
    monkeypatch.setenv("EASEL_API_URL", "http://127.0.0.1:9")
    assert session.obstacle() is session.Obstacle.KEY
    monkeypatch.setenv("EASEL_API_KEY", KEY)
    assert session.obstacle() is session.Obstacle.NONE


def test_the_simulator_runs_on_one_click(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path))
    settings.preferences().simulator_speed = 100
    assert bpy.ops.easel.start_simulator() == {"FINISHED"}
    assert bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True) == {"FINISHED"}
    assert len(bpy.data.images) == 1
    assert bpy.context.window_manager.easel.is_simulator
    assert bpy.ops.easel.stop_simulator() == {"FINISHED"}
    assert not bpy.context.window_manager.easel.is_simulator
    session.stop()


def test_the_preferences_say_what_the_environment_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_RATE_LIMIT", "60")
    properties = settings.preferences()
    panel = SimpleNamespace(
        draw=lambda this, context: preferences.draw_all(this.layout, properties, context.window_manager.easel)
    )
    drawn = draw(panel)
    assert "Requests per Minute: 60 (set by EASEL_RATE_LIMIT)" in drawn.texts("label")
    assert "rate_limit" not in drawn.names("prop")
    assert "server_url" in drawn.names("prop")


def test_no_preference_holds_a_key() -> None:
    assert not [name for name, _ in EASEL_AP_preferences.bl_rna.properties.items() if "key" in name]
