# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's open windows: editors, the tab, redraws, reports."""
