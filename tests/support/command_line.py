# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `blender -b [file] --command easel …` in Blender's Python, by the registered function.

python command_line.py [file.blend] --command easel ARGUMENTS…

The bpy module has no command line, so this calls the function that Easel registers in Blender.
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
