# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes as arrays: their views, painting pictures back onto their textures, and comparing two meshes."""
