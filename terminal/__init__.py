# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line without Blender: arguments, output, exit codes, signals. `commands` does the work."""
