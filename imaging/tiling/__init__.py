# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that repeat: how visible their borders are, ways to hide them, and maps of materials."""
