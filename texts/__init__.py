# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for the artist, and how they are put together: the ground floor, which every room may import."""
