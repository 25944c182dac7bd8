# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences and the key: which value wins, where it is kept, and that the key never shows."""

import logging
import os
import stat
import time
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from recording_layout import RecordingLayout, draw

from easel.client.server import ProxyMode
from easel.panels import preferences_ui
from easel.preferences import EASEL_AP_preferences
from easel.scene import settings
from easel.scene.session import account, library_size, mirror, session

KEY = "k3d-0123456789abcdef-WXYZ"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset all variables of Easel, and forget the key."""
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
    shown = bpy.context.window_manager.easel
    shown.typed_key = KEY
    assert shown.typed_key == ""
    path = settings.user_folder() / "key"
    assert path.read_text(encoding="utf-8").strip() == KEY
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY not in shown.key_text
    assert shown.key_text == "••••WXYZ (from its file)"
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
    account.take_typed_key("two words")
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


def draw_preferences(**options: bool) -> RecordingLayout:
    """Draw the preferences on a recording layout."""
    properties = settings.preferences()
    panel = SimpleNamespace(
        draw=lambda this, context: preferences_ui.draw_preferences(context, this.layout, properties)
    )
    return draw(panel, **options)


def test_the_preferences_say_what_the_environment_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_RATE_LIMIT", "60")
    drawn = draw_preferences()
    assert "Requests per Minute: 60 (set by EASEL_RATE_LIMIT)" in drawn.texts("label")
    assert "rate_limit" not in drawn.names("prop")
    assert "server_url" in drawn.names("prop")


def test_no_preference_holds_a_key() -> None:
    assert not [name for name, _ in EASEL_AP_preferences.bl_rna.properties.items() if "key" in name]


def test_what_is_rare_is_folded() -> None:
    drawn = draw_preferences(open_panels=False)
    assert {"server_url", "library", "default_placement", "file_policy"} <= set(drawn.names("prop"))
    assert not {"proxy_mode", "ca_bundle", "answer_timeout", "log_level"} & set(drawn.names("prop"))
    assert "easel.copy_diagnostics" not in drawn.names("operator")


def test_a_proxy_is_asked_for_where_it_is_the_artists_own() -> None:
    preferences = settings.preferences()
    assert "proxy" not in draw_preferences().names("prop")
    preferences.proxy_mode = ProxyMode.CUSTOM.value
    preferences.proxy = " http://studio:3128 "
    assert "proxy" in draw_preferences().names("prop")
    read = settings.read().server
    preferences.property_unset("proxy_mode")
    assert (read.proxy_mode, read.proxy) == (ProxyMode.CUSTOM, "http://studio:3128")
    assert (settings.read().server.proxy_mode, settings.read().server.proxy) == (ProxyMode.SYSTEM, "")
    preferences.property_unset("proxy")


def test_the_environments_certificates_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/studio.pem")
    assert "Set by REQUESTS_CA_BUNDLE: /studio.pem" in draw_preferences().texts("label")


def test_blenders_network_timeout_is_honoured() -> None:
    system = bpy.context.preferences.system
    before = system.network_timeout
    system.network_timeout = 23
    try:
        assert settings.read().server.connect_timeout_s == 23
        assert any("23 s, from Blender" in text for text in draw_preferences().texts("label"))
        system.network_timeout = 0
        assert settings.read().server.connect_timeout_s == settings.DEFAULT_CONNECT_TIMEOUT_S
    finally:
        system.network_timeout = before


def test_timeouts_are_the_preferences() -> None:
    preferences = settings.preferences()
    preferences.answer_timeout, preferences.upload_timeout = 30, 300
    server = settings.read().server
    preferences.property_unset("answer_timeout")
    preferences.property_unset("upload_timeout")
    assert (server.read_timeout_s, server.submit_timeout_s) == (30, 300)


def test_the_keys_source_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_API_KEY", KEY)
    mirror.show_status()
    drawn = draw_preferences()
    assert "••••WXYZ (from EASEL_API_KEY)" in drawn.texts("label")
    assert "typed_key" not in drawn.names("prop")
    monkeypatch.delenv("EASEL_API_KEY")
    mirror.show_status()
    drawn = draw_preferences()
    assert "None" in drawn.texts("label")
    assert "typed_key" in drawn.names("prop")


def test_the_librarys_size_is_measured_while_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"x" * 3_100_000)
    library_size.stop()
    assert not library_size.show()
    library_size.note_drawn()
    deadline = time.monotonic() + 20
    while not bpy.context.window_manager.easel.library_text and time.monotonic() < deadline:
        library_size.show()
        time.sleep(0.001)
    assert "1 file, 3.1 MB" in draw_preferences().texts("label")
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "other"))
    library_size.show()
    assert "1 file, 3.1 MB" not in draw_preferences().texts("label")
    library_size.stop()


def test_a_simulators_balance_is_no_proof_of_the_key() -> None:
    shown = bpy.context.window_manager.easel
    shown.is_simulator = shown.has_balance = True
    drawn = draw_preferences()
    shown.is_simulator = shown.has_balance = False
    assert not [text for text in drawn.texts("label") if text.startswith("It works")]


def test_the_log_has_the_level_that_was_chosen() -> None:
    logger = logging.getLogger(settings.PACKAGE)
    preferences = settings.preferences()
    assert logger.level == logging.WARNING
    preferences.log_level = "DEBUG"
    assert logger.level == logging.DEBUG
    preferences.log_level = "WARNING"
    assert logger.level == logging.WARNING
