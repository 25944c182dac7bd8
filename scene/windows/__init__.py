# SPDX-License-Identifier: GPL-3.0-or-later
"""What is open in Blender's windows: editors, the tab, redraws, reports."""
