# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the current texture of an object. Decodes nothing."""

from __future__ import annotations

import itertools

import bpy

from .surface_images import shown_image, surface_images
from .textures import image_nodes, materials_of


def texture_of_object(obj: bpy.types.Object, engine: str) -> bpy.types.Image | None:
    """Return the image that colours an object's surface, else the first one in its materials."""
    if obj.type == "EMPTY":
        return None
    image = shown_image(obj, engine)
    if image is not None:
        return image
    nodes = (node for material in materials_of(obj) for _tree, node in image_nodes(material.node_tree))
    others = (node.image for node in nodes if node.image is not None)
    return next(itertools.chain(surface_images(obj, engine), others), None)
