# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of ways to place is whole, and everything that lets the artist choose reads it.

Whoever adds a way is told here what it still lacks; its texts are missed by test_languages.
"""

from collections.abc import Iterable
from types import SimpleNamespace

import bpy
import pytest
from placing import COPY, MakeJob
from recording_layout import ICONS

from easel.jobs.placement import TARGETS, Placement, PlacementKind
from easel.scene import settings
from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place
from easel.scene.placement.way import Choice
from easel.scene.placement.ways import CHOICES, WAYS, offered_in

IDENTIFIERS = [kind.value for kind in CHOICES]


def items_of(properties: object, name: str) -> dict[str, tuple[str, str, str, int]]:
    """What an enum property offers: label, hint, icon and number."""
    known = properties.bl_rna.properties[name]
    return {
        item.identifier: (item.name, item.description, item.icon, item.value) for item in known.enum_items
    }


def parameters_of(operator: object, name: str) -> dict[str, tuple[str, str, str, int]]:
    """The same of an operator's parameter."""
    return items_of(SimpleNamespace(bl_rna=operator.get_rna_type()), name)


def told(ways: Iterable[Choice]) -> dict[str, tuple[str, str, str, int]]:
    """What the table says of ways, in the form of `items_of`."""
    return {way.kind.value: (way.words.label, way.words.hint, way.words.icon, way.number) for way in ways}


def test_every_kind_has_its_row() -> None:
    assert set(WAYS) == set(PlacementKind)
    assert all(way.kind is kind for kind, way in WAYS.items())


def test_every_target_is_of_a_way_that_can_be_chosen() -> None:
    assert set(TARGETS) <= set(CHOICES)


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
