# SPDX-License-Identifier: GPL-3.0-or-later
"""Enable the extension in the profile, inside Blender's Python, and write the findings as JSON.

python enable_in_blender.py <answer.json>
"""

import importlib
import json
import sys
from pathlib import Path

import bpy
import addon_utils

MODULE = "bl_ext.user_default.easel"


def main(answer: str) -> None:
    module = addon_utils.enable(MODULE, default_set=True, handle_error=reraise)
    modules = bpy.utils.user_resource("SCRIPTS", path="modules")
    sys.path.insert(0, modules)  # ahead of the tests' Pillow, which a real Blender lacks
    for name in [name for name in sys.modules if name.partition(".")[0] == "PIL"]:
        del sys.modules[name]
    seen = {"easel": module.__file__, "pillow": importlib.import_module("PIL._imaging").__file__}
    addon_utils.disable(MODULE, default_set=True, handle_error=reraise)
    Path(answer).write_text(json.dumps(seen), encoding="utf-8")


def reraise(error: Exception) -> None:
    raise error


main(*sys.argv[1:])
