# SPDX-License-Identifier: GPL-3.0-or-later
"""Show an image as the scene's new world. The earlier world stays in the file.

A panorama (twice as wide as high) surrounds the scene unchanged. Another picture becomes a dome: undistorted
at the horizon, mirrored beside itself so that it closes without a seam, with its upper and lower edge
extended.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import bpy
from bpy.props import EnumProperty

from ...jobs.job import Job
from ...jobs.targets import WorldImage
from ...texts.phrases import phrase
from .images import keep
from .poses import find_scene
from .way import Click, Show, Shown, target_of

OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "world_mapping": EnumProperty(
            name="Mapping",
            description="How the picture surrounds the scene",
            items=(
                ("AUTO", "By Its Shape", "A panorama if it is twice as wide as high, else a dome"),
                ("PANORAMA", "Panorama", "An equirectangular panorama, whatever its shape"),
                ("DOME", "Dome", "Stands on the horizon, mirrored beside itself"),
            ),
        ),
    }
)
_PANORAMA: Final = 2.0
"""Width to height of an equirectangular picture."""
_TOLERANCE: Final = 0.02
_COLUMN: Final = 200.0  # node editor units


def plan(click: Click) -> WorldImage:
    """Plan nothing: the scene's world at that time is replaced."""
    return WorldImage(mapping=click.options["world_mapping"])


def find(job: Job) -> Show:
    """Find the scene again."""
    target, scene = target_of(job, WorldImage), find_scene(job)
    aspect = job.results[0].width / job.results[0].height

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Make a world of the first image."""
        image, before = images[0], scene.world
        world = bpy.data.worlds.new(image.name)
        if bpy.app.version < (5, 0):
            world.use_nodes = True
        if target.mapping == "PANORAMA" or (target.mapping == "AUTO" and is_panorama(aspect)):
            _show_panorama(world.node_tree, image)
            text = phrase("World of {scene}, a panorama", scene=scene.name)
        else:
            _show_dome(world.node_tree, image, aspect)
            text = phrase("World of {scene}, a dome", scene=scene.name)
        scene.world = world
        if before is not None and before.library is None:
            keep(before)
        return Shown(text=text)

    return show


def is_panorama(aspect: float) -> bool:
    """Return whether a picture is equirectangular, by its shape."""
    return abs(aspect - _PANORAMA) <= _TOLERANCE


def copies_around(aspect: float) -> int:
    """Return how often a picture repeats around the dome.

    The number is as small as possible with the picture no higher than the dome, and even, so that the
    mirrored copies close without a seam.
    """
    return 2 * max(1, math.ceil(1.0 / aspect))


def _show_panorama(tree: bpy.types.NodeTree, image: bpy.types.Image) -> None:
    line = _Line(tree)
    direction = line.add("ShaderNodeMapping", line.add("ShaderNodeTexCoord").outputs["Generated"])
    direction.inputs["Rotation"].default_value = (0.0, 0.0, -math.pi / 2)  # the middle lies ahead, at +Y
    texture = line.add("ShaderNodeTexEnvironment", direction.outputs["Vector"])
    texture.image = image
    line.end(texture)


def _show_dome(tree: bpy.types.NodeTree, image: bpy.types.Image, aspect: float) -> None:
    line = _Line(tree)
    direction = line.add("ShaderNodeMapping", line.add("ShaderNodeTexCoord").outputs["Generated"])
    x, y, z = line.add("ShaderNodeSeparateXYZ", direction.outputs["Vector"]).outputs
    azimuth = line.compute("ARCTAN2", x, y)  # 0 ahead, at +Y
    elevation = line.compute("ARCSINE", z)
    per_turn = copies_around(aspect) / math.tau
    across = line.compute("MULTIPLY_ADD", azimuth, per_turn, 0.5)
    upwards = line.compute("MULTIPLY_ADD", elevation, per_turn * aspect, 0.5)
    upwards.node.use_clamp = True
    texture = line.add("ShaderNodeTexImage", line.add("ShaderNodeCombineXYZ", across, upwards).outputs[0])
    texture.image = image
    texture.extension = "MIRROR"
    line.end(texture)


class _Line:
    """Nodes from left to right, ending at the background of a world."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self._tree = tree
        self._x = 0.0
        tree.nodes.clear()

    def add(self, kind: str, *inputs: bpy.types.NodeSocket | float) -> Any:
        node: Any = self._tree.nodes.new(kind)
        node.location = (self._x, 0.0)
        self._x += max(_COLUMN, node.width + 40.0)
        for value, socket in zip(inputs, node.inputs, strict=False):
            if isinstance(value, float):
                socket.default_value = value
            else:
                self._tree.links.new(value, socket)
        return node

    def compute(self, operation: str, *inputs: bpy.types.NodeSocket | float) -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeMath", *inputs)
        node.operation = operation
        return node.outputs[0]

    def end(self, texture: bpy.types.Node) -> None:
        background = self.add("ShaderNodeBackground", texture.outputs["Color"])
        self.add("ShaderNodeOutputWorld", background.outputs[0])
        self._tree.nodes.active = texture
