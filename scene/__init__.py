# SPDX-License-Identifier: GPL-3.0-or-later
"""The only code that touches `bpy.data`: images out of Blender (`sources`), images into it (`placement`)."""
