# SPDX-License-Identifier: GPL-3.0-or-later
"""Placements can be read in other sessions, and from old ledgers."""

import json
import re
from dataclasses import replace
from typing import get_type_hints

import pytest
from hypothesis import given, strategies as st

from easel.jobs.placement import PaintedView, Placement, TileTarget
from easel.jobs.stored_placement import placement_from_dict
from easel.jobs.targets import (
    TARGETS,
    DatablockRef,
    EditScope,
    NewNode,
    NodeTarget,
    PlacementKind,
    PlanePose,
    Surfaces,
    TextureTarget,
)

WOOD = DatablockRef(name="Wood", session_uid=7)
OLD = {"name": "Wood", "session_uid": 7}
FULL = Placement(
    kind=PlacementKind.TEXTURE,
    target=Surfaces(
        objects=(TextureTarget(object=WOOD, slot=0),),
        nodes=(NodeTarget(tree=WOOD, is_group=False, node="Image Texture"),),
        scope=EditScope.NODE,
    ),
    session="one",
    scene=WOOD,
    open_for=WOOD,
    made_from=WOOD,
    tile=TileTarget(image=WOOD, number=1002, batch="b"),
    view=PaintedView(object=WOOD, matrix=(1.0,) * 16, view_data=(0.5,) * 35, size=(4, 3)),
    sent=(WOOD,),
    sent_files=("/wood.png",),
    shown_scenes=(WOOD,),
)

st.register_type_strategy(float, st.floats(allow_nan=False))  # NaN equals nothing

placements = st.sampled_from(sorted(TARGETS)).flatmap(
    lambda kind: st.builds(
        Placement,
        kind=st.just(kind),
        target=st.none() | st.from_type(TARGETS[kind]),
        **{
            name: st.from_type(hint)
            for name, hint in get_type_hints(Placement).items()
            if name not in ("kind", "target")
        },
    )
)


@given(placements)
def test_a_placement_survives_the_ledger_whatever_it_is(placement: Placement) -> None:
    assert placement_from_dict(json.loads(json.dumps(placement.to_dict()))) == placement


@given(placements)
def test_what_another_easel_has_added_is_passed_over(placement: Placement) -> None:
    values = placement.to_dict()
    values["later"] = [1, {"kind": "X"}]
    if values["target"] is not None:
        values["target"]["later"] = "?"
    assert placement_from_dict(values) == placement


@given(placements)
def test_numbers_of_one_session_say_nothing_in_another(placement: Placement) -> None:
    moved = replace(placement, session="one").in_session("two")
    assert moved.session == "two"
    assert moved.in_session("two") is moved
    numbers = re.findall(r'"session_uid": (-?\d+)', json.dumps(moved.to_dict()))
    assert set(numbers) <= {"-1"}


def test_all_datablocks_keep_their_names_in_another_session() -> None:
    moved = FULL.in_session("two")
    assert json.dumps(moved.to_dict()).count('"session_uid": -1') == 9
    assert json.dumps(moved.to_dict()).count('"name": "Wood"') == 9
    assert Placement().in_session("two") == Placement(session="two")


def test_a_way_that_this_easel_does_not_know_is_one_of_another() -> None:
    values = {**FULL.to_dict(), "kind": "HOLOGRAM", "target": {"lamp": "Lamp"}}
    assert placement_from_dict(values) == replace(FULL, kind=PlacementKind.UNKNOWN, target=None)


@pytest.mark.parametrize(
    ("kind", "fields", "target"),
    [
        ("IMAGE", {}, None),
        (
            "TEXTURE",
            {"textures": [{"object": OLD, "slot": 1, "faces": None}], "nodes": [], "scope": "NODE"},
            Surfaces(objects=(TextureTarget(object=WOOD, slot=1),), scope=EditScope.NODE),
        ),
        (
            "TEXTURE",
            {"nodes": [{"tree": OLD, "is_group": True, "node": "Image"}]},
            Surfaces(nodes=(NodeTarget(tree=WOOD, is_group=True, node="Image"),)),
        ),
        (
            "PLANE",
            {"plane": {"location": [1.0, 2.0, 3.0], "rotation": [1.0, 0.0, 0.0, 0.0], "height": 2.0}},
            PlanePose(location=(1.0, 2.0, 3.0), rotation=(1.0, 0.0, 0.0, 0.0), height=2.0),
        ),
        ("PLANE", {"plane": None}, None),
        (
            "NODE",
            {"new_node": {"tree": OLD, "is_group": False, "location": [1, -2.5]}},
            NewNode(tree=WOOD, is_group=False, location=(1.0, -2.5)),
        ),
    ],
)
def test_placements_of_old_ledgers_load(kind: str, fields: dict, target: object) -> None:
    values = {"kind": kind, "session": "s", "scene": OLD, "textures": [], "nodes": [], **fields}
    placement = placement_from_dict(values)
    assert placement == Placement(kind=PlacementKind(kind), session="s", scene=WOOD, target=target)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "IMAGE", "scene": {"name": "Scene"}},
        {"kind": "IMAGE", "sent": [7]},
        {"kind": "NODE", "new_node": {"tree": OLD, "is_group": False, "location": [1.0]}},
        {"kind": "TEXTURE", "textures": [{"object": OLD, "slot": "1"}]},
    ],
)
def test_what_is_no_placement_is_refused(values: dict) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        placement_from_dict(values)
