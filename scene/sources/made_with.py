# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the objects and collections that a mesh object's modifiers use, at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy


def shape_objects(obj: bpy.types.Object) -> dict[int, bpy.types.Object]:
    """Return an object and all whose shape may be part of its own, by `session_uid`.

    These are objects and collections that modifiers, inputs and nodes of Geometry Nodes use, instances, and
    recursively what those are made with. Reads no mesh.
    """
    found: dict[int, bpy.types.Object] = {}
    waiting: list[Any] = [obj]
    trees: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, bpy.types.Collection):
            waiting += each.all_objects
        elif isinstance(each, bpy.types.Object) and each.session_uid not in found:
            found[each.session_uid] = each
            waiting.append(each.instance_collection)
            for modifier in each.modifiers:
                waiting += _named_by(modifier, trees)
    return found


def _named_by(modifier: Any, trees: set[int]) -> Iterator[Any]:
    """Yield the values that a modifier refers to, of any type.

    Args:
        trees: `session_uid` of node trees that were searched already.
    """
    yield from _pointers_of(modifier)
    if modifier.type != "NODES":
        return
    # From 5.2 on, inputs are properties with a value; before, keys of the modifier.
    inputs: Any = getattr(getattr(modifier, "properties", None), "inputs", None)
    if inputs is not None:
        yield from (getattr(each, "value", None) for each in _pointers_of(inputs))
    else:
        yield from modifier.values()
    yield from _named_in(modifier.node_group, trees)


def _named_in(tree: Any, trees: set[int]) -> Iterator[Any]:
    """Yield the values that the nodes of a tree and its groups refer to."""
    waiting = [tree]
    while waiting:
        tree = waiting.pop()
        if tree is None or tree.session_uid in trees:
            continue
        trees.add(tree.session_uid)
        for node in tree.nodes:
            yield from _pointers_of(node)
            for socket in node.inputs:
                if socket.type in {"OBJECT", "COLLECTION"} and not socket.is_linked:
                    yield socket.default_value
            if node.type == "GROUP":
                waiting.append(node.node_tree)


def _pointers_of(owner: Any) -> list[Any]:
    return [getattr(owner, prop.identifier) for prop in owner.bl_rna.properties if prop.type == "POINTER"]
