# SPDX-License-Identifier: GPL-3.0-or-later
"""Image Texture nodes that are added with the result in them."""

from __future__ import annotations

import bpy

from ...jobs.placement import Placement
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..refs import find, obstacle_to_editing


def find_tree(placement: Placement) -> bpy.types.NodeTree:
    """Find the tree of the new node again.

    Raises:
        PlacementImpossible: it is gone, or can't be changed.
    """
    target = placement.new_node
    if target is None:
        raise PlacementImpossible(phrase("This job knows no node tree. Place the image by hand."))
    owner = find(target.tree, bpy.data.node_groups if target.is_group else bpy.data.materials)
    tree = owner if isinstance(owner, bpy.types.NodeTree) else owner and owner.node_tree
    if owner is None or tree is None:
        raise PlacementImpossible(
            phrase("The material {tree} is gone. Place the image by hand.", tree=target.tree.name)
        )
    if obstacle := obstacle_to_editing(owner):
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))
    return tree


def add_node(placement: Placement, tree: bpy.types.NodeTree, image: bpy.types.Image) -> str:
    """Add an Image Texture node. It is linked to nothing, and becomes neither selected nor active."""
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    node.select = False
    if placement.new_node is not None:
        node.location = placement.new_node.location
        return phrase("{node} in {tree}", node=node.name, tree=placement.new_node.tree.name)
    return node.name
