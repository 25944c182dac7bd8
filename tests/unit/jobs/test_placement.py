# SPDX-License-Identifier: GPL-3.0-or-later
"""Placements in other sessions, and from ledgers of before."""

from easel.jobs.placement import (
    DatablockRef,
    EditScope,
    NewNode,
    NodeTarget,
    Placement,
    PlacementKind,
    TextureTarget,
    placement_from_dict,
)

WOOD = DatablockRef(name="Wood", session_uid=7)
FULL = Placement(
    kind=PlacementKind.TEXTURE,
    session="one",
    scene=WOOD,
    textures=(TextureTarget(object=WOOD, slot=0),),
    nodes=(NodeTarget(tree=WOOD, is_group=False, node="Image Texture"),),
    new_node=NewNode(tree=WOOD, is_group=True, location=(0.0, 0.0)),
    open_for=WOOD,
    made_from=WOOD,
    scope=EditScope.NODE,
    sent=(WOOD,),
    sent_files=("/wood.png",),
)


def test_numbers_of_one_session_say_nothing_in_another() -> None:
    moved = FULL.in_session("two")
    assert moved.session == "two"
    assert FULL.in_session("one") is FULL
    assert "7" not in str(moved.to_dict())
    assert placement_from_dict(moved.to_dict()) == moved
    assert Placement().in_session("two") == Placement(session="two")


def test_placements_of_old_ledgers_load() -> None:
    values = Placement(kind=PlacementKind.TEXTURE).to_dict()
    del values["scope"], values["made_from"], values["sent"], values["sent_files"]
    assert placement_from_dict(values) == Placement(kind=PlacementKind.TEXTURE)
