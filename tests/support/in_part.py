# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of tests/blender that Blender 5.2 runs with every change; 4.2 and 5.3 run all of them.

`make test-blender FULL=1` runs all on 5.2 too, and so does `make release`.
"""

from typing import Final

SEEN_BY: Final = {
    "operators/paint_edit.py": "test_stencil.py",
    "panels/prompts.py": "test_prompts.py",
    "scene/history/image_uses.py": "test_image_uses.py",
    "properties/gallery.py": "test_limits.py",
    "scene/models/bring.py": "test_models.py",
    "scene/models/importing.py": "test_models.py",
    "scene/models/unkeyed.py": "test_own_scene.py",
    "scene/painting/clone_source.py": "test_stencil.py",
    "scene/pictures/colours.py": "test_working_space.py",
    "scene/pictures/textures.py": "test_image_uses.py",
    "scene/placement/texture_maps.py": "test_map_versions.py",
    "scene/placement/worlds.py": "test_placement_worlds.py",
    "scene/project.py": "test_limits.py",
    "scene/settings.py": "test_tiling.py",
    "scene/sources/snapshots.py": "test_file_kinds.py",
}
"""Code that depends on Blender's version, each with a file of tests that was seen to run it."""

BLENDERS_OWN: Final = {
    "test_editors.py": "trees of the compositor and of Geometry Nodes",
    "test_image_look.py": "view transforms",
    "test_keymaps.py": "keymaps",
    "test_languages.py": "translations",
    "test_odd_values.py": "properties with whatever is in them",
    "test_panels.py": "drawing the panels",
    "test_placement_textures.py": "materials",
    "test_preferences.py": "preferences",
    "test_registration.py": "classes, handlers and timers, switched off and on",
    "test_seen_renders.py": "renders and their settings",
    "test_view_edit.py": "drawing a view",
}
"""Tests that depend most on Blender's Python and data, and fail at once if these change."""

FILES: Final = frozenset(SEEN_BY.values()) | BLENDERS_OWN.keys()
