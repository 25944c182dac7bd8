# SPDX-License-Identifier: GPL-3.0-or-later
"""The image nodes that show an edited texture: found at the click, changed when the result is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import bpy

from ..jobs.placement import NodeTarget
from ..phrases import joined, phrase
from .colours import read_like
from .errors import PlacementImpossible
from .images import keep
from .refs import find, obstacle_to_editing, reference
from .textures import image_nodes, materials_of, uses_nodes


def nodes_using(image: bpy.types.Image, objects: Iterable[bpy.types.Object]) -> tuple[NodeTarget, ...]:
    """Name the nodes that show `image`: in the materials of the first object that uses it, else in any.

    Empty where there is none.

    Raises:
        PlacementImpossible: it is only used where it can't be changed.
    """
    everywhere = [material for material in bpy.data.materials if material.node_tree and uses_nodes(material)]
    obstacles: list[str] = []
    for materials in (*(materials_of(obj) for obj in objects), everywhere):
        targets: dict[tuple[bool, int, str], NodeTarget] = {}
        for material in materials:
            for tree, node in image_nodes(material.node_tree):
                if node.image != image:
                    continue
                owner = tree if tree != material.node_tree else material
                obstacle = obstacle_to_editing(owner)
                if obstacle:
                    obstacles.append(obstacle)
                    continue
                target = NodeTarget(tree=reference(owner), is_group=owner is tree, node=node.name)
                targets[target.is_group, target.tree.session_uid, target.node] = target
        if targets:
            return tuple(targets.values())
    if obstacles:
        raise PlacementImpossible(
            phrase("“{image}” can't be replaced: {obstacle}.", image=image.name, obstacle=obstacles[0])
        )
    return ()


def find_nodes(targets: Sequence[NodeTarget]) -> tuple[list[bpy.types.ShaderNodeTexImage], list[str]]:
    """Find the nodes again; the texts say what is gone.

    Raises:
        PlacementImpossible: none can be used.
    """
    nodes: list[bpy.types.ShaderNodeTexImage] = []
    gone: list[str] = []
    for target in targets:
        owner = find(target.tree, bpy.data.node_groups if target.is_group else bpy.data.materials)
        if owner is None:
            gone.append(phrase("The material {tree} is gone", tree=target.tree.name))
            continue
        tree = owner if isinstance(owner, bpy.types.NodeTree) else owner.node_tree
        node = tree.nodes.get(target.node) if tree is not None else None
        if not isinstance(node, bpy.types.ShaderNodeTexImage):
            gone.append(phrase("The node {node} of {owner} is gone", node=target.node, owner=owner.name))
        elif obstacle := obstacle_to_editing(owner):
            gone.append(obstacle)
        else:
            nodes.append(node)
    if not nodes:
        raise PlacementImpossible(joined(*gone, phrase("Place the image by hand."), by=". "))
    return nodes, gone


def show_in_nodes(nodes: Sequence[bpy.types.ShaderNodeTexImage], image: bpy.types.Image) -> str:
    """Show an image in nodes. What they showed before stays a datablock of the file."""
    replaced = []
    for node in nodes:
        before = node.image
        node.image = image
        if before is not None and before != image:
            read_like(image, before)
            keep(before)
            replaced.append(before.name)
    names = ", ".join(dict.fromkeys(replaced))
    where = phrase("1 node") if len(nodes) == 1 else phrase("{count} nodes", count=len(nodes))
    return (
        phrase("Replaces {names} in {where}", names=names, where=where)
        if names
        else phrase("Shown in {where}", where=where)
    )
