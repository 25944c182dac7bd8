# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes as arrays: views of them, pictures back on their textures, and whether two are one and the same."""
