# SPDX-License-Identifier: GPL-3.0-or-later
"""Registering makes options from the table of models, and texts that follow Blender's rules."""

import gc
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import bpy
import pytest

import easel
from easel import registration
from easel.client.models import MODELS, Model
from easel.operators import menus
from easel.properties.options import OPTION_GROUPS
from easel.scene import live
from easel.scene.session import pump, session
from easel.texts.clock import EPOCH

if TYPE_CHECKING:
    from easel.simulator import Simulator

ENGINE_THREADS = (
    "easel-keeper",
    "easel-prepare",
    "easel-submit",
    "easel-collect",
    "easel-errand",
    "easel-upkeep",
)

OPERATORS = [cls for cls in registration.CLASSES if issubclass(cls, bpy.types.Operator)]

ENABLE = """
import sys
import time
import bpy
from dev_extension import DevExtension
extension = DevExtension()
before = set(sys.modules)
extension.install()
new = {name.partition(".")[0] for name in set(sys.modules) - before}
heavy = sorted(new & {"requests", "urllib3", "PIL", "numpy"})
from easel.scene.session import pump
pump.beat()
deadline = time.monotonic() + 20
while "numpy" not in sys.modules and time.monotonic() < deadline:
    time.sleep(0.02)
extension.remove()
print("numpy" in sys.modules)
print(heavy)
sys.stdout.flush()
"""


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda cls: cls.bl_idname)
def test_operators_say_what_they_do(operator: type[bpy.types.Operator]) -> None:
    rna = getattr(bpy.ops.easel, operator.bl_idname.partition(".")[2]).get_rna_type()
    assert rna.description
    assert not rna.description.endswith(".")
    small = {"by", "and", "for", "of", "to", "the", "a", "in", "from", "with", "as", "on", "onto"}
    assert all(word[0].isupper() or word in small for word in rna.name.split())


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda cls: cls.bl_idname)
def test_no_operator_can_hold_a_key(operator: type[bpy.types.Operator]) -> None:
    assert not any("key" in name for name in operator.bl_rna.properties.keys())  # noqa: SIM118


def test_repeat_last_never_spends() -> None:
    for operator in OPERATORS:
        assert "REGISTER" not in operator.bl_options


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id.value)
def test_a_models_options_are_exactly_those_it_has(model: Model) -> None:
    properties = OPTION_GROUPS[model.id].bl_rna.properties
    choices = {
        "aspect_ratio": model.aspect_ratios,
        "resolution": model.resolutions,
        "image_size": model.image_sizes,
        "output_format": model.output_formats,
    }
    for name, values in choices.items():
        assert (name in properties) == bool(values)
        if values:
            assert tuple(properties[name].enum_items.keys()) == values
    assert ("seed" in properties) == model.has_seed
    assert ("safety_checker" in properties) == model.has_safety_checker
    assert properties["count"].hard_max == model.max_images


def test_every_model_has_its_options_on_the_form() -> None:
    form = bpy.context.scene.easel
    for model in MODELS.values():
        assert form.options(model.id).count == 1
    form.gemini_3_pro.aspect_ratio = "16:9"
    assert form.gemini_3_pro.aspect_ratio == "16:9"
    assert form.gemini_3_1_flash.aspect_ratio == "auto"


def test_the_mirror_keeps_times_to_the_second() -> None:
    job = bpy.context.window_manager.easel.jobs.add()
    job.created = 1_795_230_001 - EPOCH
    assert job.created + EPOCH == 1_795_230_001


def test_registering_twice_is_harmless() -> None:
    registration.register()
    assert bpy.app.timers.is_registered(pump.beat)


@pytest.mark.parametrize("is_collecting", [True, False])
def test_pythons_garbage_collector_is_as_it_was(*, is_collecting: bool) -> None:
    (gc.enable if is_collecting else gc.disable)()
    try:
        easel.register()
        assert gc.isenabled() == is_collecting
    finally:
        gc.enable()


def test_unregistering_twice_is_harmless() -> None:
    registration.unregister()
    registration.unregister()
    assert not bpy.app.timers.is_registered(pump.beat)
    registration.register()
    assert bpy.context.scene.easel.model


def test_whatever_fails_nothing_is_left_behind(service: "Simulator", monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())

    def own_threads() -> list[str]:
        new = set(threading.enumerate()) - before
        return [thread.name for thread in new if thread.name.startswith(ENGINE_THREADS)]

    assert bpy.ops.easel.generate(prompt="copper", wait=True) == {"FINISHED"}
    assert own_threads()

    def fail() -> None:
        raise ReferenceError("StructRNA has been removed")

    with monkeypatch.context() as patches:
        patches.setattr(pump, "stop", fail)
        patches.setattr(menus, "unregister", fail)
        with pytest.raises(ReferenceError):
            registration.unregister()
    try:
        assert not live.has_begun()
        deadline = time.monotonic() + 20  # late threads may go on for a while, but not for ever
        while own_threads():
            assert time.monotonic() < deadline, own_threads()
            time.sleep(0.02)
        assert not hasattr(bpy.types.Scene, "easel")
        assert not hasattr(bpy.types, "EASEL_PT_jobs")
    finally:
        menus.unregister()
        registration.register()


def test_enabling_imports_no_heavy_library_and_the_first_turn_imports_numpy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENABLE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    *_, has_numpy, heavy = done.stdout.splitlines()
    assert heavy == "[]", "what is imported then makes enabling slow"
    assert has_numpy == "True", "the first click would wait for it"


def test_the_engine_may_be_stopped_when_easel_is_disabled_already() -> None:
    registration.unregister()
    try:
        session.stop()  # when Python exits, it calls this after Blender's exit
    finally:
        registration.register()
