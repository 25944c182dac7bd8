# SPDX-License-Identifier: GPL-3.0-or-later
"""Add Image Texture nodes with the result, in the middle of a Shader Editor's view."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...jobs.job import Job
from ...jobs.targets import NewNode
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..refs import find as find_datablock, obstacle_to_editing
from .editor_trees import obstacle_to_nodes, owner_of
from .way import Click, Show, Shown, target_of


def obstacle(context: bpy.types.Context) -> str:
    """Return why no node can be added, and what to do; empty if one can."""
    space = context.space_data
    if not isinstance(space, bpy.types.SpaceNodeEditor):
        return phrase("A node can only be added in a Shader Editor")
    return obstacle_to_nodes(space)


def plan(click: Click) -> NewNode:
    """Choose the tree of the Shader Editor that was clicked."""
    owner, is_group = owner_of(click.context.space_data)
    return NewNode(tree=owner, is_group=is_group, location=_middle(click.context))


def find(job: Job) -> Show:
    """Find the tree again."""
    target = target_of(job, NewNode)
    owner = find_datablock(target.tree, bpy.data.node_groups if target.is_group else bpy.data.materials)
    tree = owner if isinstance(owner, bpy.types.NodeTree) else owner and owner.node_tree
    if owner is None or tree is None:
        raise PlacementImpossible(
            phrase("The material {tree} is gone. Place the image manually.", tree=target.tree.name)
        )
    if why := obstacle_to_editing(owner):
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=why))

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Add a node with the first image, without links, neither selected nor active."""
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = images[0]
        node.select = False
        node.location = target.location
        return Shown(text=phrase("{node} in {tree}", node=node.name, tree=target.tree.name))

    return show


def _middle(context: bpy.types.Context) -> tuple[float, float]:
    area, space = context.area, context.space_data
    main = next((region for region in area.regions if region.type == "WINDOW"), None)
    if main is None:
        return (0.0, 0.0)
    x, y = main.view2d.region_to_view(main.width / 2, main.height / 2)
    scale = context.preferences.system.ui_scale or 1.0  # 0 without a window
    width = space.edit_tree.nodes[0].bl_width_default if space.edit_tree.nodes else 140.0
    return (x / scale - width / 2, y / scale)
