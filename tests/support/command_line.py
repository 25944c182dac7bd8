# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's Python: `blender -b [file] --command easel …`, by the function that is registered.

python command_line.py [file.blend] --command easel ARGUMENTS…

The bpy module has no command line of its own: so the function that Easel hands to Blender is called here.
"""

import sys

import bpy


def main(argv: list[str]) -> int:
    at = argv.index("--command")
    from dev_extension import DevExtension

    taken = []
    register = bpy.utils.register_cli_command
    bpy.utils.register_cli_command = lambda name, run: (taken.append(run), register(name, run))[1]
    extension = DevExtension()
    extension.install()
    if files := argv[:at]:
        bpy.ops.wm.open_mainfile(filepath=files[0])
    code = taken[-1](argv[at + 2 :])
    extension.remove()
    return code


if __name__ == "__main__":
    end = main(sys.argv[1:])
    sys.stdout.flush()
    sys.exit(end)
