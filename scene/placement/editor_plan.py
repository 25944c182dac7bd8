# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans of what is asked for in an Image Editor or a Shader Editor: it is about what is open there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bpy

from ...jobs.placement import DatablockRef, EditScope, NewNode, NodeTarget, Placement, PlacementKind
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..refs import obstacle_to_editing, reference
from ..windows.editors import active_image_node, image_of
from .node_targets import is_used, nodes_in, nodes_using


def plan_edit(
    context: bpy.types.Context,
    kind: PlacementKind,
    *,
    scope: EditScope = EditScope.MATERIAL,
    session: str,
) -> Placement:
    """Decide where the edit of an editor's image goes: to nodes (`TEXTURE`), or nowhere but the file.

    Args:
        scope: which of the nodes that show it.

    Raises:
        PlacementImpossible: there is nothing that could show it.
    """
    space = context.space_data
    image = image_of(space)
    scene = reference(context.scene)
    edited = reference(image) if image is not None else None
    plan = Placement(
        kind=PlacementKind.IMAGE,
        session=session,
        scene=scene,
        open_for=edited,
        made_from=edited,
        scope=scope,
    )
    if kind is not PlacementKind.TEXTURE or image is None:
        return plan
    if isinstance(space, bpy.types.SpaceNodeEditor) and scope is not EditScope.EVERYWHERE:
        nodes = _nodes_here(space, image, scope)
    else:
        nodes = nodes_using(image, _objects(context), scope)
    if not nodes and not is_used(image):
        raise PlacementImpossible(phrase("No material uses “{image}”. Choose New Image.", image=image.name))
    if not nodes and scope is not EditScope.EVERYWHERE:
        raise PlacementImpossible(
            phrase("No material uses “{image}”, but others do. Choose Everywhere.", image=image.name)
        )
    return replace(plan, kind=kind, nodes=nodes)


def plan_new_node(context: bpy.types.Context, *, session: str) -> Placement:
    """Decide where a new Image Texture node goes: to the middle of what the Shader Editor shows.

    Raises:
        PlacementImpossible: there is no tree that could get it.
    """
    owner, is_group = _owner(context.space_data)
    return Placement(
        kind=PlacementKind.NODE,
        session=session,
        scene=reference(context.scene),
        new_node=NewNode(tree=owner, is_group=is_group, location=_middle(context)),
    )


def obstacle_to_nodes(space: Any) -> str:
    """Say why a Shader Editor's tree can get nothing, and what to do; empty where it can."""
    tree = getattr(space, "edit_tree", None)
    if tree is None:
        return phrase("There is no material: add one first")
    owner = _owning_datablock(space, tree)
    if owner is None:
        return phrase("Only the nodes of materials and groups can get a texture")
    return obstacle_to_editing(owner)


def _nodes_here(space: Any, image: bpy.types.Image, scope: EditScope) -> tuple[NodeTarget, ...]:
    """Name the active node of a Shader Editor, or all nodes of its material that show the image."""
    owner, is_group = _owner(space)
    node = active_image_node(space)
    if scope is EditScope.NODE:
        return (NodeTarget(tree=owner, is_group=is_group, node=node.name),) if node is not None else ()
    top = space.id if isinstance(space.id, bpy.types.Material) else _owning_datablock(space, space.edit_tree)
    return nodes_in([top], image, [])


def _objects(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected objects, the active one first."""
    active = context.view_layer.objects.active
    return sorted(context.view_layer.objects.selected, key=lambda obj: obj != active)


def _owner(space: Any) -> tuple[DatablockRef, bool]:
    obstacle = obstacle_to_nodes(space)
    if obstacle:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))
    owner = _owning_datablock(space, space.edit_tree)
    return reference(owner), isinstance(owner, bpy.types.NodeTree)


def _owning_datablock(space: Any, tree: bpy.types.NodeTree) -> Any:
    """Return the material whose tree this is, or the tree itself where it is a group."""
    if not tree.is_embedded_data:
        return tree
    if space.id is not None:
        return space.id if isinstance(space.id, bpy.types.Material) else None
    # A pinned tree that was never drawn does not know whose it is.
    return next((material for material in bpy.data.materials if material.node_tree == tree), None)


def _middle(context: bpy.types.Context) -> tuple[float, float]:
    area, space = context.area, context.space_data
    main = next((region for region in area.regions if region.type == "WINDOW"), None)
    if main is None:
        return (0.0, 0.0)
    x, y = main.view2d.region_to_view(main.width / 2, main.height / 2)
    scale = context.preferences.system.ui_scale or 1.0  # 0 without a window
    width = space.edit_tree.nodes[0].bl_width_default if space.edit_tree.nodes else 140.0
    return (x / scale - width / 2, y / scale)
