# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks that a 3D View temporarily gets for a picture: solid, rendered, depth, normals, clay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import bpy

from ...imaging.looks import Look
from ...texts.phrases import phrase

NORMALS_STUDIO_LIGHT: Final = "check_normal+y.exr"
"""Blender's matcap that shows normals in view space: x, y, z as red, green, blue."""


BACKGROUNDS: Final[Mapping[Look, tuple[int, int, int]]] = {Look.NORMALS: (128, 128, 255)}
"""Colours of empty places. For normals it is that of a surface that faces the view."""

_PLAIN: Final[Mapping[str, Any]] = {
    "type": "SOLID",
    "show_xray": False,
    "show_shadows": False,
    "show_cavity": False,
    "show_object_outline": False,
    "show_backface_culling": False,
    "show_specular_highlight": False,
    "use_dof": False,
}
# In the order of setting: a studio light depends on the chosen light, a background's colour on its type. They
# are restored in reverse order.
_SHADINGS: Final[Mapping[Look, Mapping[str, Any]]] = {
    Look.SHOWN: {},
    Look.SOLID: {"type": "SOLID"},
    Look.FLAT: {**_PLAIN, "light": "FLAT", "color_type": "TEXTURE"},
    Look.MATERIAL: {"type": "MATERIAL"},
    Look.RENDERED: {"type": "RENDERED"},
    Look.DEPTH: _PLAIN,
    Look.NORMALS: {
        **_PLAIN,
        "color_type": "SINGLE",
        "single_color": (1.0, 1.0, 1.0),
        "light": "MATCAP",
        "studio_light": NORMALS_STUDIO_LIGHT,
    },
    Look.CLAY: {
        **_PLAIN,
        "color_type": "SINGLE",
        "single_color": (0.8, 0.8, 0.8),
        "light": "STUDIO",
        "studio_light": "Default",
        "use_world_space_lighting": False,
        "background_type": "VIEWPORT",
        "background_color": (0.5, 0.5, 0.5),
    },
}
_ENGINES_OF_THE_GPU: Final = ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", "BLENDER_WORKBENCH")


def obstacle_to_look(scene: bpy.types.Scene, space: Any, look: Look) -> str:
    """Return why a view can't be captured with a look, and the remedy; empty if it can."""
    is_rendered = look is Look.RENDERED or (look is Look.SHOWN and space.shading.type == "RENDERED")
    if is_rendered and scene.render.engine not in _ENGINES_OF_THE_GPU:
        return phrase(
            "Only EEVEE and Workbench can be captured as rendered: render with F12, and add Render Result"
        )
    return ""


@contextmanager
def lent_look(space: Any, look: Look) -> Iterator[None]:
    """Give a 3D View a look temporarily, without overlays. All settings are restored, even after errors."""
    with ExitStack() as given_back:  # restores each, even if another one raises

        def lend(owner: Any, name: str, value: Any) -> None:
            before = getattr(owner, name)
            given_back.callback(setattr, owner, name, before[:] if hasattr(before, "__len__") else before)
            setattr(owner, name, value)

        lend(space.overlay, "show_overlays", False)
        for name, value in _SHADINGS[look].items():
            lend(space.shading, name, value)
        yield
