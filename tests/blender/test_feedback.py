# SPDX-License-Identifier: GPL-3.0-or-later
"""What Easel says stays true: troubles disappear, grey buttons have reasons, images are found."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from recording_layout import draw
from sessions import begin_afresh, take_event

from easel import registration
from easel.client.errors import Remedy
from easel.jobs.events import EngineTrouble, WalletFailed
from easel.operators.diagnostics import diagnose
from easel.panels.form import EASEL_PT_generate
from easel.panels.job import EASEL_MT_job
from easel.panels.jobs import EASEL_PT_jobs
from easel.panels.result import EASEL_PT_result
from easel.panels.shading import shading_problem
from easel.properties.mirror import EASEL_PG_mirror as Mirror
from easel.scene import settings
from easel.scene.session import account, mirror as mirrored, pump, redrawing, session, troubles
from easel.scene.session.troubles import Cause
from easel.simulator import Simulator

OPERATORS = [cls for cls in registration.CLASSES if issubclass(cls, bpy.types.Operator)]
KEY = "k3d-0123456789abcdef-WXYZ"


@pytest.fixture(autouse=True)
def no_engine_left() -> Iterator[None]:
    """Stop this test's engine, so that the next test begins without it."""
    yield
    begin_afresh()
    pump.start()


@pytest.fixture
def shown() -> Mirror:
    """Return the mirror without any trouble."""
    troubles.settle_all()
    return bpy.context.window_manager.easel


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the address of a service, and no key for it."""
    monkeypatch.setenv("EASEL_API_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("EASEL_API_KEY", raising=False)
    session.forget_key()


def grey_without_reason() -> list[str]:
    """Return the names of the operators whose poll is False and gives no reason."""
    found = []
    for cls in OPERATORS:
        operator = getattr(bpy.ops.easel, cls.bl_idname.partition(".")[2])
        if operator.poll():
            continue
        with pytest.raises(RuntimeError) as caught:
            operator()
        if "context is incorrect" in str(caught.value):
            found.append(cls.bl_idname)
    return found


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EASEL_API_URL", raising=False)


def without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_API_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("EASEL_API_KEY", raising=False)
    session.forget_key()


def all_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("EASEL_API_KEY", KEY)


@pytest.mark.parametrize("situate", [offline, without_key, all_from_the_environment])
def test_every_grey_button_has_its_reason(
    situate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    situate(monkeypatch)
    assert grey_without_reason() == []


def test_some_buttons_are_grey_in_an_empty_file(no_key: None) -> None:
    grey = [cls.bl_idname for cls in OPERATORS if not getattr(bpy.ops.easel, cls.bl_idname[6:]).poll()]
    assert {"easel.generate", "easel.refresh_balance", "easel.forget_key"} <= set(grey)


def test_a_wrong_keys_text_goes_with_a_right_one(shown: Mirror, no_key: None) -> None:
    account.take_typed_key("two words")
    assert shown.trouble
    account.take_typed_key(KEY)
    assert shown.trouble == ""
    session.forget_key()


def test_a_pasted_key_settles_a_typed_one(shown: Mirror, no_key: None) -> None:
    account.take_typed_key("two words")
    session.save_key(KEY)
    account.key_changed()
    assert shown.trouble == ""
    session.forget_key()


def test_troubles_go_one_by_one(shown: Mirror) -> None:
    troubles.tell(Cause.LEDGER, "The disk is full.")
    troubles.tell(Cause.KEY, "No key.")
    assert shown.trouble == "The disk is full.\nNo key."
    assert troubles.settle(Cause.LEDGER)
    assert shown.trouble == "No key."
    assert troubles.settle(Cause.KEY)
    assert shown.trouble == ""


def test_what_has_happened_is_news_for_a_while_only(shown: Mirror) -> None:
    troubles.tell(Cause.DEFECT, "Something happened", life_s=1e-9)
    assert shown.trouble
    assert troubles.expire()
    assert shown.trouble == ""
    troubles.tell(Cause.LEDGER, "It is so")
    assert not troubles.expire()
    troubles.settle_all()


def test_the_engines_trouble_ends_with_its_cause(shown: Mirror) -> None:
    take_event(EngineTrouble(message="The ledger can't be written."))
    assert shown.trouble
    take_event(EngineTrouble(message=""))
    assert shown.trouble == ""


def test_what_was_said_of_the_balance_goes_with_the_obstacle(
    shown: Mirror, monkeypatch: pytest.MonkeyPatch, no_key: None
) -> None:
    monkeypatch.setenv("EASEL_API_KEY", KEY)
    pump.tick()
    take_event(WalletFailed(message="127.0.0.1 refuses connections.", remedy="CHECK_NETWORK"))
    assert shown.wallet_message
    monkeypatch.delenv("EASEL_API_KEY")
    redrawing.show_status()
    assert (shown.obstacle, shown.wallet_message, shown.wallet_remedy) == ("KEY", "", "")


def test_a_refused_key_can_be_pasted_anew_where_it_is_said(shown: Mirror) -> None:
    shown.obstacle = "NONE"
    mirrored.show_wallet_failure("The service refuses the API key.", Remedy.SET_KEY.name)
    drawn = draw(EASEL_PT_generate)
    mirrored.show_wallet_failure("", "")
    assert {"easel.paste_key", "easel.show_preferences"} <= set(drawn.names("operator"))
    assert Remedy.SET_KEY.value not in " ".join(drawn.texts("label")), "the buttons say it"


@pytest.mark.parametrize(("width", "text"), [(280, "Simulator"), (500, "Simulator · 1,000 credits")])
def test_the_balance_of_the_simulator_is_said_whole(shown: Mirror, width: int, text: str) -> None:
    shown.obstacle, shown.has_balance, shown.balance, shown.is_simulator = "NONE", True, 1000, True
    texts = draw(EASEL_PT_generate, width=width).texts("label")
    shown.is_simulator = False
    assert text in texts


@pytest.mark.parametrize(("width", "text"), [(280, "? credits"), (500, "Balance not known yet")])
def test_an_unknown_balance_is_said_whole(shown: Mirror, width: int, text: str) -> None:
    shown.obstacle, shown.has_balance = "NONE", False
    assert text in draw(EASEL_PT_generate, width=width).texts("label")


@pytest.mark.parametrize("remedy", [Remedy.WAIT, Remedy.CHECK_NETWORK, Remedy.CHANGE_REQUEST, Remedy.TOP_UP])
def test_an_error_says_what_to_do_next(shown: Mirror, remedy: Remedy) -> None:
    shown.jobs.clear()
    job = shown.jobs.add()
    job.name, job.state, job.message, job.remedy = "1", "FAILED", "It failed.", remedy.name
    drawn = draw(EASEL_PT_jobs, width=600)
    assert remedy.value in drawn.texts("label")
    assert "easel.copy_error" in draw(EASEL_MT_job).names("operator")
    shown.jobs.clear()


def test_a_finished_job_says_where_its_image_is_now(shown: Mirror, service: Simulator) -> None:
    shown.jobs.clear()
    assert bpy.ops.easel.generate(prompt="Copper", placement="IMAGE", wait=True) == {"FINISHED"}
    session.note_drawn()
    pump.tick()
    assert shown.whereabouts == "Image “Copper”"
    assert {"Image “Copper”", "Image added"} <= set(draw(EASEL_PT_result).texts("label"))
    bpy.data.images["Copper"].name = "Kettle"
    pump.tick()
    assert shown.whereabouts == "Image “Kettle”"
    bpy.data.images.remove(bpy.data.images["Kettle"])
    pump.tick()
    texts = draw(EASEL_PT_result, width=600).texts("label")
    assert "Image added" not in texts
    assert "Not in this file any more. It is in the library" in texts


@pytest.mark.parametrize(
    ("placed_as", "kind", "color", "is_warned"),
    [
        ("TEXTURE", "SOLID", "MATERIAL", True),
        ("TEXTURE", "SOLID", "TEXTURE", False),
        ("TEXTURE", "WIREFRAME", "TEXTURE", True),
        ("TEXTURE", "MATERIAL", "MATERIAL", False),
        ("PLANE", "SOLID", "OBJECT", True),
        ("PLANE", "RENDERED", "OBJECT", False),
        ("IMAGE", "SOLID", "MATERIAL", False),
        ("", "SOLID", "MATERIAL", False),
    ],
)
def test_shading_that_shows_no_textures_is_told(
    placed_as: str, kind: str, color: str, *, is_warned: bool
) -> None:
    space = SimpleNamespace(type="VIEW_3D", shading=SimpleNamespace(type=kind, color_type=color))
    assert bool(shading_problem(space, placed_as)) == is_warned
    assert not shading_problem(SimpleNamespace(type="IMAGE_EDITOR"), placed_as)


def test_new_scenes_begin_with_the_preferred_placement(default_file: None) -> None:
    form = bpy.context.scene.easel
    pump.tick()
    assert form.placement == "IMAGE"
    settings.preferences().default_placement = "PLANE"
    pump.tick()
    settings.preferences().property_unset("default_placement")
    assert form.placement == "PLANE"
    form.placement = "TEXTURE"
    pump.tick()
    assert form.placement == "TEXTURE"


def test_diagnostics_name_no_key_no_home_and_no_prompt(shown: Mirror, service: Simulator) -> None:
    shown.jobs.clear()
    assert bpy.ops.easel.generate(prompt="A secret golden car", wait=True) == {"FINISHED"}
    home = str(Path.home())
    settings.preferences().library = f"{home}/library"
    settings.preferences().proxy = "artist:hunter 2@proxy.studio:3128"
    quiet, told = (diagnose(shown, with_prompts=asked) for asked in (False, True))
    settings.preferences().property_unset("library")
    settings.preferences().property_unset("proxy")
    assert "golden" not in quiet
    assert "A secret golden car" in told
    for text in (quiet, told):
        assert home not in text
        assert "test-key-0123456789" not in text
        assert bpy.app.version_string in text
        assert "~/library" in text
        assert "hunter" not in text
        assert "Proxy Address: •••@proxy.studio:3128" in text
        assert "Largest Side: 4096" in text
    assert bpy.ops.easel.copy_diagnostics() == {"FINISHED"}


def test_diagnostics_tell_every_preference(shown: Mirror) -> None:
    names = list(type(settings.preferences()).__annotations__)
    told = diagnose(shown, with_prompts=False).splitlines()
    labels = [settings.preferences().bl_rna.properties[name].name for name in names]
    assert "originals_days" in names
    for label in labels:
        assert sum(line.startswith(f"  {label}: ") for line in told) == 1, label
