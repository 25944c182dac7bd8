# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line without Blender: what is asked for, how it is told, how it ends. `commands` does it."""
