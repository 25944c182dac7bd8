# SPDX-License-Identifier: GPL-3.0-or-later
"""Side effects of changing a material or a node group: other objects and materials that share it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import bpy

from ...texts.phrases import joined, phrase


def elsewhere_text(
    materials: Iterable[bpy.types.Material],
    groups: Iterable[bpy.types.NodeTree],
    *,
    known: Iterable[bpy.types.Object] = (),
) -> str:
    """Return what else a change of materials and node groups changes; empty if nothing.

    Args:
        materials: of the target objects.
        groups: those that are changed directly.
        known: the target objects.
    """
    meant = {obj.session_uid for obj in known}
    told: dict[str, None] = {}
    for material in materials:
        objects = _objects_with(material)
        if any(obj.session_uid not in meant for obj in objects) and len(objects) > 1:
            names = listed([obj.name for obj in objects])
            told[phrase("The material {material} is on {names}", material=material.name, names=names)] = None
    for group in groups:
        if len(names := _materials_with(group)) > 1:
            told[phrase("The node group {group} is in {names}", group=group.name, names=listed(names))] = None
    return joined(*told, by=". ")


def listed(names: Sequence[str]) -> str:
    """Name at most three, and count the others."""
    if len(names) <= 3:
        return joined(*names, by=", ")
    return phrase("{first}, {second} and {count} more", first=names[0], second=names[1], count=len(names) - 2)


def _objects_with(material: bpy.types.Material) -> list[bpy.types.Object]:
    users = bpy.data.user_map(subset={material}).get(material, ())
    meshes = {owner for owner in users if not isinstance(owner, bpy.types.Object)}
    owners = (
        {owner for mesh in bpy.data.user_map(subset=meshes).values() for owner in mesh} if meshes else set()
    )
    found = {obj for obj in (*users, *owners) if isinstance(obj, bpy.types.Object)}
    return sorted(found, key=lambda obj: obj.name_full)


def _materials_with(group: bpy.types.NodeTree) -> list[str]:
    """Return the names of the materials that contain a node group, also through other groups."""
    waiting, seen = {group}, {group}
    names: set[str] = set()
    while waiting:
        owners = {owner for users in bpy.data.user_map(subset=waiting).values() for owner in users}
        names |= {owner.name for owner in owners if isinstance(owner, bpy.types.Material)}
        waiting = {owner for owner in owners if isinstance(owner, bpy.types.NodeTree)} - seen
        seen |= waiting
    return sorted(names)
