# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a Shader Editor: its owner, and its nodes that show an image."""

from __future__ import annotations

from typing import Any

import bpy

from ...jobs.targets import DatablockRef, EditScope, NodeTarget
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..refs import obstacle_to_editing, reference
from ..windows.editors import active_image_node
from .node_targets import nodes_in


def obstacle_to_nodes(space: Any) -> str:
    """Return why nothing can be added to a Shader Editor's tree, and what to do; empty if it can."""
    tree = getattr(space, "edit_tree", None)
    if tree is None:
        return phrase("There is no material: add one first")
    owner = _owning_datablock(space, tree)
    if owner is None:
        return phrase("Only the nodes of materials and groups can get a texture")
    return obstacle_to_editing(owner)


def owner_of(space: Any) -> tuple[DatablockRef, bool]:
    """Return the name of the tree's material or node group, and whether it is a group.

    Raises:
        PlacementImpossible: nothing can be added to it.
    """
    obstacle = obstacle_to_nodes(space)
    if obstacle:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))
    owner = _owning_datablock(space, space.edit_tree)
    return reference(owner), isinstance(owner, bpy.types.NodeTree)


def nodes_of(space: Any, image: bpy.types.Image, scope: EditScope) -> tuple[NodeTarget, ...]:
    """Name the active node of a Shader Editor, or all nodes of its material that show the image."""
    owner, is_group = owner_of(space)
    node = active_image_node(space)
    if scope is EditScope.NODE:
        return (NodeTarget(tree=owner, is_group=is_group, node=node.name),) if node is not None else ()
    top = space.id if isinstance(space.id, bpy.types.Material) else _owning_datablock(space, space.edit_tree)
    return nodes_in([top], image, [])


def _owning_datablock(space: Any, tree: bpy.types.NodeTree) -> Any:
    """Return the material that owns this tree, or the tree itself if it is a group."""
    if not tree.is_embedded_data:
        return tree
    if space.id is not None:
        return space.id if isinstance(space.id, bpy.types.Material) else None
    # A pinned tree that was never drawn does not know its owner.
    return next((material for material in bpy.data.materials if material.node_tree == tree), None)
