# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes in and out of Blender: from a model's files to one object, ready to be worked with."""
