# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep what the artist has set without a key, although an operator makes Blender compute the frame anew.

Main thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import bpy


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Set all animated values of the open file to what they were, at the end of the block."""
    values = list(_animated()) if bpy.data.actions else []
    try:
        yield
    finally:
        if values:
            for window in bpy.data.window_managers[0].windows:
                window.view_layer.update()  # else Blender would still compute the frame later
        for value in values:
            with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError, ReferenceError):
                value.put_back()


class _Value(NamedTuple):
    """An animated property. For the moment of an operator."""

    block: Any
    path: str
    """Of the property in its datablock, as Blender's curves have it: `pose.bones["Arm"].location`."""
    was: Any

    def put_back(self) -> None:
        """Set it to what it was. Raises what Blender does if it has gone."""
        if _read(self.block, self.path) != self.was:
            owner, name = _owner(self.block, self.path)
            if self.path.endswith("]"):
                owner[name] = self.was
            else:
                setattr(owner, name, self.was)


def _animated() -> Iterator[_Value]:
    for block in _blocks():
        for path in _paths(block.animation_data):
            with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):  # a curve of nothing
                yield _Value(block, path, _read(block, path))


def _blocks() -> Iterator[Any]:
    """Yield all datablocks and node trees that have animation."""
    for kind in bpy.data.bl_rna.properties:
        if kind.type != "COLLECTION":
            continue
        for block in getattr(bpy.data, kind.identifier):
            for each in (block, getattr(block, "node_tree", None)):
                if getattr(each, "animation_data", None) is not None:
                    yield each


def _paths(animation: Any) -> set[str]:
    """Return the paths of all properties that have curves, in the action or in strips."""
    strips = [strip for track in animation.nla_tracks for strip in track.strips]
    return {curve.data_path for user in (animation, *strips) for curve in _curves(user)}


def _curves(user: Any) -> Iterator[Any]:
    """Yield the curves of an action for its user."""
    action = user.action
    if action is None:
        return
    if not hasattr(action, "slots"):  # before Blender 4.4
        yield from action.fcurves
        return
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                if user.action_slot is not None and bag.slot_handle == user.action_slot.handle:
                    yield from bag.fcurves


def _read(block: Any, path: str) -> Any:
    owner, name = _owner(block, path)
    value = owner[name] if path.endswith("]") else getattr(owner, name)
    return value if isinstance(value, (bool, int, float, str)) else tuple(value)


def _owner(block: Any, path: str) -> tuple[Any, str]:
    """Return the struct that has the property of a path, and the property's name."""
    if path.endswith("]"):
        before, _, name = path.removesuffix('"]').rpartition('["')
        name = bpy.utils.unescape_identifier(name)
    else:
        before, _, name = path.rpartition(".")
    return (block.path_resolve(before) if before else block), name
