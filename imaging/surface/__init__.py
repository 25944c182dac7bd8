# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes as arrays: views of them, what the views see, and pictures of them back on their textures."""
