# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes that show an edited texture: chosen at the click, changed when the result is here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import bpy

from ...jobs.targets import EditScope, NodeTarget, Surfaces
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.image_uses import ImageUse, UseKind, changeable, left_text, places_text, use_of_node, uses_of
from ..history.versions import forget_comparison
from ..pictures.colours import read_like
from ..pictures.textures import image_nodes, materials_of, uses_nodes
from ..refs import find, obstacle_to_editing, reference
from .elsewhere import elsewhere_text
from .images import keep


def nodes_using(
    image: bpy.types.Image,
    objects: Iterable[bpy.types.Object],
    scope: EditScope = EditScope.MATERIAL,
    *,
    may_be_others: bool = True,
) -> tuple[NodeTarget, ...]:
    """Choose the nodes that show `image`: in the materials of the first object that uses it, else in any.

    Empty if there are none, or if `EVERYWHERE` only finds users that are not such nodes.

    Args:
        scope: `NODE` is one of them, `EVERYWHERE` all of the file, whatever the objects are.
        may_be_others: False refuses if only materials of other objects show it.

    Raises:
        PlacementImpossible: it is only used where it can't be changed, or by other objects.
    """
    places: list[Iterable[bpy.types.ID]] = [_everywhere()]
    if scope is not EditScope.EVERYWHERE:
        own = [materials_of(obj) for obj in objects]
        if own and not may_be_others and is_only_elsewhere(image, own):
            raise PlacementImpossible(not_shown_text(image))
        places = [*own, *places]
    obstacles: list[str] = []
    for owners in places:
        targets = nodes_in(owners, image, obstacles)
        if targets:
            return targets[:1] if scope is EditScope.NODE else targets
    if obstacles and not (scope is EditScope.EVERYWHERE and is_used(image)):
        raise PlacementImpossible(
            phrase("“{image}” can't be replaced: {obstacle}.", image=image.name, obstacle=obstacles[0])
        )
    return ()


def not_shown_text(image: bpy.types.Image) -> str:
    """Return the text that the selection does not show an image, and what to do."""
    return phrase(
        "No selected object shows “{image}”. Select one that does, or choose Everywhere.", image=image.name
    )


def is_only_elsewhere(image: bpy.types.Image, own: Iterable[Iterable[bpy.types.Material]]) -> bool:
    """Return whether materials show an image, but none of `own`."""

    showing = {type(use.owner) for use in uses_of(image) if use.kind is UseKind.NODE}
    if not showing & {bpy.types.Material, bpy.types.ShaderNodeTree}:
        return False
    trees = (material.node_tree for materials in own for material in materials)
    return not any(_shows(node, image) for tree in trees for _, node in image_nodes(tree))


def nodes_in(
    owners: Iterable[bpy.types.ID], image: bpy.types.Image, obstacles: list[str]
) -> tuple[NodeTarget, ...]:
    """Return the nodes of materials and node groups that show `image`: the active one first, then upstream.

    Args:
        obstacles: gets the reasons why some of them can't be changed.
    """
    targets: dict[tuple[bool, int, str], NodeTarget] = {}
    for top in owners:
        top_tree = top if isinstance(top, bpy.types.NodeTree) else top.node_tree
        found = [(tree, node) for tree, node in image_nodes(top_tree) if _shows(node, image)]
        for tree, node in sorted(found, key=lambda pair: pair[1] != top_tree.nodes.active):
            owner = top if tree == top_tree else tree
            obstacle = obstacle_to_editing(owner)
            if obstacle:
                obstacles.append(obstacle)
                continue
            target = NodeTarget(tree=reference(owner), is_group=owner == tree, node=node.name)
            targets[target.is_group, target.tree.session_uid, target.node] = target
    return tuple(targets.values())


def is_used(image: bpy.types.Image) -> bool:
    """Return whether anything shows an image and can be changed."""
    return bool(changeable(uses_of(image))[0])


def find_uses(
    target: Surfaces, original: bpy.types.Image | None
) -> tuple[list[ImageUse], list[str], bpy.types.Image | None]:
    """Find the places for a result now: the nodes of the click, or `EVERYWHERE` all users of the image.

    Args:
        original: the image that was edited.

    Returns:
        the places, texts about missing or unchanged ones, and the replaced image.

    Raises:
        PlacementImpossible: none can be used.
    """
    spreads = target.scope is EditScope.EVERYWHERE and original is not None
    others, left = changeable(uses_of(original)) if spreads and original is not None else ([], [])
    nodes, gone = find_nodes(target.nodes, may_be_none=bool(others))
    uses = [use_of_node(node) for node in nodes]
    uses += [use for use in others if use.holder not in nodes]
    if not uses:
        raise PlacementImpossible(
            phrase("Nothing in this file shows the edited image any more. Place the image manually.")
        )
    told = left_text(left, original) if original is not None else ""
    return uses, [*gone, *([told] if told else [])], uses[0].image


def _shows(node: bpy.types.ShaderNodeTexImage, image: bpy.types.Image) -> bool:
    """Return whether a node shows an image, or will when a comparison has ended."""
    return image in (node.image, node.easel_compared)


def _everywhere() -> Iterator[bpy.types.ID]:
    """Return all materials and all node groups, used or not."""
    yield from (material for material in bpy.data.materials if material.node_tree and uses_nodes(material))
    yield from (group for group in bpy.data.node_groups if group.type == "SHADER")


def find_nodes(
    targets: Sequence[NodeTarget], *, may_be_none: bool
) -> tuple[list[bpy.types.ShaderNodeTexImage], list[str]]:
    """Find the nodes again; the texts say which are gone.

    Raises:
        PlacementImpossible: none can be used, and that is not allowed.
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
        elif node not in nodes:
            nodes.append(node)
    if targets and not nodes and not may_be_none:
        raise PlacementImpossible(joined(*gone, phrase("Place the image manually."), by=". "))
    return nodes, gone


def elsewhere_of(uses: Sequence[ImageUse]) -> str:
    """Return which other objects and materials a change of nodes changes; empty if none."""
    owners = {use.owner for use in uses if use.kind is UseKind.NODE}
    groups = {tree for tree in owners if isinstance(tree, bpy.types.NodeTree) and not tree.is_embedded_data}
    return elsewhere_text(
        [material for material in bpy.data.materials if owners & {material, material.node_tree}],
        sorted(groups, key=lambda tree: tree.name_full),
    )


def show_in(uses: Sequence[ImageUse], image: bpy.types.Image) -> str:
    """Show an image in nodes and other users. The images shown before stay in the file."""
    replaced = []
    for use in uses:
        before = use.image
        use.image = image
        forget_comparison(use)
        if before is not None and before != image:
            read_like(image, before)
            keep(before)
            replaced.append(before.name)
    names = joined(*(phrase("“{name}”", name=name) for name in dict.fromkeys(replaced)), by=", ")
    where = places_text(uses)
    return (
        phrase("Replaces {names} in {where}", names=names, where=where)
        if names
        else phrase("Shown in {where}", where=where)
    )
