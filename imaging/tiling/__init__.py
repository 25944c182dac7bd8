# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that repeat: how visible their borders are, how they are hidden, the maps that go with them."""
