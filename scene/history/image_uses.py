# SPDX-License-Identifier: GPL-3.0-or-later
"""Every place of the file that shows an image: nodes of all trees, empties, cameras, textures, modifiers.

What a tool paints on or with (canvas, clone and stencil image) does not show an image and is not among them.
A use refers to datablocks, so it lives no longer than the function that asked for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import bpy

from ...texts.phrases import joined, phrase
from ..refs import obstacle_to_editing

_NAMED = 3
"""How many datablocks a report names."""


class UseKind(Enum):
    """The kinds of places that show an image."""

    NODE = auto()
    """A node of any tree: its own image, or one that is chosen in a socket of it."""
    EMPTY = auto()
    CAMERA = auto()
    """The background of a camera."""
    TEXTURE = auto()
    """A texture datablock: of brushes, modifiers, particles."""
    MODIFIER = auto()
    """An input of a Geometry Nodes modifier."""
    GROUP_INPUT = auto()
    """The first value of a node group's input."""
    STROKE = auto()
    """A Grease Pencil material."""


_ONE: Final = {
    UseKind.NODE: phrase("1 node"),
    UseKind.EMPTY: phrase("1 empty"),
    UseKind.CAMERA: phrase("1 camera background"),
    UseKind.TEXTURE: phrase("1 brush or modifier texture"),
    UseKind.MODIFIER: phrase("1 modifier input"),
    UseKind.GROUP_INPUT: phrase("1 input of a node group"),
    UseKind.STROKE: phrase("1 Grease Pencil material"),
}
_MANY: Final = {
    UseKind.NODE: lambda count: phrase("{count} nodes", count=count),
    UseKind.EMPTY: lambda count: phrase("{count} empties", count=count),
    UseKind.CAMERA: lambda count: phrase("{count} camera backgrounds", count=count),
    UseKind.TEXTURE: lambda count: phrase("{count} brush or modifier textures", count=count),
    UseKind.MODIFIER: lambda count: phrase("{count} modifier inputs", count=count),
    UseKind.GROUP_INPUT: lambda count: phrase("{count} inputs of node groups", count=count),
    UseKind.STROKE: lambda count: phrase("{count} Grease Pencil materials", count=count),
}


@dataclass(kw_only=True)
class ImageUse:
    """One place that shows an image, or could."""

    owner: bpy.types.ID
    """The datablock that is changed: of a tree that is embedded, the material, world, light or scene."""
    kind: UseKind
    holder: Any
    """The holder of the image in its member `key`; for a modifier, `key` is the input's identifier."""
    key: str
    note_key: str = ""
    """The owner's note for this place; empty if the holder has its own note."""

    @property
    def image(self) -> bpy.types.Image | None:
        """The image that is shown."""
        if not isinstance(self.holder, bpy.types.NodesModifier):
            return getattr(self.holder, self.key)
        if not hasattr(self.holder, "properties"):
            held = self.holder.get(self.key)  # of any type: it is a custom property
        else:
            held = self._modifier_input().value
        return held if isinstance(held, bpy.types.Image) else None

    @image.setter
    def image(self, image: bpy.types.Image) -> None:
        if not isinstance(self.holder, bpy.types.NodesModifier):
            setattr(self.holder, self.key, image)
            return
        if hasattr(self.holder, "properties"):
            self._modifier_input().value = image
        else:
            self.holder[self.key] = image
        self.owner.update_tag()

    def _modifier_input(self) -> Any:
        """Return what Blender 5.2 has an input's value in. Gone (a crash) when the node group changes."""
        return getattr(self.holder.properties.inputs, self.key)

    @property
    def compared(self) -> bpy.types.Image | None:
        """The image that belongs here while another version is shown for comparison. Saved in the file."""
        if not self.note_key:
            return self.holder.easel_compared
        note = self.owner.easel_compared_uses.get(self.note_key)
        return note.image if note is not None else None

    @compared.setter
    def compared(self, image: bpy.types.Image | None) -> None:
        if not self.note_key:
            self.holder.easel_compared = image
            return
        notes: Any = self.owner.easel_compared_uses
        index = notes.find(self.note_key)
        if image is None:
            if index >= 0:
                notes.remove(index)
            return
        note = notes[index] if index >= 0 else notes.add()
        note.name, note.image = self.note_key, image


def uses_of(image: bpy.types.Image) -> list[ImageUse]:
    """Find what shows an image, or will when a comparison has ended. Blender finds the owners: under 1 ms."""
    owners = bpy.data.user_map(subset={image}).get(image, ())
    found = [
        use
        for owner in sorted(owners, key=lambda owner: (type(owner).__name__, owner.name_full))
        for use in uses_in(owner)
        if image in (use.image, use.compared)
    ]
    # Changing a group's default lets Blender rebuild what is made by it, so that comes last.
    return sorted(found, key=lambda use: use.kind is UseKind.GROUP_INPUT)


def showing_ids(image: bpy.types.Image) -> set[int]:
    """Return the `session_uid` of all that shows an image, from its uses up to objects and scenes.

    A scene shows it by its world, its compositor, or what overrides its materials; not by its objects here.
    What a brush paints with is not shown.
    """
    users = bpy.data.user_map()
    found: set[int] = set()
    waiting = [use.owner for use in uses_of(image)]
    while waiting:
        owner = waiting.pop()
        if owner.session_uid not in found:
            found.add(owner.session_uid)
            if not isinstance(owner, (bpy.types.Object, bpy.types.Scene, bpy.types.Brush)):
                waiting += users.get(owner, ())
    return found


def changeable(uses: Iterable[ImageUse]) -> tuple[list[ImageUse], list[bpy.types.ID]]:
    """Return the uses that can be changed, and the datablocks whose uses can't be, without repeats."""
    found: list[ImageUse] = []
    left: dict[int, bpy.types.ID] = {}
    for use in uses:
        if obstacle_to_editing(use.owner):
            left[use.owner.session_uid] = use.owner
        else:
            found.append(use)
    return found, list(left.values())


def places_text(uses: Sequence[ImageUse]) -> str:
    """Say in what an image is shown: "3 nodes, 1 empty"; empty for no uses."""
    counts = Counter(use.kind for use in uses)
    return joined(
        *(_ONE[kind] if counts[kind] == 1 else _MANY[kind](counts[kind]) for kind in UseKind if counts[kind]),
        by=", ",
    )


def left_text(left: Sequence[bpy.types.ID], image: bpy.types.Image) -> str:
    """Say where an image is still shown because it can't be changed; empty if nowhere."""
    if not left:
        return ""
    names = ", ".join(owner.name for owner in left[:_NAMED])
    if len(left) > _NAMED:
        names = phrase("{names} and {count} more", names=names, count=len(left) - _NAMED)
    if len(left) == 1:
        return phrase(
            "{name} is linked or a library override, and still shows “{image}”",
            name=names,
            image=image.name,
        )
    return phrase(
        "{names} are linked or library overrides, and still show “{image}”",
        names=names,
        image=image.name,
    )


def use_of_node(node: bpy.types.ShaderNodeTexImage) -> ImageUse:
    """Return the use that an image node is; of an embedded tree, the tree stands for its owner."""
    return ImageUse(owner=node.id_data, kind=UseKind.NODE, holder=node, key="image")


def uses_in(owner: bpy.types.ID) -> Iterator[ImageUse]:
    """Walk the places of one datablock that can show an image, whatever they show."""
    match owner:
        case bpy.types.NodeTree():
            yield from _in_tree(owner, owner)
            yield from _in_interface(owner)
        case bpy.types.Object():
            yield from _in_object(owner)
        case bpy.types.Camera():
            for index, behind in enumerate(owner.background_images):
                yield ImageUse(
                    owner=owner,
                    kind=UseKind.CAMERA,
                    holder=behind,
                    key="image",
                    note_key=f"background_images[{index}]",
                )
        case bpy.types.ImageTexture():
            yield ImageUse(owner=owner, kind=UseKind.TEXTURE, holder=owner, key="image", note_key="image")
        case bpy.types.Material() if owner.grease_pencil is not None:
            for key in ("stroke_image", "fill_image"):
                yield ImageUse(
                    owner=owner, kind=UseKind.STROKE, holder=owner.grease_pencil, key=key, note_key=key
                )
    tree = getattr(owner, "node_tree", None)
    if isinstance(tree, bpy.types.NodeTree) and tree.is_embedded_data:
        yield from _in_tree(owner, tree)


def _in_tree(owner: bpy.types.ID, tree: bpy.types.NodeTree) -> Iterator[ImageUse]:
    for node in tree.nodes:
        own = node.bl_rna.properties.get("image")
        if own is not None and not own.is_runtime and own.type == "POINTER" and not own.is_readonly:
            yield ImageUse(owner=owner, kind=UseKind.NODE, holder=node, key="image")
        for socket in node.inputs:
            if socket.type == "IMAGE" and hasattr(socket, "default_value"):
                yield ImageUse(owner=owner, kind=UseKind.NODE, holder=socket, key="default_value")


def _in_interface(tree: bpy.types.NodeTree) -> Iterator[ImageUse]:
    for item in tree.interface.items_tree if tree.interface is not None else ():
        if isinstance(item, bpy.types.NodeTreeInterfaceSocketImage):
            yield ImageUse(
                owner=tree,
                kind=UseKind.GROUP_INPUT,
                holder=item,
                key="default_value",
                note_key=f"interface:{item.identifier}",
            )


def _in_object(obj: bpy.types.Object) -> Iterator[ImageUse]:
    if obj.type == "EMPTY" and (obj.data is None or isinstance(obj.data, bpy.types.Image)):
        yield ImageUse(owner=obj, kind=UseKind.EMPTY, holder=obj, key="data", note_key="data")
    for modifier in obj.modifiers:
        if not isinstance(modifier, bpy.types.NodesModifier) or modifier.node_group is None:
            continue
        for item in modifier.node_group.interface.items_tree:
            if not isinstance(item, bpy.types.NodeTreeInterfaceSocketImage) or item.in_out != "INPUT":
                continue
            new = getattr(modifier, "properties", None)  # before Blender 5.2 inputs are items
            if hasattr(new.inputs, item.identifier) if new is not None else item.identifier in modifier:
                yield ImageUse(
                    owner=obj,
                    kind=UseKind.MODIFIER,
                    holder=modifier,
                    key=item.identifier,
                    note_key=f"modifier:{modifier.persistent_uid}:{item.identifier}",
                )
