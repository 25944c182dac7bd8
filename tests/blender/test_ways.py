# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of ways to place is complete, and every choice of the artist reads it.

These tests name what a new way still lacks; test_languages finds missing texts.
"""

from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import pytest
from placing import COPY, MakeJob, plan
from recording_layout import ICONS, draw

from easel.jobs.placement import Placement
from easel.jobs.targets import TARGETS, PlacementKind
from easel.panels.form import EASEL_PT_generate
from easel.panels.placing import EASEL_MT_ways
from easel.panels.result import EASEL_PT_result
from easel.scene import settings
from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place
from easel.scene.placement.way import Choice, Editor
from easel.scene.placement.ways import CHOICES, OPTIONS, WAYS, offered_in

if TYPE_CHECKING:
    from easel.simulator import Simulator

IDENTIFIERS = [kind.value for kind in CHOICES]


def items_of(properties: object, name: str) -> dict[str, tuple[str, str, str, int]]:
    """Return the items of an enum property: label, hint, icon and number."""
    known = properties.bl_rna.properties[name]
    return {
        item.identifier: (item.name, item.description, item.icon, item.value) for item in known.enum_items
    }


def parameters_of(operator: object, name: str) -> dict[str, tuple[str, str, str, int]]:
    """Return the items of an operator's parameter."""
    return items_of(SimpleNamespace(bl_rna=operator.get_rna_type()), name)


def told(ways: Iterable[Choice]) -> dict[str, tuple[str, str, str, int]]:
    """Return what the table says about ways, in the form of `items_of`."""
    return {way.kind.value: (way.words.label, way.words.hint, way.words.icon, way.number) for way in ways}


def test_every_kind_has_its_row() -> None:
    assert set(WAYS) == set(PlacementKind)
    assert all(way.kind is kind for kind, way in WAYS.items())


def test_every_target_is_of_a_way_that_can_be_chosen() -> None:
    names = ("MATERIAL_SET", "SHEET", "SHEET_PARTS", "REPAIR", "MODEL_MAP", "MODEL_VIEWS", "PAINTED_MODEL")
    made_here = {PlacementKind[name] for name in names}
    assert set(TARGETS) - made_here <= set(CHOICES)


@pytest.mark.parametrize("way", CHOICES.values(), ids=IDENTIFIERS)
def test_a_choice_has_words(way: Choice) -> None:
    for words in filter(None, (way.words, way.words_of_edit)):
        assert words.label
        assert not words.hint.endswith(".")
        assert words.icon in ICONS
    assert way.short
    assert way.editors


def test_numbers_in_files_tell_ways_apart() -> None:
    assert len({way.number for way in CHOICES.values()}) == len(CHOICES)
    before = {"IMAGE": 0, "TEXTURE": 1, "PLANE": 2}
    assert before.items() <= {way.kind.value: way.number for way in CHOICES.values()}.items()


def test_the_form_and_the_preferences_offer_what_a_3d_view_does() -> None:
    offered = told(offered_in("VIEW_3D"))
    assert items_of(bpy.context.scene.easel, "placement") == offered
    assert items_of(settings.preferences(), "default_placement") == offered


def test_an_edit_in_an_editor_offers_what_has_words_for_it() -> None:
    offered = items_of(bpy.context.scene.easel, "editor_placement")
    assert set(offered) == {way.kind.value for way in CHOICES.values() if way.words_of_edit is not None}


@pytest.mark.parametrize("verb", ["generate", "edit", "edit_view"])
def test_scripts_may_say_every_choice(verb: str) -> None:
    assert parameters_of(getattr(bpy.ops.easel, verb), "placement") == told(CHOICES.values())


def test_a_job_may_be_placed_by_hand_in_every_way() -> None:
    assert parameters_of(bpy.ops.easel.place, "kind") == told(CHOICES.values())


def test_an_image_of_another_easels_way_is_told_and_stays_in_the_list(make_job: MakeJob) -> None:
    job = make_job(Placement(kind=PlacementKind.UNKNOWN))
    with pytest.raises(PlacementImpossible, match="does not know"):
        place(job, COPY)
    assert not bpy.data.images


# -- from the click to the file --------------------------------------------------------------------------


def test_options_of_ways_have_names_of_their_own() -> None:
    assert len(OPTIONS) == sum(len(way.options) for way in CHOICES.values())


@pytest.mark.parametrize("verb", ["generate", "edit", "place"])
def test_scripts_may_say_every_option(verb: str) -> None:
    parameters = getattr(bpy.ops.easel, verb).get_rna_type().properties
    fields = bpy.context.scene.easel.ways.bl_rna.properties
    for name in OPTIONS:
        assert parameters[name].name == fields[name].name
        assert parameters[name].is_skip_save


@pytest.fixture
def stage(default_file: None) -> bpy.types.Object:
    """Make a scene that every way can use: a camera, and a mesh in Texture Paint mode; return the mesh."""
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    return bpy.context.object


FORM_WAYS = [way.kind.value for way in offered_in("VIEW_3D")]


@pytest.mark.parametrize("kind", FORM_WAYS)
def test_the_form_asks_for_the_options_of_the_way(kind: str, stage: bpy.types.Object) -> None:
    bpy.context.scene.easel.placement = kind
    drawn = draw(EASEL_PT_generate).names("prop")
    assert [name for name in drawn if name in OPTIONS] == list(CHOICES[PlacementKind(kind)].options)


@pytest.mark.parametrize("kind", FORM_WAYS)
def test_every_way_places_what_a_script_generates(
    kind: str, stage: bpy.types.Object, service: "Simulator"
) -> None:
    assert bpy.ops.easel.generate(prompt="moss", count=2, placement=kind, wait=True) == {"FINISHED"}
    (row,) = bpy.context.window_manager.easel.jobs
    assert (row.is_placed, row.placed_as) == (True, kind)
    assert {"moss", "moss.001"} <= set(bpy.data.images.keys())
    assert all(image.users for image in bpy.data.images if image.name.startswith("moss"))


@pytest.mark.parametrize("kind", FORM_WAYS)
def test_every_way_places_a_job_by_hand(kind: str, stage: bpy.types.Object, service: "Simulator") -> None:
    bpy.ops.easel.generate(prompt="moss", placement="IMAGE", wait=True)
    (row,) = bpy.context.window_manager.easel.jobs
    assert bpy.ops.easel.place(job_id=row.name, kind=kind) == {"FINISHED"}
    assert row.placed_as == kind
    # A map is read as data, unlike the image in the file.
    assert ("moss.001" in bpy.data.images) is (kind == "MAP"), "the image in the file is used again"


@pytest.mark.parametrize("kind", FORM_WAYS)
def test_what_is_in_the_ledger_is_enough(kind: str, stage: bpy.types.Object, make_job: MakeJob) -> None:
    """It is placed in another session, which knows datablocks only by name."""
    job = make_job(plan(kind))
    assert place(replace(job, placement=job.placement.in_session("another")), COPY).images == (
        "Old copper, worn",
    )


@pytest.mark.parametrize("editor", ["VIEW_3D", "IMAGE_EDITOR", "NODE_EDITOR"])
def test_an_editor_has_a_button_for_every_way_that_it_offers(editor: Editor) -> None:
    mirror = bpy.context.window_manager.easel
    mirror.jobs.clear()
    job = mirror.jobs.add()
    job.name, job.state, mirror.active_job = "job-1", "DONE", 0
    space = SimpleNamespace(type=editor, shading=SimpleNamespace(type="MATERIAL"))
    drawn = [draw(panel, space_data=space) for panel in (EASEL_PT_result, EASEL_MT_ways)]
    buttons = [item for layout in drawn for item in layout.items if item.name == "easel.place"]
    kinds = [button.options.kind for button in buttons]
    assert sorted(kinds) == sorted(way.kind.value for way in offered_in(editor))
    assert any(item.name == "EASEL_MT_ways" for item in drawn[0].items)
