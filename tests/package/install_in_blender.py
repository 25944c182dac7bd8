# SPDX-License-Identifier: GPL-3.0-or-later
"""Install a zip inside Blender's Python, switch it off and on, and write the findings as JSON.

python install_in_blender.py <zip> <answer.json>
"""

import importlib
import importlib.machinery
import io
import json
import site
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import bpy
import addon_utils
import blender_state

MODULE = "bl_ext.user_default.easel"


class NoPillowOfTheTests:
    """A finder that hides the Pillow of the test environment: only the extension's own can be imported."""

    @staticmethod
    def find_spec(
        fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "PIL":
            return None
        elsewhere = [entry for entry in sys.path if entry not in site.getsitepackages()]
        spec = importlib.machinery.PathFinder.find_spec(fullname, elsewhere)
        if spec is None:
            raise ModuleNotFoundError(fullname)
        return spec


def main(package: str, answer: str) -> None:
    sys.meta_path.insert(0, NoPillowOfTheTests)
    bare = blender_state.snapshot()
    modules = set(sys.modules)
    bpy.ops.extensions.package_install_files(filepath=package, repo="user_default", enable_on_install=True)
    seen: dict[str, object] = {
        "enabled": MODULE in bpy.context.preferences.addons,
        "imported": sorted(set(sys.modules) - modules),
    }
    enabled = blender_state.snapshot()
    addon_utils.disable(MODULE, default_set=True, handle_error=reraise)
    seen["left_behind"] = blender_state.changes(bare, blender_state.snapshot())
    addon_utils.enable(MODULE, default_set=True, handle_error=reraise)
    seen["changed_by_enabling_again"] = blender_state.changes(enabled, blender_state.snapshot())
    seen["pillow"] = pillow()
    addon_utils.disable(MODULE, default_set=True, handle_error=reraise)
    seen["left_behind_again"] = blender_state.changes(bare, blender_state.snapshot())
    Path(answer).write_text(json.dumps(seen), encoding="utf-8")


def pillow() -> dict[str, str]:
    """Use the extension's Pillow; return its file, and the magic word of a PNG that it wrote."""
    image = importlib.import_module("PIL.Image")
    stream = io.BytesIO()
    image.new("RGB", (4, 2), "red").save(stream, "PNG")
    return {"file": str(image.__file__), "magic": stream.getvalue()[1:4].decode()}


def reraise(error: Exception) -> None:
    raise error


main(*sys.argv[1:])
